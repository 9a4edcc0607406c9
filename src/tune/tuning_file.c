/* A device's tuning as a file: JSON with a header (device, driver, version) and a checksum. */
#include "tune/tuning_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/count.h"
#include "base/path.h"
#include "fmnist_cl/tune.h"
#include "fmnist_cl/version.h"
#include "io/cache.h"
#include "io/choices_json.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/json.h"
#include "kernels.h"

enum { FORMAT = 1, DIGITS = 17 };

/* ---- The header ---- */

int fm_tuning_path(char *out, size_t size, const char *cache, const fm_device_info *info) {
    char about[1024];
    int length = snprintf(about, sizeof about, "%s\n%s\n%s\n%u", info->platform, info->name,
                          info->driver, info->compute_units);
    return length > 0 && (size_t)length < sizeof about &&
           fm_cache_path(out, size, cache, "tuned", about);
}

static int path_of(char out[FM_PATH_SIZE], const char *cache, const fm_device_info *info,
                   fm_error *error) {
    return fm_tuning_path(out, FM_PATH_SIZE, cache, info)
               ? FM_OK
               : fm_error_set(error, FM_E_FILE, cache, "its path is too long");
}

/* The header includes the checksum of the kernels: measurements are not valid for others. */
static json_t *head_json(const fm_device_info *info) {
    return json_pack("{s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:I}", "fmnist-cl", "tuning", "format",
                     FORMAT, "version", FM_VERSION, "kernels", fm_kernels_sum, "platform",
                     fm_json_text(info->platform), "device", fm_json_text(info->name), "driver",
                     fm_json_text(info->driver), "compute_units", (json_int_t)info->compute_units);
}

int fm_tuning_sum(char out[FM_SHA256_TEXT], const json_t *document, fm_error *error) {
    json_t *copy = document ? json_copy((json_t *)document) : NULL;
    (void)json_object_del(copy, FM_TUNING_SUM);
    char *text =
        copy ? json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(DIGITS)) : NULL;
    json_decref(copy);
    if (!text)
        return fm_error_set(error, FM_E_MEMORY, "the tuning", "not enough memory");
    struct sha256_ctx sum;
    sha256_init(&sum);
    sha256_update(&sum, strlen(text), (const uint8_t *)text);
    fm_sha256_text(out, &sum);
    free(text);
    return FM_OK;
}

/* ---- Writing ---- */

static json_t *entry_json(const fm_tuned *entry) {
    return json_pack(
        "{s:s, s:I, s:I, s:o, s:o, s:o, s:o}", "network", entry->network, "weights",
        (json_int_t)entry->weights, "batch_size", (json_int_t)entry->batch_size, "choices",
        fm_choices_json(&entry->choices), "built_in_seconds", fm_json_real(entry->built_in_seconds),
        "seconds", fm_json_real(entry->seconds), "clblast_seconds",
        entry->clblast_seconds > 0 ? fm_json_real(entry->clblast_seconds) : json_null());
}

static int document_of(json_t **out, const fm_tuning *tuning, const fm_device_info *info,
                       fm_error *error) {
    char sum[FM_SHA256_TEXT];
    json_t *document = head_json(info), *entries = json_array();
    for (size_t i = 0; i < tuning->count; i++)
        fm_json_append(&entries, entry_json(&tuning->entry[i]));
    fm_json_set(&document, "entries", entries);
    int status = fm_tuning_sum(sum, document, error);
    fm_json_set(&document, FM_TUNING_SUM, status ? NULL : json_string(sum));
    *out = document; /* fm_json_write reports a NULL */
    return status;
}

int fm_tuning_write(const fm_tuning *tuning, const char *cache, const fm_device_info *info,
                    fm_error *error) {
    char path[FM_PATH_SIZE], *text = NULL;
    json_t *document = NULL;
    int status = path_of(path, cache, info, error);
    if (!status)
        status = document_of(&document, tuning, info, error);
    if (!status)
        status = fm_json_write(&text, document, error);
    if (!status)
        status = fm_folder_create_parents(path, error);
    if (!status) {
        const fm_file_part part = {text, strlen(text)};
        status = fm_file_write(path, &part, 1, error);
    }
    free(text);
    return status;
}

/* ---- Reading ---- */

static int damaged(const char *path, const char *what, fm_error *error) {
    return fm_error_set(error, FM_E_FORMAT, path, "is damaged: %s", what);
}

