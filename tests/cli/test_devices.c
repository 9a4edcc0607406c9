/* fmnist-cl devices and bench, and how a device is chosen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/fake_icd.h"
#include "support/small_runs.h"
#include "support/temporary.h"

#define POCL_ICD "/etc/OpenCL/vendors/pocl.icd"

/* No OpenCL platform: the loader looks into an empty folder. */
static const char *const no_opencl[] = {"OCL_ICD_VENDORS=empty", NULL};

static int setup(void **state) {
    small_runs_setup(state);
    return mkdir(temporary_path(*state, "empty"), 0777);
}

static json_t *devices_json(const char *folder, const char *const *environment) {
    program p = {.folder = folder, .environment = environment};
    program_run(&p, "devices", "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    program_free(&p);
    return document;
}

static void test_json_has_the_keys(void **state) {
    static const char *const texts[] = {"platform", "name", "type", "opencl_c", "driver"};
    static const char *const numbers[] = {"number", "compute_units", "memory_bytes"};
    json_t *document = devices_json(*state, NULL);
    const json_t *devices = json_object_get(document, "devices");
    size_t count = json_array_size(devices);
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *device = json_array_get(devices, i);
        for (size_t t = 0; t < 5; t++)
            assert_true(json_is_string(json_object_get(device, texts[t])));
        for (size_t n = 0; n < 3; n++)
            assert_true(json_is_integer(json_object_get(device, numbers[n])));
        assert_int_equal(json_integer_value(json_object_get(device, "number")), i);
    }
    const json_t *last = json_array_get(devices, count - 1);
    assert_string_equal(json_string_value(json_object_get(last, "type")), "reference");
    json_t *again = devices_json(*state, NULL);
    assert_true(json_equal(document, again));
    json_decref(document);
    json_decref(again);
}

static void test_text_marks_the_default(void **state) {
    program p = {.folder = *state};
    program_run(&p, "devices");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "*0 "));
    assert_non_null(strstr(p.out, "* default device: "));
    assert_non_null(strstr(p.out, "reference"));
    program_free(&p);
}

static void test_without_opencl(void **state) {
    program p = {.folder = *state, .environment = no_opencl};
    program_run(&p, "devices");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "reference"));
    assert_non_null(strstr(p.err, "pocl-opencl-icd"));
    program_free(&p);
    json_t *document = devices_json(*state, no_opencl);
    assert_int_equal(json_array_size(json_object_get(document, "devices")), 1);
    assert_true(json_is_null(json_object_get(document, "default")));
    json_decref(document);
    program_run(&p, "train", "--data", "data");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "pocl-opencl-icd"));
    program_free(&p);
    p.environment = no_opencl;
    small_train(&p, *state, "--run", "alone", "--max-steps", "1");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

static void test_wrong_devices(void **state) {
    static const char *const wrong[] = {"99", "-1", "no such name", "0x1"};
    program p = {.folder = *state};
    for (size_t i = 0; i < 4; i++) {
        program_run(&p, "train", "--data", "data", "--device", wrong[i]);
        assert_int_equal(p.status, 1);
        assert_int_equal(strncmp(p.err, "fmnist-cl: ", 11), 0);
        assert_non_null(strstr(p.err, wrong[i]));
        assert_non_null(strstr(p.err, "  hint: "));
        assert_string_equal(p.out, "");
        program_free(&p);
    }
}

static void test_bench_without_opencl(void **state) {
    program p = {.folder = *state, .environment = no_opencl};
    program_run(&p, "bench", "--data", "data", "--hidden", "16,8", "--batch-size", "10",
                "--max-steps", "5", "--json", "-q");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    json_t *document = parse_json(p.out);
    assert_string_equal(json_string_value(json_object_get(document, "network")), "784-16-8-10");
    assert_int_equal(json_integer_value(json_object_get(document, "batch_size")), 10);
    const json_t *results = json_object_get(document, "results");
    assert_int_equal(json_array_size(results), 1);
    const json_t *one = json_array_get(results, 0);
    static const char *const keys[] = {"epoch_seconds", "images_per_s", "gflops",
                                       "speedup",       "loss",         "logits_seconds"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_true(json_number_value(json_object_get(one, keys[i])) > 0);
    assert_true(json_number_value(json_object_get(one, "speedup")) == 1);
    /* 2 x (2 x 784 x 16 + 3 x 16 x 8 + 3 x 8 x 10) operations an image */
    double rate = json_number_value(json_object_get(one, "images_per_s"));
    double gflops = json_number_value(json_object_get(one, "gflops"));
    double ratio = gflops * 1e9 / rate / 51424;
    assert_true(ratio > 0.999999 && ratio < 1.000001);
    json_decref(document);
    program_free(&p);
    program_run(&p, "bench", "--data", "data", "--hidden", "8", "--max-steps", "2", "--batch-size",
                "10", "--device", "all");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "speed-up"));
    program_free(&p);
    /* Nothing is left to measure. */
    program_run(&p, "bench", "--data", "data", "--no-reference");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "  hint: "));
    program_free(&p);
}

/* A rate that changes nothing leaves the loss of the first weights, another does not; and the
 * reference is measured though it is to be left out, for it was named. */
