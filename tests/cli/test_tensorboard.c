/* fmnist-cl train --tensorboard. What is in the file is for tests/io and tests/interop to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/small_runs.h"
#include "support/temporary.h"

static void test_writes_a_file(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "run", "--tensorboard", "curves/of/run");
    assert_int_equal(p.status, 0);
    program_free(&p);
    assert_int_equal(temporary_count(temporary_path(*state, "curves/of/run")), 1);
    json_t *config = load_json(temporary_path(*state, "run/config.json"));
    const char *recorded = json_string_value(json_object_get(config, "tensorboard"));
    assert_int_equal(recorded[0], '/');
    assert_non_null(strstr(recorded, "/curves/of/run"));
    json_decref(config);
    /* Another run beside it: TensorBoard shows the folder as one. */
    small_train(&p, *state, "--run", "run2", "--tensorboard", "curves/of/run", "--val-fraction",
                "0");
    assert_int_equal(p.status, 0);
    program_free(&p);
    assert_int_equal(temporary_count(temporary_path(*state, "curves/of/run")), 2);
}

/* A resumed run goes on where it wrote, wherever it is resumed; if that is not possible, it says
 * so. */
static void test_resumed(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "more", "--tensorboard", "kept", "--epochs", "2");
    program_free(&p);
    p.folder = temporary_path(*state, "kept");
    program_run(&p, "train", "--resume", "../more", "--data", "../data", "--epochs", "4");
    assert_int_equal(p.status, 0);
    program_free(&p);
    assert_int_equal(temporary_count(temporary_path(*state, "kept")), 2);
    rename(temporary_path(*state, "kept"), temporary_path(*state, "moved"));
    temporary_write(temporary_path(*state, "kept"), "", 0);
    p.folder = *state;
    program_run(&p, "train", "--resume", "more", "--data", "data", "--epochs", "6");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err,
                           "/kept: cannot create the folder: Not a directory; the curves for "
                           "TensorBoard end here\n"));
    program_free(&p);
}

/* One line, before anything is trained, and nothing is left behind. */
static void test_a_file_in_the_way(void **state) {
    program p = {.folder = NULL};
    temporary_write(temporary_path(*state, "taken"), "", 0);
    small_train(&p, *state, "--run", "in-the-way", "--tensorboard", "taken");
    assert_int_equal(p.status, 1);
    assert_string_equal(p.err, "fmnist-cl: taken: cannot create the folder: Not a directory\n");
    assert_string_equal(p.out, "");
    program_free(&p);
    assert_false(file_exists(temporary_path(*state, "in-the-way")));
    small_train(&p, *state, "--run", "in-the-way");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

static void test_a_folder_that_cannot_be_written_to(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "unwritable", "--tensorboard", "/proc/curves");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "fmnist-cl: /proc/curves: cannot create the folder: "));
    program_free(&p);
}

/* The first epochs' points fit, and everything else; then the disk is full, for whichever file. */
static void test_a_disk_that_is_full(void **state) {
    program p = {.folder = NULL, .file_limit = 40000};
    small_train(&p, *state, "--run", "full", "--tensorboard", "disk", "--epochs", "400", "--hidden",
                "1", "--optimizer", "sgd");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, ": cannot write: File too large\n"));
    program_free(&p);
    assert_true(file_exists(temporary_path(*state, "full/last.safetensors")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_a_file),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_a_file_in_the_way),
        cmocka_unit_test(test_a_folder_that_cannot_be_written_to),
        cmocka_unit_test(test_a_disk_that_is_full),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
