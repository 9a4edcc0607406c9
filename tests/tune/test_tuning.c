/* A device's tuning: adding and finding entries, writing and reading files, invalid files. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "fmnist_cl/tune.h"
#include "fmnist_cl/version.h"
#include "support/check.h"
#include "support/temporary.h"
#include "tune/tuning_file.h"

static const fm_device_info device = {.type = FM_DEVICE_CPU,
                                      .platform = "Portable",
                                      .name = "a \"device\" \xc3\xa9",
                                      .opencl_c = "OpenCL C 1.2",
                                      .driver = "3.1",
                                      .compute_units = 2};

static fm_architecture architecture_of(size_t layers, size_t width) {
    fm_architecture a = {.inputs = 784, .outputs = 10, .hidden_count = layers};
    for (size_t i = 0; i < layers; i++)
        a.hidden[i] = width;
    return a;
}

static fm_tuned entry_of(size_t layers, size_t width, size_t batch_size) {
    const fm_architecture a = architecture_of(layers, width);
    fm_tuned entry = {.weights = fm_architecture_parameter_count(&a),
                      .batch_size = batch_size,
                      .choices = {.panels = 4,
                                  .lines = 1,
                                  .inputs = 7,
                                  .groups = 16,
                                  .row_groups = 3,
                                  .side = 64,
                                  .work = 8,
                                  .depth = 8},
                      .built_in_seconds = 0.1,
                      .seconds = 1.0 / 3};
    fm_architecture_text(entry.network, sizeof entry.network, &a);
    return entry;
}

/* ---- Put and find ---- */

static void test_finds_the_same_network(void **state) {
    (void)state;
    static fm_tuning tuning;
    const size_t batches[] = {1, 8, 128};
    const fm_architecture base = architecture_of(2, 256);
    tuning.count = 0;
    for (size_t i = 0; i < 3; i++) {
        const fm_tuned entry = entry_of(2, 256, batches[i]);
        fm_tuning_put(&tuning, &entry);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fm_tuning_find(&tuning, &base, batches[i])->batch_size, batches[i]);
    /* An entry with the same network and batch size replaces the old one, and is the latest. */
    fm_tuned again = entry_of(2, 256, 8);
    again.seconds = 7;
    fm_tuning_put(&tuning, &again);
    assert_int_equal(tuning.count, 3);
    assert_true(fm_tuning_find(&tuning, &base, 8)->seconds == 7);
    assert_int_equal(tuning.entry[2].batch_size, 8);
}

/* Finds the nearest entry within a factor of 2 in both sizes. */
static void test_finds_the_nearest(void **state) {
    (void)state;
    static fm_tuning tuning;
    const fm_architecture base = architecture_of(2, 256), other = architecture_of(2, 300);
    const fm_architecture wide = architecture_of(2, 1024);
    fm_tuned entry = entry_of(2, 256, 128);
    tuning.count = 0;
    assert_null(fm_tuning_find(&tuning, &base, 128));
    fm_tuning_put(&tuning, &entry);
    entry = entry_of(2, 256, 200);
    fm_tuning_put(&tuning, &entry);
    assert_int_equal(fm_tuning_find(&tuning, &other, 128)->batch_size, 128);
    assert_int_equal(fm_tuning_find(&tuning, &base, 180)->batch_size, 200);
    assert_int_equal(fm_tuning_find(&tuning, &base, 64)->batch_size, 128);
    assert_int_equal(fm_tuning_find(&tuning, &base, 400)->batch_size, 200);
    assert_null(fm_tuning_find(&tuning, &base, 63));
    assert_null(fm_tuning_find(&tuning, &base, 401));
    assert_null(fm_tuning_find(&tuning, &wide, 128));
}

static void test_drops_the_oldest(void **state) {
    (void)state;
    static fm_tuning tuning;
    tuning.count = 0;
    for (size_t i = 0; i < FM_TUNED_MOST + 3; i++) {
        const fm_tuned entry = entry_of(2, 256, i + 1);
        fm_tuning_put(&tuning, &entry);
    }
    assert_int_equal(tuning.count, FM_TUNED_MOST);
    assert_int_equal(tuning.entry[0].batch_size, 4);
    assert_int_equal(tuning.entry[FM_TUNED_MOST - 1].batch_size, FM_TUNED_MOST + 3);
}

