/* Weights that other programs wrote, and files of another kind, as eval, predict, export and train
 * --init get them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "support/safetensors_bytes.h"
#include "support/small_runs.h"
#include "support/temporary.h"

#define HERE "--device", "reference", "--data", "data"

enum {
    INPUTS = 784,
    WIDTH = 4,
    CLASSES = 10,
    COUNT = WIDTH * (INPUTS + 1) + CLASSES * (WIDTH + 1)
};

/* Writes a network 784-4-10 without metadata: the names of its matrices and biases. */
static void write_network(const char *path, const char *const names[4]) {
    static const size_t counts[] = {WIDTH * INPUTS, WIDTH, CLASSES * WIDTH, CLASSES};
    static const char *const shapes[] = {"4,784", "4", "10,4", "10"};
    static float values[COUNT];
    char header[1024] = "{";
    size_t at = 0;
    for (size_t i = 0; i < COUNT; i++)
        values[i] = (float)((int)(i * 7 % 11) - 5) * 0.01f;
    for (size_t i = 0; i < 4; i++) {
        const size_t length = strlen(header), end = at + counts[i] * sizeof(float);
        snprintf(header + length, sizeof header - length,
                 "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
                 i ? "," : "", names[i], shapes[i], at, end);
        at = end;
    }
    strcat(header, "}");
    safetensors_bytes_write_values(path, header, values, COUNT);
}

static const char *const plain[] = {"0.weight", "0.bias", "2.weight", "2.bias"};

static int setup(void **state) {
    small_runs_setup(state);
    write_network(temporary_path(*state, "plain.safetensors"), plain);
    return 0;
}

/* The result on stdout; the lines on stderr contain `line`. free() it. */
#define EVAL(folder, file, line, ...)                                                              \
    evaluate((folder), (line), (const char *[]){"eval", HERE, (file), __VA_ARGS__, NULL})

static char *evaluate(const char *folder, const char *line, const char *const *arguments) {
    program p = {.folder = folder};
    program_start(&p, arguments);
    program_wait(&p);
    if (p.status != 0 || !strstr(p.err, line))
        fail_msg("status %d, '%s' does not say '%s'", p.status, p.err, line);
    char *out = strdup(p.out);
    assert_non_null(out);
    program_free(&p);
    return out;
}

static void test_names_give_the_same_figures(void **state) {
    static const char *const all[][4] = {
        {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"},
        {"_orig_mod.0.weight", "_orig_mod.0.bias", "_orig_mod.2.weight", "_orig_mod.2.bias"},
        {"module.0.weight", "module.0.bias", "module.2.weight", "module.2.bias"},
        {"module._orig_mod.0.weight", "module._orig_mod.0.bias", "module._orig_mod.2.weight",
         "module._orig_mod.2.bias"},
        {"model.net.l9.weight", "model.net.l9.bias", "model.net.l10.weight", "model.net.l10.bias"},
        {"input.weight", "input.bias", "head.weight", "head.bias"},
    };
    char *wanted = EVAL(*state, "plain.safetensors", "relu is assumed", "--json");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        write_network(temporary_path(*state, "named.safetensors"), all[i]);
        char *found = EVAL(*state, "named.safetensors", all[i][0], "--json");
        assert_string_equal(found, wanted);
        free(found);
    }
    free(wanted);
}

/* As some libraries save a model: in a folder, under this name. */
static void test_folder_of_another_program(void **state) {
    assert_int_equal(mkdir(temporary_path(*state, "saved"), 0777), 0);
    write_network(temporary_path(*state, "saved/model.safetensors"), plain);
    free(EVAL(*state, "saved", "saved/model.safetensors does not tell its activation", "--json"));
}

static void test_activation_from_the_option(void **state) {
    char *relu = EVAL(*state, "plain.safetensors", "relu is assumed; --activation", "--json");
    char *elu = EVAL(*state, "plain.safetensors", "elu, as --activation says", "--activation",
                     "elu", "--json");
    assert_string_not_equal(relu, elu);
    free(relu);
    program p = {.folder = *state};
    program_run(&p, "export", "plain.safetensors", "elu.safetensors", "--activation", "elu");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.out, "784-4-10, elu, 3190 parameters: elu.safetensors\n");
    assert_non_null(strstr(p.err, "elu, as --activation says"));
    program_free(&p);
    char *told = EVAL(*state, "elu.safetensors", "", "--json");
    assert_string_equal(told, elu);
    free(told);
    free(elu);
    program_run(&p, "predict", HERE, "plain.safetensors", "--set", "test", "--index", "0",
                "--activation", "identity");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "identity, as --activation says"));
    program_free(&p);
    program_run(&p, "eval", HERE, "elu.safetensors", "--activation", "relu");
    assert_int_equal(p.status, 2);
    assert_non_null(
        strstr(p.err, "--activation: the network in elu.safetensors has --activation elu"));
    program_free(&p);
}

