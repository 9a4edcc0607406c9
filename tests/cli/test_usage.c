/* The program's help, and what it says to wrong usage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fmnist_cl/version.h"
#include "support/program.h"

#define MOST_OPTIONS 24

static const char *const common[] = {"--device D", "--data DIR", "--seed N", "-q",
                                     "-v",         "--json",     "--help",   NULL};

/* Every option of a command, with its default where there is one. */
static const struct {
    const char *command;
    const char *options[MOST_OPTIONS];
} helps[] = {
    {"devices", {NULL}},
    {"train", {"--epochs N",   "[10]",         "--batch-size N", "[128]",          "--lr X",
               "[0.003]",      "--hidden",     "[256,256]",      "--layers N",     "--nodes N",
               "--activation", "[relu]",       "--loss",         "[ce]",           "--optimizer",
               "[adam]",       "--momentum X", "--nesterov",     "--weight-decay", NULL}},
    {"train",
     {"--beta1", "[0.9]", "--beta2", "[0.999]", "--eps", "[1e-8]", "--alpha", "[0.99]",
      "--val-fraction", "[0.2]", "--no-shuffle", "--init FILE", "--max-steps N", "--run DIR",
      "--gemm", "[auto]", "--tensorboard DIR", NULL}},
    {"eval",
     {"--set", "[test]", "--worst K", "--png FILE", "--loss", "--val-fraction", "--no-shuffle",
      NULL}},
    {"predict", {"--set", "[test]", "--index N", "--logits FILE.csv", "--invert", NULL}},
    {"show", {"--set", "[train]", "--index N", "--values", "--grid N", "--png FILE", NULL}},
    {"explore",
     {"EXPERIMENT", "--values A,B,C", "--seeds K", "[3]", "--run DIR", "--epochs N", "--hidden",
      "--lr X", "--gemm", NULL}},
    {"study", {"--quick", "--seeds K", "[3]", "--run DIR", "--gemm", NULL}},
    {"export", {"FILE.onnx|FILE.safetensors", NULL}},
    {"bench",
     {"--hidden", "--batch-size", "--epochs", "--max-steps", "--lr X", "--no-reference", "--gemm",
      NULL}},
    {"tune", {"--hidden", "--batch-size N", "[128]", "--seconds S", "[60]", NULL}},
};

static void test_help_of_every_command(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof helps / sizeof *helps; i++) {
        program p = {.folder = NULL};
        program_run(&p, helps[i].command, "--help");
        assert_int_equal(p.status, 0);
        assert_string_equal(p.err, "");
        for (size_t o = 0; helps[i].options[o]; o++) {
            if (!strstr(p.out, helps[i].options[o]))
                fail_msg("%s --help lacks %s", helps[i].command, helps[i].options[o]);
        }
        for (size_t o = 0; common[o]; o++)
            assert_non_null(strstr(p.out, common[o]));
        program_free(&p);
    }
}

static void test_help_and_version(void **state) {
    (void)state;
    program p = {.folder = NULL};
    program_run(&p, "--help");
    assert_int_equal(p.status, 0);
    for (size_t i = 0; i < sizeof helps / sizeof *helps; i++)
        assert_non_null(strstr(p.out, helps[i].command));
    program_free(&p);
    program_run(&p, "--version");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.out, "fmnist-cl " FM_VERSION "\n");
    program_free(&p);
}

/* Status 2, nothing on stdout, and these first lines on stderr. */
static void refuses(const char *const *arguments, const char *err) {
    program p = {.folder = NULL};
    program_start(&p, arguments);
    program_wait(&p);
    assert_string_equal(p.err, err);
    assert_string_equal(p.out, "");
    assert_int_equal(p.status, 2);
    program_free(&p);
}

#define REFUSES(err, ...) refuses((const char *[]){__VA_ARGS__, NULL}, err)

#define SEE_PREDICT "  hint: see 'fmnist-cl predict --help'\n"
#define SEE_SHOW    "  hint: see 'fmnist-cl show --help'\n"
#define SEE_TRAIN   "  hint: see 'fmnist-cl train --help'\n"