static void test_products(void **state) {
    (void)state;
    const enum fm_gemm clblast = fm_gemm_has_clblast() ? FM_GEMM_CLBLAST : FM_GEMM_NATIVE;
    fm_tuned entry = entry_of(1, 8, 8);
    entry.seconds = 2;
    assert_int_equal(fm_tuned_products(NULL), FM_GEMM_NATIVE);
    assert_int_equal(fm_tuned_products(&entry), FM_GEMM_NATIVE);
    entry.clblast_seconds = 2;
    assert_int_equal(fm_tuned_products(&entry), FM_GEMM_NATIVE);
    entry.clblast_seconds = 1.5;
    assert_int_equal(fm_tuned_products(&entry), clblast);
}

/* ---- The file ---- */

static void write_two(const char *cache) {
    static fm_tuning tuning;
    fm_error error = {0};
    const fm_tuned first = entry_of(2, 256, 128);
    fm_tuned second = entry_of(0, 0, 8);
    second.clblast_seconds = 1e-5;
    tuning.count = 0;
    fm_tuning_put(&tuning, &first);
    fm_tuning_put(&tuning, &second);
    CHECK_OK(fm_tuning_write(&tuning, cache, &device, &error), &error);
}

static void test_round_trip(void **state) {
    static fm_tuning tuning;
    const char *cache = temporary_path(*state, "new/cache");
    fm_error error = {0};
    CHECK_OK(fm_tuning_read(&tuning, cache, &device, &error), &error);
    assert_int_equal(tuning.count, 0);
    write_two(cache);
    CHECK_OK(fm_tuning_read(&tuning, cache, &device, &error), &error);
    assert_int_equal(tuning.count, 2);
    const fm_tuned first = entry_of(2, 256, 128);
    assert_string_equal(tuning.entry[0].network, "784-256-256-10");
    assert_int_equal(tuning.entry[0].weights, first.weights);
    assert_memory_equal(&tuning.entry[0].choices, &first.choices, sizeof first.choices);
    assert_true(tuning.entry[0].seconds == first.seconds);
    assert_true(tuning.entry[0].built_in_seconds == first.built_in_seconds);
    assert_true(tuning.entry[0].clblast_seconds == 0);
    assert_string_equal(tuning.entry[1].network, "784-10");
    assert_true(tuning.entry[1].clblast_seconds == 1e-5);
    assert_int_equal(temporary_count(cache), 1);
}

static void refused(const char *cache, const char *why) {
    static fm_tuning tuning;
    fm_error error = {0};
    tuning.count = 5;
    assert_int_equal(fm_tuning_read(&tuning, cache, &device, &error), FM_E_FORMAT);
    assert_int_equal(tuning.count, 0);
    assert_true(error.what[0]);
    if (why)
        assert_non_null(strstr(error.why, why));
}

/* A changed or missing byte is detected. */
static void test_damaged(void **state) {
    write_two(*state);
    const char *path = temporary_only(*state);
    size_t size;
    unsigned char *bytes = temporary_read(path, &size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 1;
        /* Only white space may differ. */
        if (bytes[i] != '!' && bytes[i] != '\v') {
            temporary_write(path, bytes, size);
            refused(*state, NULL);
        }
        bytes[i] ^= 1;
    }
    for (size_t length = 0; length + 2 < size; length += 7) {
        temporary_write(path, bytes, length);
        refused(*state, "cannot be read as JSON");
    }
    free(bytes);
}

/* Changes the document and its checksum. NULL removes the key. */
static void rewrite(const char *cache, const char *part, const char *key, json_t *value) {
    char sum[FM_SHA256_TEXT];
    fm_error error = {0};
    write_two(cache);
    const char *path = temporary_only(cache);
    json_t *document = json_load_file(path, 0, NULL);
    json_t *target = document;
    if (part)
        target = json_array_get(json_object_get(document, "entries"), 0);
    if (part && part[0])
        target = json_object_get(target, part);
    assert_int_equal(value ? json_object_set_new(target, key, value) : json_object_del(target, key),
                     0);
    CHECK_OK(fm_tuning_sum(sum, document, &error), &error);
    assert_int_equal(json_object_set_new(document, FM_TUNING_SUM, json_string(sum)), 0);
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    assert_non_null(text);
    temporary_write(path, text, strlen(text));
    free(text);
    json_decref(document);
}

