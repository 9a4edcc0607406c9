/* The check of an open device, and its record. */
/* wrap: fm_reference_create fm_device_get_info fm_device_get_kernels */
#include <stdlib.h>
#include <string.h>

#include "backend/reference/reference.h"
#include "base/sha256.h"
#include "fmnist_cl/device_check.h"
#include "fmnist_cl/version.h"
#include "kernels.h"
#include "support/check.h"
#include "support/faulty_reference.h"
#include "support/temporary.h"
#include "support/trainings.h"

/* A reference that is opened as a device is faulty; the one used for comparison is correct. */
static int next_is_wrong;
int __real_fm_reference_create(fm_backend **out, fm_error *error);
int __wrap_fm_reference_create(fm_backend **out, fm_error *error);
int __wrap_fm_reference_create(fm_backend **out, fm_error *error) {
    if (!next_is_wrong)
        return __real_fm_reference_create(out, error);
    next_is_wrong = 0;
    *out = faulty_reference((fault){.place = FAULT_BACKWARD_INPUT});
    return FM_OK;
}

/* Overrides of the device's info. */
static const fm_device_info *other_info;
static const fm_device_kernels *other_kernels;
const fm_device_info *__real_fm_device_get_info(const fm_device *device);
const fm_device_info *__wrap_fm_device_get_info(const fm_device *device);
const fm_device_info *__wrap_fm_device_get_info(const fm_device *device) {
    return other_info ? other_info : __real_fm_device_get_info(device);
}
fm_device_kernels __real_fm_device_get_kernels(const fm_device *device);
fm_device_kernels __wrap_fm_device_get_kernels(const fm_device *device);
fm_device_kernels __wrap_fm_device_get_kernels(const fm_device *device) {
    return other_kernels ? *other_kernels : __real_fm_device_get_kernels(device);
}

static fm_device *open_reference(int wrong) {
    next_is_wrong = wrong;
    other_info = NULL;
    other_kernels = NULL;
    return open_device("reference", FM_GEMM_AUTO);
}

static int was_remembered(fm_device *device, enum fm_activation activation, const char *cache) {
    fm_error error = {0};
    int remembered = -1;
    CHECK_OK(fm_device_check_short(&remembered, device, activation, cache, &error), &error);
    return remembered;
}

static void test_records_a_passed_check(void **state) {
    const char *cache = temporary_path(*state, "new/folder");
    fm_device *device = open_reference(0);
    assert_false(was_remembered(device, FM_RELU, cache));
    assert_true(was_remembered(device, FM_RELU, cache));
    assert_true(was_remembered(device, FM_ELU, cache));
    assert_int_equal(temporary_count(cache), 1);
    /* PReLU has operations that the others do not need. */
    assert_false(was_remembered(device, FM_PRELU, cache));
    assert_true(was_remembered(device, FM_PRELU, cache));
    assert_int_equal(temporary_count(cache), 2);
    assert_false(was_remembered(device, FM_RELU, NULL));
    fm_device_close(device);
}

/* Another name or driver is another device. */
static void test_record_is_per_device(void **state) {
    const fm_device_info told = {
        .platform = "platform", .name = "name", .opencl_c = "OpenCL C", .driver = "driver"};
    static const size_t texts[] = {
        offsetof(fm_device_info, platform), offsetof(fm_device_info, name),
        offsetof(fm_device_info, opencl_c), offsetof(fm_device_info, driver)};
    fm_device *device = open_reference(0);
    other_info = &told;
    assert_false(was_remembered(device, FM_RELU, *state));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        fm_device_info another = told;
        *(const char **)((char *)&another + texts[i]) = "another";
        other_info = &another;
        assert_false(was_remembered(device, FM_RELU, *state));
        assert_true(was_remembered(device, FM_RELU, *state));
        other_info = &told;
        assert_true(was_remembered(device, FM_RELU, *state));
    }
    /* Properties on which the results do not depend. */
    const fm_device_info moved = {.number = 3,
                                  .platform = "platform",
                                  .name = "name",
                                  .opencl_c = "OpenCL C",
                                  .driver = "driver",
                                  .memory_bytes = 1};
    other_info = &moved;
    assert_true(was_remembered(device, FM_RELU, *state));
    other_info = NULL;
    fm_device_close(device);
}

/* CLBlast's products, or other tuning parameters, are checked separately. */
static void test_record_is_per_kernels(void **state) {
    fm_choices choices = {0};
    fm_device_kernels kernels = {.products = FM_GEMM_NATIVE, .choices = &choices};
    fm_device *device = open_reference(0);
    other_kernels = &kernels;
    assert_false(was_remembered(device, FM_RELU, *state));
    for (size_t i = 0; i < FM_CHOICES; i++) {
        fm_choice_set(&choices, i, 8);
        assert_false(was_remembered(device, FM_RELU, *state));
        assert_true(was_remembered(device, FM_RELU, *state));
    }
    kernels.products = FM_GEMM_CLBLAST;
    assert_false(was_remembered(device, FM_RELU, *state));
    assert_true(was_remembered(device, FM_RELU, *state));
    other_kernels = NULL;
    fm_device_close(device);
}

