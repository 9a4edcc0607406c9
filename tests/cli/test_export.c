/* fmnist-cl export, on what a training on the small data set left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "support/small_runs.h"
#include "support/temporary.h"

static int setup(void **state) {
    small_runs_setup(state);
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "run", "--activation", "prelu");
    assert_int_equal(p.status, 0);
    program_free(&p);
    assert_int_equal(mkdir(temporary_path(*state, "out"), 0777), 0);
    return 0;
}

static void test_safetensors_are_the_same(void **state) {
    program p = {.folder = *state};
    program_run(&p, "export", "run", "copy.safetensors");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.out, "784-8-10, prelu, 6371 parameters: copy.safetensors\n");
    assert_string_equal(p.err, "");
    program_free(&p);
    assert_true(same_files(temporary_path(*state, "copy.safetensors"),
                           temporary_path(*state, "run/last.safetensors")));
}

static void test_onnx(void **state) {
    program p = {.folder = *state};
    program_run(&p, "export", "run/best.safetensors", "model.onnx", "--json");
    assert_int_equal(p.status, 0);
    json_t *result = parse_json(p.out);
    assert_string_equal(json_string_value(json_object_get(result, "file")), "model.onnx");
    assert_string_equal(json_string_value(json_object_get(result, "format")), "onnx");
    assert_int_equal(json_integer_value(json_object_get(result, "parameters")), 6371);
    json_decref(result);
    program_free(&p);
    size_t size;
    free(temporary_read(temporary_path(*state, "model.onnx"), &size));
    assert_in_range(size, 6371 * 4, 6371 * 4 + 1000);
}

/* Exit status, what is said, and that nothing comes of it. */
static void refused(void **state, const char *checkpoint, const char *file, int status,
                    const char *line) {
    program p = {.folder = *state};
    program_run(&p, "export", checkpoint, file);
    assert_int_equal(p.status, status);
    if (!strstr(p.err, line))
        fail_msg("'%s' does not say '%s'", p.err, line);
    assert_string_equal(p.out, "");
    program_free(&p);
    assert_int_equal(temporary_count(temporary_path(*state, "out")), 0);
}

static void test_names_without_a_known_format(void **state) {
    static const char *const names[] = {"out/model.pt", "out/model", "out/", ".onnx", "onnx"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        refused(state, "run", names[i], 2,
                "unknown format; the name must end in .onnx or .safetensors\n");
}

static void test_files_that_cannot_be_written(void **state) {
    refused(state, "run", "nowhere/model.onnx", 1,
            "fmnist-cl: nowhere/model.onnx: cannot write: No such file or directory\n");
    refused(state, "run", "nowhere/model.safetensors", 1, "No such file or directory\n");
    assert_int_equal(mkdir(temporary_path(*state, "folder.onnx"), 0777), 0);
    refused(state, "run", "folder.onnx", 1, "fmnist-cl: folder.onnx: cannot write: is a folder\n");
}

static void test_a_disk_that_is_full(void **state) {
    static const char *const files[] = {"out/model.onnx", "out/model.safetensors"};
    for (size_t i = 0; i < 2; i++) {
        program p = {.folder = *state, .file_limit = 4096};
        const char *path = temporary_path(*state, files[i]);
        temporary_write(path, "old", 3);
        program_run(&p, "export", "run", files[i]);
        assert_int_equal(p.status, 1);
        assert_non_null(strstr(p.err, "cannot write: File too large\n"));
        program_free(&p);
        size_t size;
        unsigned char *kept = temporary_read(path, &size);
        assert_int_equal(size, 3);
        free(kept);
        assert_int_equal(temporary_count(temporary_path(*state, "out")), 1);
        remove(path);
    }
}

static void test_checkpoints_that_are_none(void **state) {
    refused(state, "missing.safetensors", "out/model.onnx", 1, "fmnist-cl: missing.safetensors: ");
    refused(state, "data", "out/model.onnx", 1, "fmnist-cl: data/last.safetensors: ");
    refused(state, "run/history.csv", "out/model.onnx", 1, "fmnist-cl: run/history.csv: ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safetensors_are_the_same),
        cmocka_unit_test(test_onnx),
        cmocka_unit_test(test_names_without_a_known_format),
        cmocka_unit_test(test_files_that_cannot_be_written),
        cmocka_unit_test(test_a_disk_that_is_full),
        cmocka_unit_test(test_checkpoints_that_are_none),
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}