static void test_wrong_commands(void **state) {
    (void)state;
    program p = {.folder = NULL};
    program_start(&p, (const char *[]){NULL});
    program_wait(&p);
    assert_int_equal(p.status, 2);
    assert_string_equal(p.err, "fmnist-cl: a command is missing\n  hint: see 'fmnist-cl --help'\n");
    program_free(&p);
    REFUSES("fmnist-cl: trian: no such command\n  hint: did you mean 'train'?\n", "trian");
    REFUSES("fmnist-cl: trian: no such command\n  hint: did you mean 'train'?\n", "help", "trian");
    REFUSES("fmnist-cl: xyz: no such command\n  hint: see 'fmnist-cl --help'\n", "xyz");
    REFUSES("fmnist-cl: --nonsense: no such option\n  hint: see 'fmnist-cl --help'\n",
            "--nonsense");
    REFUSES("fmnist-cl: rubbish: unexpected argument\n" SEE_TRAIN, "train", "rubbish");
    REFUSES("fmnist-cl: eval: needs CHECKPOINT\n  hint: see 'fmnist-cl eval --help'\n", "eval");
    REFUSES("fmnist-cl: export: needs CHECKPOINT FILE.onnx|FILE.safetensors\n"
            "  hint: see 'fmnist-cl export --help'\n",
            "export", "run");
}

/* Each option that takes a value, with a value that it must refuse, and the reason. */
static const struct {
    const char *option, *value, *line;
} wrong[] = {
    {"--lr", "abc", "--lr: 'abc' is not a number"},
    {"--lr", "nan", "--lr: 'nan' is not a number"},
    {"--lr", "0.1x", "--lr: '0.1x' is not a number"},
    {"--lr", "0", "--lr: 0 is not above 0"},
    {"--lr", "-1", "--lr: -1 is not above 0"},
    {"--lr", "1e39", "--lr: 1e39 is above 1e+38"},
    {"--epochs", "-1", "--epochs: -1 is below 0"},
    {"--epochs", "1e3", "--epochs: '1e3' is not a whole number"},
    {"--epochs", "1000001", "--epochs: 1000001 is above 1000000"},
    {"--batch-size", "0", "--batch-size: 0 is below 1"},
    {"--batch-size", "12 ", "--batch-size: '12 ' is not a whole number"},
    {"--max-steps", "0", "--max-steps: 0 is below 1"},
    {"--hidden", "0", "--hidden: 0 is below 1"},
    {"--hidden", "256,", "--hidden: '' is not a whole number"},
    {"--hidden", "", "--hidden: '' is not a whole number"},
    {"--hidden", "8193", "--hidden: 8193 is above 8192"},
    {"--layers", "65", "--layers: 65 is above 64"},
    {"--nodes", "0", "--nodes: 0 is below 1"},
    {"--nodes", "8193", "--nodes: 8193 is above 8192"},
    {"--momentum", "-0.1", "--momentum: -0.1 is below 0"},
    {"--weight-decay", "inf", "--weight-decay: 'inf' is not a number"},
    {"--beta1", "1", "--beta1: 1 is not below 1"},
    {"--beta2", "-1", "--beta2: -1 is below 0"},
    {"--eps", "-1e-8", "--eps: -1e-8 is below 0"},
    {"--alpha", "1.5", "--alpha: 1.5 is above 1"},
    {"--val-fraction", "1", "--val-fraction: 1 is not below 1"},
    {"--val-fraction", "-0.5", "--val-fraction: -0.5 is below 0"},
    {"--seed", "x", "--seed: 'x' is not a whole number"},
    {"--seed", "18446744073709551616", "--seed: 18446744073709551616 is too large for a number"},
    {"--run", "", "--run: must not be empty"},
    {"--init", "", "--init: must not be empty"},
    {"--tensorboard", "", "--tensorboard: must not be empty"},
    {"--data", "", "--data: must not be empty"},
};

static void test_wrong_values(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char err[256];
        snprintf(err, sizeof err, "fmnist-cl: %s\n" SEE_TRAIN, wrong[i].line);
        REFUSES(err, "train", wrong[i].option, wrong[i].value);
    }
}