static void test_wrong_device_is_not_recorded(void **state) {
    fm_device *device = open_reference(1);
    for (int i = 0; i < 2; i++) {
        fm_error error = {0};
        int remembered = -1;
        assert_int_equal(fm_device_check_short(&remembered, device, FM_RELU, *state, &error),
                         FM_E_WRONG);
        assert_false(remembered);
        assert_string_equal(error.what, "plain C");
        assert_non_null(strstr(error.why, "linear_backward_input"));
        assert_int_equal(temporary_count(*state), 0);
        assert_int_equal(fm_device_check(device, NULL, &error), FM_E_WRONG);
        assert_string_equal(error.what, "plain C");
    }
    fm_device_close(device);
}

/* If a device fails the long check, the record of its short check is deleted. */
static void test_failing_deletes_the_record(void **state) {
    fm_error error = {0};
    const char *tuned = temporary_path(*state, "tuned-1");
    fm_device *device = open_reference(0), *wrong = open_reference(1);
    temporary_write(tuned, "x", 1);
    assert_false(was_remembered(device, FM_RELU, *state));
    assert_false(was_remembered(device, FM_PRELU, *state));
    assert_int_equal(temporary_count(*state), 3);
    CHECK_OK(fm_device_check(device, *state, &error), &error);
    assert_true(was_remembered(device, FM_RELU, *state));
    assert_int_equal(fm_device_check(wrong, *state, &error), FM_E_WRONG);
    assert_string_equal(temporary_only(*state), tuned);
    assert_false(was_remembered(device, FM_RELU, *state));
    assert_false(was_remembered(device, FM_PRELU, *state));
    fm_device_close(wrong);
    fm_device_close(device);
}

static void test_correct_device(void **state) {
    (void)state;
    fm_error error = {0};
    fm_device *device = open_reference(0);
    CHECK_OK(fm_device_check(device, NULL, &error), &error);
    fm_device_close(device);
}

/* The checksum of all programs, as cmake/embed_write.cmake computes it. */
static void sum_kernels(char out[FM_SHA256_TEXT]) {
    static const char *const programs[] = {fm_kernel_peak, fm_kernel_phases, fm_kernel_elementwise,
                                           fm_kernel_linear_tile, fm_kernel_linear_clblast};
    struct sha256_ctx all;
    sha256_init(&all);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        struct sha256_ctx one;
        sha256_init(&one);
        sha256_update(&one, strlen(programs[i]), (const uint8_t *)programs[i]);
        fm_sha256_text(out, &one);
        sha256_update(&all, strlen(out), (const uint8_t *)out);
    }
    fm_sha256_text(out, &all);
}

/* Another version, or other kernels in a build of the same version, are checked again. */
static void test_record_is_per_program(void **state) {
    char sum[FM_SHA256_TEXT];
    size_t size;
    fm_device *device = open_reference(0);
    assert_false(was_remembered(device, FM_RELU, *state));
    char *text = (char *)temporary_read(temporary_only(*state), &size);
    sum_kernels(sum);
    assert_non_null(strstr(text, sum));
    assert_non_null(strstr(text, "fmnist-cl " FM_VERSION "\n"));
    free(text);
    fm_device_close(device);
}

static void test_damaged_file(void **state) {
    fm_device *device = open_reference(0);
    assert_false(was_remembered(device, FM_RELU, *state));
    const char *path = temporary_only(*state);
    size_t size;
    unsigned char *bytes = temporary_read(path, &size);
    for (size_t i = 0; i < size; i += 7) {
        bytes[i] ^= 4;
        temporary_write(path, bytes, size);
        assert_false(was_remembered(device, FM_RELU, *state));
        bytes[i] ^= 4;
        assert_true(was_remembered(device, FM_RELU, *state)); /* written again */
    }
    for (size_t length = 0; length < size; length += size - 1) {
        temporary_write(path, bytes, length);
        assert_false(was_remembered(device, FM_RELU, *state));
        assert_true(was_remembered(device, FM_RELU, *state));
    }
    free(bytes);
    fm_device_close(device);
}

/* An invalid cache: a file instead of a folder. */
static void test_no_cache(void **state) {
    fm_device *device = open_reference(0);
    const char *file = temporary_path(*state, "file");
    temporary_write(file, "x", 1);
    assert_false(was_remembered(device, FM_RELU, file));
    assert_false(was_remembered(device, FM_RELU, file));
    assert_int_equal(temporary_count(*state), 1);
    fm_device_close(device);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_records_a_passed_check),
        TEST(test_record_is_per_device),
        TEST(test_record_is_per_kernels),
        TEST(test_wrong_device_is_not_recorded),
        TEST(test_failing_deletes_the_record),
        TEST(test_correct_device),
        TEST(test_record_is_per_program),
        TEST(test_damaged_file),
        TEST(test_no_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
