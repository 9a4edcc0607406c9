/* A device's tuning file; if it can be read, it is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "fmnist_cl/tune.h"
#include "fuzz/fuzz.h"
#include "tune/tuning_file.h"

static const fm_device_info device = {.platform = "Portable",
                                      .name = "a device",
                                      .opencl_c = "",
                                      .driver = "3.1",
                                      .compute_units = 2};

/* Sets the name of the device's file in the fuzzer's folder. */
static void name_file(void) {
    char path[4096];
    fuzz_require(fm_tuning_path(path, sizeof path, fuzz_folder(), &device), "there is a path");
    fuzz_name(strrchr(path, '/') + 1);
}

/* The input is a whole file or, after a first byte of '+', the entries of a file of this device
 * with a correct checksum. */
static void write_file(const uint8_t *bytes, size_t size) {
    static fm_tuning none;
    char path[4096], sum[FM_SHA256_TEXT];
    json_error_t problem;
    json_t *entries = size && bytes[0] == '+'
                          ? json_loadb((const char *)bytes + 1, size - 1, JSON_DECODE_ANY, &problem)
                          : NULL;
    if (!entries) {
        fuzz_file(bytes, size);
        return;
    }
    fm_tuning_path(path, sizeof path, fuzz_folder(), &device);
    fuzz_require(!fm_tuning_write(&none, fuzz_folder(), &device, NULL), "a tuning is written");
    json_t *document = json_load_file(path, 0, &problem);
    fuzz_require(document && !json_object_set_new(document, "entries", entries), "it is changed");
    fuzz_require(!fm_tuning_sum(sum, document, NULL), "there is a sum of it");
    json_object_set_new(document, FM_TUNING_SUM, json_string(sum));
    char *text = json_dumps(document, JSON_REAL_PRECISION(17));
    fuzz_require(text != NULL, "it is a document");
    fuzz_file((const uint8_t *)text, strlen(text));
    free(text);
    json_decref(document);
}

static void check(const fm_tuned *entry) {
    fuzz_require(memchr(entry->network, 0, sizeof entry->network) != NULL, "the network ends");
    fuzz_require(entry->weights > 0 && entry->batch_size > 0, "there is something to train");
    fuzz_require(entry->seconds > 0 && entry->built_in_seconds > 0 && entry->clblast_seconds >= 0,
                 "times are positive");
    for (size_t i = 0; i < FM_CHOICES; i++)
        fuzz_require(fm_choice_allows(i, fm_choice_value(&entry->choices, i)),
                     "tuning parameters have allowed values");
}

static void same(const fm_tuned *a, const fm_tuned *b) {
    fuzz_require(!strcmp(a->network, b->network) && a->weights == b->weights &&
                     a->batch_size == b->batch_size,
                 "the same workload comes back");
    fuzz_require(a->seconds == b->seconds && a->built_in_seconds == b->built_in_seconds &&
                     a->clblast_seconds == b->clblast_seconds,
                 "the same times come back");
    fuzz_require(!memcmp(&a->choices, &b->choices, sizeof a->choices),
                 "the same tuning parameters come back");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static fm_tuning tuning, again;
    const fm_architecture base = {
        .inputs = 784, .outputs = 10, .hidden = {256, 256}, .hidden_count = 2};
    fm_error error = {0};
    name_file();
    write_file(bytes, size);
    int status = fm_tuning_read(&tuning, fuzz_folder(), &device, &error);
    if (status) {
        fuzz_require_error(status, &error);
        fuzz_require(tuning.count == 0, "nothing comes out of a bad file");
        return 0;
    }
    fuzz_require(tuning.count <= FM_TUNED_MOST, "there is room for what was read");
    for (size_t i = 0; i < tuning.count; i++)
        check(&tuning.entry[i]);
    (void)fm_tuned_products(fm_tuning_find(&tuning, &base, 128));
    fuzz_require(!fm_tuning_write(&tuning, fuzz_folder(), &device, &error), "it can be written");
    fuzz_require(!fm_tuning_read(&again, fuzz_folder(), &device, &error), "and read again");
    fuzz_require(again.count == tuning.count, "as many entries come back");
    for (size_t i = 0; i < tuning.count; i++)
        same(&again.entry[i], &tuning.entry[i]);
    return 0;
}