static void test_training_starts_with_the_option(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--init", "plain.safetensors", "--activation", "elu", "--epochs", "0",
                "--hidden", "4", "--run", "from-elu");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "plain.safetensors does not tell its activation: elu, as"));
    program_free(&p);
    p.folder = *state;
    program_run(&p, "export", "from-elu", "from.safetensors");
    assert_string_equal(p.out, "784-4-10, elu, 3190 parameters: from.safetensors\n");
    program_free(&p);
}

#define BYTES(text) text, sizeof text - 1

static void test_files_of_another_kind(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        const char *kind, *hint;
    } all[] = {
        {BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"), "Git LFS pointer",
         "git lfs pull"},
        {BYTES("PK\3\4\0\0\0\0\0\0\0\0archive/data.pkl"), "PyTorch", "save_file"},
        {BYTES("PK\3\4\0\0\0\0\0\0\0\0W1.npy"), "NumPy archive", "save_file"},
        {BYTES("PK\3\4\0\0\0\0\0\0\0\0config.json"), "Keras", "save_file"},
        {BYTES("PK\3\4\0\0\0\0\0\0\0\0a/b"), "zip archive", "unpack"},
        {BYTES("\x80\2\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19."), "pickle", "save_file"},
        {BYTES("\x89HDF\r\n\x1a\n\0\0\0\0"), "HDF5", "save_file"},
        {BYTES("\x93NUMPY\1\0v\0{'descr'"), "NumPy array", "save_file"},
        {BYTES("GGUF\3\0\0\0\0\0\0\0"), "GGUF", "safetensors"},
        {BYTES("\x1c\0\0\0TFL3\0\0\0\0"), "TensorFlow Lite", "safetensors"},
        {BYTES("\x08\x08\x12\x07pytorch\x1a\3"), "ONNX", "exported"},
        {BYTES("{\"metadata\": {}, \"weight_map\": {}}"), "several files", "one file"},
        {BYTES("<!DOCTYPE html><html><head><title>404</title></head></html>"), "HTML",
         "download the file itself"},
        {BYTES("\x1f\x8b\x08\0\0\0\0\0\0\0"), "gzip", "gunzip"},
        {BYTES("epoch,loss\n1,0.5\n"), "text", "safetensors file"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        program p = {.folder = *state};
        temporary_write(temporary_path(*state, "kind"), all[i].bytes, all[i].size);
        program_run(&p, "eval", HERE, "kind");
        assert_int_equal(p.status, 1);
        assert_string_equal(p.out, "");
        const char *hint = strstr(p.err, "\n  hint: ");
        if (strncmp(p.err, "fmnist-cl: kind: is not a safetensors file: it is ", 50) != 0 ||
            !strstr(p.err, all[i].kind) || !hint || !strstr(hint, all[i].hint))
            fail_msg("'%s' does not say '%s', '%s'", p.err, all[i].kind, all[i].hint);
        program_free(&p);
    }
}

static void test_own_files_that_hold_no_weights(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--epochs", "0", "--run", "run");
    assert_int_equal(p.status, 0);
    program_free(&p);
    p.folder = *state;
    program_run(&p, "export", "run", "model.onnx");
    program_free(&p);
    static const char *const all[][2] = {
        {"model.onnx", "it is an ONNX model"},
        {"run/resume.safetensors",
         "is a checkpoint to resume a training from\n  hint: the weights"},
    };
    for (size_t i = 0; i < 2; i++) {
        program_run(&p, "eval", HERE, all[i][0]);
        assert_int_equal(p.status, 1);
        assert_non_null(strstr(p.err, all[i][1]));
        program_free(&p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_give_the_same_figures),
        cmocka_unit_test(test_folder_of_another_program),
        cmocka_unit_test(test_activation_from_the_option),
        cmocka_unit_test(test_training_starts_with_the_option),
        cmocka_unit_test(test_files_of_another_kind),
        cmocka_unit_test(test_own_files_that_hold_no_weights),
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}