static void test_bench_takes_the_rate(void **state) {
    program p = {.folder = *state, .environment = no_opencl};
    double losses[3];
    static const char *const rates[3] = {"1e-30", "1e-29", "0.01"};
    for (size_t i = 0; i < 3; i++) {
        program_run(&p, "bench", "--data", "data", "--hidden", "16", "--batch-size", "10", "--lr",
                    rates[i], "--device", "reference", "--no-reference", "--json", "-q");
        assert_int_equal(p.status, 0);
        json_t *document = parse_json(p.out);
        const json_t *results = json_object_get(document, "results");
        assert_int_equal(json_array_size(results), 1);
        losses[i] = json_number_value(json_object_get(json_array_get(results, 0), "loss"));
        json_decref(document);
        program_free(&p);
    }
    assert_true(losses[0] > 0 && losses[1] == losses[0]);
    assert_true(losses[2] != losses[0]);
}

/* The whole way on a device, twice: the same bits, and the same device by number, kind and name. */
static void test_opencl_repeats_itself(void **state) {
    json_t *document = devices_json(*state, NULL);
    const json_t *best = json_object_get(document, "default");
    if (!json_is_integer(best)) {
        json_decref(document);
        print_message("skipped: there is no OpenCL device\n");
        skip();
    }
    json_t *device =
        json_array_get(json_object_get(document, "devices"), (size_t)json_integer_value(best));
    char number[16], name[64];
    snprintf(number, sizeof number, "%d", (int)json_integer_value(best));
    snprintf(name, sizeof name, "%.60s", json_string_value(json_object_get(device, "name")));
    const char *const wanted[] = {number, json_string_value(json_object_get(device, "type")), name};
    for (size_t i = 0; i < 3; i++) {
        char run[16];
        program p = {.folder = NULL};
        snprintf(run, sizeof run, "opencl-%zu", i);
        small_train(&p, *state, "--device", wanted[i], "--run", run, "--json");
        assert_int_equal(p.status, 0);
        json_t *metrics = parse_json(p.out);
        assert_true(
            json_equal(json_object_get(metrics, "device"), json_object_get(device, "name")));
        json_decref(metrics);
        program_free(&p);
    }
    static const char *const files[] = {"opencl-1/last.safetensors", "opencl-2/last.safetensors"};
    for (size_t i = 0; i < 2; i++)
        assert_true(same_files(temporary_path(*state, "opencl-0/last.safetensors"),
                               temporary_path(*state, files[i])));
    json_decref(document);
}

/* Several platforms at once: a driver that is not there, one without devices, one whose device
 * compiles nothing. The devices of the others compute. */
static void test_broken_platforms(void **state) {
    if (access(POCL_ICD, R_OK))
        skip();
    const char *vendors = temporary_path(*state, "vendors");
    size_t size;
    char *pocl = (char *)temporary_read(POCL_ICD, &size);
    char folder[4200];
    snprintf(folder, sizeof folder, "OCL_ICD_VENDORS=%s", vendors);
    const char *const environment[] = {folder, FAKE_ICD_VARIABLE "=empty,unbuilding,vectorless",
                                       NULL};
    assert_int_equal(mkdir(vendors, 0777), 0);
    temporary_write(temporary_path(vendors, "a.icd"), "libnosuch_opencl.so\n", 20);
    temporary_write(temporary_path(vendors, "b.icd"), FM_FAKE_ICD "\n", sizeof FM_FAKE_ICD);
    temporary_write(temporary_path(vendors, "c.icd"), pocl, size);
    free(pocl);

    program p = {.folder = *state, .environment = environment};
    program_run(&p, "devices", "--check");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "libnosuch_opencl.so"));
    assert_non_null(strstr(p.err, "platform Fake empty has no devices"));
    assert_non_null(strstr(p.err, "the kernels: clBuildProgram: CL_BUILD_PROGRAM_FAILURE (-11)"));
    assert_non_null(strstr(p.err, "2 of 4 devices failed"));
    /* Without knowing it, which kernels suit the device is not known either. */
    assert_non_null(
        strstr(p.err, "the device's vector width: clGetDeviceInfo: CL_OUT_OF_RESOURCES"));
    size_t passed = 0;
    for (const char *at = p.out; (at = strstr(at, "  pass\n")); at++)
        passed++;
    assert_int_equal(passed, 2);
    program_free(&p);

    program_run(&p, "train", "--data", "data", "--device", "unbuilding");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "the kernels: clBuildProgram: CL_BUILD_PROGRAM_FAILURE (-11)"));
    assert_non_null(strstr(p.err, "this compiler compiles nothing"));
    program_free(&p);
    program_run(&p, "train", "--data", "data", "--hidden", "8", "--max-steps", "2", "--run",
                "beside");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_has_the_keys),    cmocka_unit_test(test_text_marks_the_default),
        cmocka_unit_test(test_without_opencl),       cmocka_unit_test(test_wrong_devices),
        cmocka_unit_test(test_bench_without_opencl), cmocka_unit_test(test_opencl_repeats_itself),
        cmocka_unit_test(test_bench_takes_the_rate), cmocka_unit_test(test_broken_platforms),
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}
