#include "study/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/input.h"
#include "base/memory.h"
#include "base/path.h"
#include "fmnist_cl/version.h"
#include "io/file.h"
#include "io/json.h"
#include "io/settings_json.h"

enum { DIGITS = 17, MOST_BYTES = 1 << 28 };

/* The start of the first line identifies the file. */
static const char first_bytes[] = "{\"fmnist-cl\":\"experiment\",";

struct fm_journal {
    char path[FM_PATH_SIZE];
    char folder[FM_PATH_SIZE];
    int descriptor;
    off_t size; /* of the complete lines, when the file was opened */
};

static int fail(const fm_journal *j, const char *action, fm_error *error) {
    return fm_error_set(error, FM_E_FILE, j->path, "cannot %s: %s", action, strerror(errno));
}

/* ---- Writing ---- */

int fm_journal_add(fm_journal *j, json_t *line, fm_error *error) {
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    json_decref(line);
    if (!text)
        return fm_error_set(error, FM_E_MEMORY, j->path, "out of memory");
    size_t size = strlen(text);
    text[size] = '\n'; /* replaces the terminating zero; the length is explicit */
    const fm_file_part part = {text, size + 1};
    int status = fm_file_append(j->descriptor, j->path, &part, 1, error);
    free(text);
    return status;
}

static json_t *header(const json_t *settings) {
    json_t *copy = json_deep_copy(settings);
    return copy ? json_pack("{s:s, s:s, s:o}", "fmnist-cl", "experiment", "version", FM_VERSION,
                            "settings", copy)
                : NULL;
}

/* ---- Reading ---- */

static int read_all(char **out, size_t *size, const fm_journal *j, fm_error *error) {
    struct stat info;
    *out = NULL;
    if (fstat(j->descriptor, &info))
        return fail(j, "read", error);
    if (!S_ISREG(info.st_mode))
        return fm_error_set(error, FM_E_FILE, j->path, "is not a regular file");
    if (info.st_size > MOST_BYTES)
        return fm_error_set(error, FM_E_FORMAT, j->path, "is too large for a journal");
    /* Uses the open descriptor: closing a second one would release the lock. */
    fm_input input = {.path = j->path, .descriptor = j->descriptor};
    int status = fm_memory_allocate(out, (size_t)info.st_size + 1, 1, "the journal", error);
    return status ? status : fm_input_read(*out, size, &input, (size_t)info.st_size, error);
}

/* A value of a setting, short enough for a message. */
static void describe(char out[64], const json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    if (snprintf(out, 64, "%s", text ? text : "not given") >= 64)
        memcpy(out + 60, "...", 4);
    free(text);
}

static int compare_settings(const fm_journal *j, const json_t *there, const json_t *here,
                            fm_error *error) {
    const char *key;
    char old[64], new[64];
    if (fm_settings_json_agree(&key, there, here))
        return FM_OK;
    describe(old, json_object_get(there, key));
    describe(new, json_object_get(here, key));
    fm_error_set(error, FM_E_ARGUMENT, j->folder,
                 "contains an experiment with other settings: %s is %s there, %s here", key, old,
                 new);
    fm_error_hint(error, "choose another folder with --run DIR, or delete this one");
    return FM_E_ARGUMENT;
}

static int damaged(const fm_journal *j, size_t line, fm_error *error) {
    return fm_error_set(error, FM_E_FORMAT, j->path, "line %zu is damaged", line);
}

static int no_memory_for_lines(const fm_journal *j, fm_error *error) {
    return fm_error_set(error, FM_E_MEMORY, j->path, "out of memory");
}

/* Reads a line without its line end. The first line contains the settings. */
static int read_line(json_t *lines, const fm_journal *j, const char *text, size_t size,
                     size_t number, const json_t *settings, fm_error *error) {
    json_error_t problem;
    int no_memory;
    json_t *line = fm_json_parse(&no_memory, text, size, &problem);
    if (no_memory)
        return no_memory_for_lines(j, error);
    if (!json_is_object(line)) {
        json_decref(line);
        return damaged(j, number, error);
    }
    if (number > 1)
        return json_array_append_new(lines, line) ? no_memory_for_lines(j, error) : FM_OK;
    const json_t *there = json_object_get(line, "settings");
    int status = json_is_object(there) ? compare_settings(j, there, settings, error)
                                       : damaged(j, number, error);
    json_decref(line);
    return status;
}

/* Reads the complete lines; j->size becomes their length. */
static int read_lines(fm_journal *j, json_t *lines, const json_t *settings, fm_error *error) {
    char *text;
    size_t size = 0, number = 0, compared;
    int status = read_all(&text, &size, j, error);
    if (status || !text)
        goto out;
    compared = size < strlen(first_bytes) ? size : strlen(first_bytes);
    if (memcmp(text, first_bytes, compared) != 0)
        status = fm_error_set(error, FM_E_FORMAT, j->path, "is not a journal of an experiment");
    for (const char *at = text; !status;) {
        const char *end = memchr(at, '\n', size - (size_t)(at - text));
        if (!end)
            break;
        status = read_line(lines, j, at, (size_t)(end - at), ++number, settings, error);
        at = end + 1;
        j->size = at - text;
    }
out:
    free(text);
    return status;
}

/* ---- Opening ---- */

static int lock(const fm_journal *j, fm_error *error) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!fcntl(j->descriptor, F_SETLK, &whole))
        return FM_OK;
    if (errno == EACCES || errno == EAGAIN)
        return fm_error_set(error, FM_E_FILE, j->folder,
                            "another process is running this experiment");
    /* Without locks in the file system, users must avoid running it twice. */
    return FM_OK;
}

static int open_file(fm_journal *j, const char *folder, fm_error *error) {
    int status = fm_path_join(j->path, folder, "journal.jsonl", error);
    if (status)
        return status;
    snprintf(j->folder, FM_PATH_SIZE, "%s", folder);
    j->descriptor = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return j->descriptor < 0 ? fail(j, "open", error) : lock(j, error);
}

int fm_journal_open(fm_journal **out, json_t **lines, const char *folder, const json_t *settings,
                    fm_error *error) {
    fm_journal *j;
    *out = NULL;
    *lines = json_array();
    int status = fm_memory_allocate(&j, 1, sizeof *j, "the journal", error);
    if (status)
        goto out;
    j->descriptor = -1;
    status = *lines ? open_file(j, folder, error)
                    : fm_error_set(error, FM_E_MEMORY, folder, "out of memory");
    if (!status)
        status = read_lines(j, *lines, settings, error);
    if (!status && ftruncate(j->descriptor, j->size)) /* removes an incomplete last line */
        status = fail(j, "write", error);
    if (!status && j->size == 0) {
        status = fm_journal_add(j, header(settings), error);
        if (!status) /* makes the new file's name durable */
            status = fm_file_flush_folder(j->folder, j->path, error);
    }
out:
    if (status) {
        fm_journal_close(j);
        json_decref(*lines);
        *lines = NULL;
    } else {
        *out = j;
    }
    return status;
}

void fm_journal_close(fm_journal *journal) {
    if (!journal)
        return;
    if (journal->descriptor >= 0)
        close(journal->descriptor);
    free(journal);
}