static void test_wrong_values_of_show_and_eval(void **state) {
    (void)state;
    REFUSES("fmnist-cl: --grid: 0 is below 1\n" SEE_SHOW, "show", "--grid", "0");
    REFUSES("fmnist-cl: --grid: 1001 is above 1000\n" SEE_SHOW, "show", "--grid", "1001");
    REFUSES("fmnist-cl: --index: -1 is below 0\n" SEE_SHOW, "show", "--index", "-1");
    REFUSES("fmnist-cl: --png: must not be empty\n" SEE_SHOW, "show", "--png", "");
    REFUSES("fmnist-cl: rubbish: unexpected argument\n" SEE_SHOW, "show", "rubbish");
    REFUSES("fmnist-cl: --worst: 0 is below 1\n  hint: see 'fmnist-cl eval --help'\n", "eval", "x",
            "--worst", "0");
}

static void test_wrong_names(void **state) {
    (void)state;
    static const char *const options[] = {"--activation", "--loss", "--optimizer", "--gemm"};
    static const char *const choices[] = {"relu, prelu, elu", "ce, nll, mse", "adam, sgd, rmsprop",
                                          "auto, native, clblast"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        program p = {.folder = NULL};
        program_run(&p, "train", options[i], "rubbish");
        assert_int_equal(p.status, 2);
        assert_non_null(strstr(p.err, options[i]));
        assert_non_null(strstr(p.err, "'rubbish'"));
        assert_non_null(strstr(p.err, choices[i]));
        program_free(&p);
    }
}

static void test_too_many_layers(void **state) {
    (void)state;
    char widths[2 * 65];
    for (size_t i = 0; i < 65; i++)
        memcpy(widths + 2 * i, i < 64 ? "8," : "8", 2);
    REFUSES("fmnist-cl: --hidden: more than 64 values\n" SEE_TRAIN, "train", "--hidden", widths);
}

static void test_options_that_contradict(void **state) {
    (void)state;
    REFUSES("fmnist-cl: --hidden: cannot be combined with --layers or --nodes\n" SEE_TRAIN, "train",
            "--hidden", "8", "--layers", "2");
    REFUSES("fmnist-cl: --nesterov: needs --momentum above 0\n" SEE_TRAIN, "train", "--optimizer",
            "sgd", "--nesterov");
    REFUSES("fmnist-cl: --epoch: no such option\n  hint: did you mean --epochs?\n", "train",
            "--epoch", "3");
    REFUSES("fmnist-cl: --lr: needs X\n" SEE_TRAIN, "train", "--lr");
    REFUSES("fmnist-cl: predict: needs IMAGE.png, --index N or --logits FILE\n" SEE_PREDICT,
            "predict", "some.safetensors");
    REFUSES("fmnist-cl: --invert: applies only to IMAGE.png files\n" SEE_PREDICT, "predict", "x",
            "--index", "3", "--invert");
    REFUSES("fmnist-cl: --index: cannot be combined with IMAGE.png files\n" SEE_PREDICT, "predict",
            "x", "a.png", "--index", "3");
    REFUSES("fmnist-cl: --set: cannot be combined with IMAGE.png files\n" SEE_PREDICT, "predict",
            "x", "a.png", "--set", "val");
    REFUSES("fmnist-cl: --png: needs --worst K, the number of mistakes to draw\n"
            "  hint: see 'fmnist-cl eval --help'\n",
            "eval", "x", "--png", "a.png");
}

static void test_control_characters_are_not_printed(void **state) {
    (void)state;
    REFUSES("fmnist-cl: ?[31mred?: no such command\n  hint: see 'fmnist-cl --help'\n",
            "\033[31mred\n");
    REFUSES("fmnist-cl: \xc3\xa9?: no such command\n  hint: see 'fmnist-cl --help'\n",
            "\xc3\xa9\x9b");
}

static void test_output_that_cannot_be_written(void **state) {
    (void)state;
    program full = {.out_path = "/dev/full"};
    program_run(&full, "train", "--help");
    assert_int_equal(full.status, 1);
    assert_string_equal(full.err,
                        "fmnist-cl: standard output: cannot write: No space left on device\n");
    program_free(&full);
    program closed = {.out_path = ""};
    program_run(&closed, "--version");
    assert_int_equal(closed.status, 1);
    assert_non_null(strstr(closed.err, "fmnist-cl: standard output: cannot write"));
    program_free(&closed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help_of_every_command),
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_wrong_commands),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_wrong_values_of_show_and_eval),
        cmocka_unit_test(test_wrong_names),
        cmocka_unit_test(test_too_many_layers),
        cmocka_unit_test(test_options_that_contradict),
        cmocka_unit_test(test_control_characters_are_not_printed),
        cmocka_unit_test(test_output_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