/* Whether both have the same value of a key. */
static int agrees(const json_t *document, const json_t *head, const char *key) {
    const json_t *theirs = json_object_get(document, key);
    return theirs && json_equal(theirs, json_object_get(head, key));
}

static int check_head(const json_t *document, const fm_device_info *info, const char *path,
                      fm_error *error) {
    static const char *const of_device[] = {"platform", "device", "driver", "compute_units"};
    char sum[FM_SHA256_TEXT] = "";
    json_t *head = head_json(info);
    int status = FM_OK;
    if (!head)
        return fm_error_set(error, FM_E_MEMORY, path, "not enough memory");
    const char *theirs = json_string_value(json_object_get(document, FM_TUNING_SUM));
    if (!agrees(document, head, "fmnist-cl"))
        status = fm_error_set(error, FM_E_FORMAT, path, "is not a tuning file of fmnist-cl");
    else if (!agrees(document, head, "format"))
        status = fm_error_set(error, FM_E_FORMAT, path, "has another format version");
    else
        status = fm_tuning_sum(sum, document, error);
    if (!status && (!theirs || strcmp(theirs, sum) != 0))
        status = damaged(path, "wrong checksum", error);
    if (!status && (!agrees(document, head, "version") || !agrees(document, head, "kernels")))
        status =
            fm_error_set(error, FM_E_FORMAT, path, "was measured by another version of fmnist-cl");
    for (size_t i = 0; !status && i < FM_COUNT(of_device); i++)
        if (!agrees(document, head, of_device[i]))
            status = fm_error_set(error, FM_E_FORMAT, path, "belongs to another device or driver");
    json_decref(head);
    return status;
}

/* A whole number of at least 1. */
static int read_count(size_t *out, const json_t *entry, const char *key) {
    const json_t *value = json_object_get(entry, key);
    *out = (size_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) > 0 &&
           (uint64_t)json_integer_value(value) <= SIZE_MAX;
}

/* Seconds per step: some millionths to some hours. */
static int read_seconds(double *out, const json_t *entry, const char *key, int may_be_null) {
    const json_t *value = json_object_get(entry, key);
    *out = json_number_value(value);
    return (may_be_null && json_is_null(value)) ||
           (json_is_number(value) && *out > 0 && *out < 1e6);
}

/* The text of a network has only digits and dashes. */
static int read_network(fm_tuned *out, const json_t *entry) {
    const char *text = json_string_value(json_object_get(entry, "network"));
    const size_t length = text ? strspn(text, "0123456789-") : 0;
    fm_json_read_text(out->network, sizeof out->network, entry, "network");
    return length >= 3 && length < sizeof out->network && !text[length];
}

static int read_entry(fm_tuned *out, const json_t *entry) {
    return read_network(out, entry) && read_count(&out->weights, entry, "weights") &&
           read_count(&out->batch_size, entry, "batch_size") &&
           fm_choices_from_json(&out->choices, json_object_get(entry, "choices")) &&
           read_seconds(&out->built_in_seconds, entry, "built_in_seconds", 0) &&
           read_seconds(&out->seconds, entry, "seconds", 0) &&
           read_seconds(&out->clblast_seconds, entry, "clblast_seconds", 1);
}

static int read_document(fm_tuning *out, const json_t *document, const fm_device_info *info,
                         const char *path, fm_error *error) {
    const json_t *entries = json_object_get(document, "entries");
    int status = check_head(document, info, path, error);
    if (status)
        return status;
    if (!json_is_array(entries) || json_array_size(entries) > FM_TUNED_MOST)
        return damaged(path, "no entries", error);
    for (size_t i = 0; i < json_array_size(entries); i++) {
        fm_tuned entry = {.weights = 0};
        if (!read_entry(&entry, json_array_get(entries, i)))
            return damaged(path, "an entry is invalid", error);
        fm_tuning_put(out, &entry);
    }
    return FM_OK;
}

static int is_there(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

int fm_tuning_read(fm_tuning *out, const char *cache, const fm_device_info *info, fm_error *error) {
    char path[FM_PATH_SIZE];
    json_t *document;
    out->count = 0;
    int status = path_of(path, cache, info, error);
    if (status || !is_there(path))
        return status;
    status = fm_json_read_file(&document, path, error);
    if (!status)
        status = read_document(out, document, info, path, error);
    if (status)
        out->count = 0;
    json_decref(document);
    return status;
}