/* NULL for NULL. */
static json_t *parse(const char *text) {
    return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static void test_foreign(void **state) {
    static const struct {
        const char *key, *value, *why; /* JSON; NULL: removed; accepted */
    } cases[] = {
        {"version", "\"" FM_VERSION "\"", NULL}, /* as it was */
        {"fmnist-cl", "\"journal\"", "is not a tuning file of fmnist-cl"},
        {"fmnist-cl", NULL, "is not a tuning file of fmnist-cl"},
        {"format", "2", "has another format version"},
        {"version", "\"99.0\"", "was measured by another version of fmnist-cl"},
        {"kernels", "\"0\"", "was measured by another version of fmnist-cl"},
        {"platform", "\"Other\"", "belongs to another device or driver"},
        {"device", "\"a device\"", "belongs to another device or driver"},
        {"driver", "\"3.2\"", "belongs to another device or driver"},
        {"compute_units", "3", "belongs to another device or driver"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static fm_tuning tuning;
        fm_error error = {0};
        rewrite(*state, NULL, cases[i].key, parse(cases[i].value));
        if (cases[i].why)
            refused(*state, cases[i].why);
        else
            CHECK_OK(fm_tuning_read(&tuning, *state, &device, &error), &error);
    }
}

static json_t *many_entries(void) {
    json_t *array = json_array();
    for (int i = 0; i <= FM_TUNED_MOST; i++)
        json_array_append_new(array, json_object());
    return array;
}

static void test_invalid_values(void **state) {
    static const struct {
        const char *part, *key, *value; /* JSON; NULL: removed */
    } cases[] = {
        {"choices", "inputs", "9"},
        {"choices", "inputs", "0"},
        {"choices", "inputs", "-6"},
        {"choices", "inputs", "6.0"},
        {"choices", "inputs", "\"6\""},
        {"choices", "inputs", "4294967302"},
        {"choices", "depth", "1000000"},
        {"choices", "side", NULL},
        {"choices", "speed", "6"},
        {"", "choices", "[]"},
        {"", "choices", NULL},
        {"", "network", "7"},
        {"", "network", "\"784;reboot\""},
        {"", "network", "\"\""},
        {"", "weights", "0"},
        {"", "weights", "-1"},
        {"", "batch_size", "0"},
        {"", "batch_size", "1.5"},
        {"", "batch_size", "null"},
        {"", "seconds", "0"},
        {"", "seconds", "-1"},
        {"", "seconds", "null"},
        {"", "seconds", "1e300"},
        {"", "built_in_seconds", "\"1\""},
        {"", "clblast_seconds", "-1"},
        {"", "clblast_seconds", "true"},
        {"", "seconds", NULL},
    };
    const char *cache = *state;
    char longest[2 * FM_TUNED_NETWORK];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rewrite(cache, cases[i].part, cases[i].key, parse(cases[i].value));
        refused(cache, "is damaged: an entry is invalid");
    }
    memset(longest, '7', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    rewrite(cache, "", "network", json_string(longest));
    refused(cache, "is damaged: an entry is invalid");
    rewrite(cache, NULL, "entries", json_string("x"));
    refused(cache, "is damaged: no entries");
    rewrite(cache, NULL, "entries", many_entries());
    refused(cache, "is damaged: no entries");
}

/* Another type instead. */
static void test_no_file(void **state) {
    enum { SIZE = (1 << 20) + 1 };
    static fm_tuning tuning;
    char path[4096];
    fm_error error = {0};
    assert_true(fm_tuning_path(path, sizeof path, *state, &device));
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(fm_tuning_read(&tuning, *state, &device, &error), FM_E_FILE);
    assert_int_equal(tuning.count, 0);
    assert_int_equal(fm_tuning_write(&tuning, *state, &device, &error), FM_E_FILE);
    assert_int_equal(rmdir(path), 0);
    char *large = calloc(1, SIZE);
    assert_non_null(large);
    temporary_write(path, large, SIZE);
    free(large);
    refused(*state, "is larger than");
    assert_int_equal(fm_tuning_write(&tuning, path, &device, &error), FM_E_FILE);
    assert_false(fm_tuning_path(path, 20, *state, &device));
}

/* A separate file for each device, driver, and number of compute units. */
static void test_a_file_for_each_device(void **state) {
    (void)state;
    fm_device_info others[4] = {device, device, device, device};
    char path[100], other[100];
    others[0].name = "b";
    others[1].driver = "3.2";
    others[2].platform = "b";
    others[3].compute_units = 3;
    assert_true(fm_tuning_path(path, sizeof path, "/cache", &device));
    for (size_t i = 0; i < 4; i++) {
        assert_true(fm_tuning_path(other, sizeof other, "/cache", &others[i]));
        assert_string_not_equal(path, other);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_finds_the_same_network),
        TEST(test_finds_the_nearest),
        TEST(test_drops_the_oldest),
        TEST(test_products),
        TEST(test_round_trip),
        TEST(test_damaged),
        TEST(test_foreign),
        TEST(test_invalid_values),
        TEST(test_no_file),
        TEST(test_a_file_for_each_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
