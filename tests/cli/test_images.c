/* fmnist-cl predict on PNG files, right and wrong, and eval's drawing of mistakes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/png.h"
#include "support/png_files.h"
#include "support/small_runs.h"
#include "support/temporary.h"
#include "support/terminal.h"

#define HERE "--device", "reference"

static int setup(void **state) {
    small_runs_setup(state);
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "run", "--epochs", "1");
    assert_int_equal(p.status, 0);
    program_free(&p);
    small_train(&p, *state, "--run", "untrained", "--epochs", "0");
    assert_int_equal(p.status, 0);
    program_free(&p);
    return 0;
}

static const json_t *first(const json_t *document) {
    return json_array_get(json_object_get(document, "images"), 0);
}

/* What show writes enlarged, predict takes for the image that it was: the same logits. No data set
 * is needed for it. */
static void test_an_image_of_the_set_comes_back(void **state) {
    const char *no_data[] = {"FMNIST_DATA=/nowhere", NULL};
    program p = {.folder = *state};
    program_run(&p, "show", "--data", "data", "--set", "test", "--index", "8", "--png", "8.png");
    assert_int_equal(p.status, 0);
    program_free(&p);
    program_run(&p, "predict", HERE, "--data", "data", "run", "--index", "8", "--json");
    assert_int_equal(p.status, 0);
    json_t *wanted = parse_json(p.out);
    program_free(&p);
    p.environment = no_data;
    program_run(&p, "predict", HERE, "run", "8.png", "8.png", "--json");
    assert_int_equal(p.status, 0);
    json_t *found = parse_json(p.out);
    program_free(&p);
    assert_int_equal(json_array_size(json_object_get(found, "images")), 2);
    assert_string_equal(json_string_value(json_object_get(first(found), "image")), "8.png");
    assert_null(json_object_get(first(found), "index"));
    assert_null(json_object_get(first(found), "label"));
    static const char *const keys[] = {"logits", "probabilities", "class", "name"};
    for (size_t i = 0; i < 4; i++)
        assert_true(json_equal(json_object_get(first(found), keys[i]),
                               json_object_get(first(wanted), keys[i])));
    json_decref(wanted);
    json_decref(found);
}

static json_t *logits_of(const char *folder, const char *file, const char *invert) {
    program p = {.folder = folder};
    program_run(&p, "predict", HERE, "untrained", file, "--json", invert);
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    json_t *logits = json_incref(json_object_get(first(document), "logits"));
    json_decref(document);
    program_free(&p);
    return logits;
}

/* Only when asked: 40 inverted is 215, and nothing else. */
static void test_invert(void **state) {
    png_files_write_flat(temporary_path(*state, "dark.png"), 90, 90, 40);
    png_files_write_flat(temporary_path(*state, "light.png"), 31, 31, 215);
    json_t *dark = logits_of(*state, "dark.png", NULL);
    json_t *light = logits_of(*state, "light.png", NULL);
    json_t *inverted = logits_of(*state, "light.png", "--invert");
    assert_true(json_equal(dark, inverted));
    assert_false(json_equal(dark, light));
    json_decref(dark);
    json_decref(light);
    json_decref(inverted);
}

/* The study's own demonstration: an untrained network, softmax sums to 1, a class comes out. */
static void test_untrained(void **state) {
    png_files_write_flat(temporary_path(*state, "flat.png"), 28, 28, 99);
    program p = {.folder = *state};
    program_run(&p, "predict", HERE, "untrained", "flat.png");
    assert_int_equal(p.status, 0);
    assert_memory_equal(p.out, "flat.png: ", 10);
    double sum = 0;
    size_t bars = 0;
    for (const char *at = p.out; (at = strstr(at, " %")); at += 2) {
        const char *number = at;
        while (number > p.out && strchr("0123456789.", number[-1]))
            number--;
        sum += strtod(number, NULL);
        bars += at[4] == '#';
    }
    assert_true(fabs(sum - 100) < 0.06); /* ten roundings to 0.01 */
    assert_true(bars >= 5);
    assert_null(strchr(p.out, '\033'));
    program_free(&p);
}

static void test_no_images(void **state) {
    png_files_write_flat(temporary_path(*state, "right.png"), 5, 5, 1);
    png_files_write_header(temporary_path(*state, "huge.png"), 100000, 100000);
    temporary_write(temporary_path(*state, "cut.png"), "\x89PNG\r\n\x1a\n\0\0", 10);
    temporary_write(temporary_path(*state, "text.png"), "not an image", 12);
    temporary_write(temporary_path(*state, "empty.png"), "", 0);
    static const struct {
        const char *file, *line;
    } cases[] = {
        {"huge.png",
         "fmnist-cl: huge.png: has 100000 x 100000 pixels; the maximum is 16384 x 16384\n"},
        {"cut.png", "fmnist-cl: cut.png: is truncated: the image data is incomplete\n"},
        {"text.png", "fmnist-cl: text.png: is not a PNG image: it is ASCII text that begins with "
                     "\"not an image\"\n  hint: convert it to PNG, for example with an image "
                     "editor\n"},
        {"empty.png", "fmnist-cl: empty.png: is empty\n"},
        {"data", "fmnist-cl: data: is a folder, not a file\n"},
        {"missing.png", "fmnist-cl: missing.png: cannot open: No such file or directory\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program p = {.folder = *state};
        program_run(&p, "predict", HERE, "run", cases[i].file);
        assert_int_equal(p.status, 1);
        assert_string_equal(p.err, cases[i].line);
        assert_string_equal(p.out, "");
        program_free(&p);
    }
}

/* One bad image does not lose the answers for the others. */
static void test_one_bad_image(void **state) {
    png_files_write_flat(temporary_path(*state, "a.png"), 5, 5, 1);
    png_files_write_flat(temporary_path(*state, "z.png"), 5, 5, 250);
    program p = {.folder = *state};
    program_run(&p, "predict", HERE, "run", "a.png", "missing.png", "z.png", "--json");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "missing.png: cannot open: No such file or directory\n"));
    assert_non_null(strstr(p.err, "predict: 1 of 3 images could not be read\n"));
    assert_non_null(strstr(p.err, "warning: z.png is mostly light"));
    assert_non_null(strstr(p.err, "try --invert\n"));
    assert_null(strstr(p.err, "a.png is mostly light"));
    json_t *document = parse_json(p.out);
    const json_t *images = json_object_get(document, "images");
    assert_int_equal(json_array_size(images), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *image = json_array_get(images, i);
        assert_true((json_object_get(image, "class") == NULL) == (i == 1));
        assert_true((json_object_get(image, "error") != NULL) == (i == 1));
    }
    json_decref(document);
    program_free(&p);
    program_run(&p, "predict", HERE, "run", "a.png", "missing.png");
    assert_int_equal(p.status, 1);
    assert_memory_equal(p.out, "a.png: ", 7);
    assert_null(strstr(p.out, "missing.png"));
    program_free(&p);
}

static void test_worst_mistakes(void **state) {
    program p = {.folder = *state};
    program_run(&p, "eval", HERE, "--data", "data", "run", "--worst", "7", "--png", "worst.png",
                "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    program_free(&p);
    const json_t *worst = json_object_get(document, "worst");
    assert_int_equal(json_array_size(worst), 7);
    double earlier = HUGE_VAL;
    for (size_t i = 0; i < 7; i++) {
        const json_t *one = json_array_get(worst, i);
        double loss = json_number_value(json_object_get(one, "loss"));
        assert_true(loss > 0 && loss <= earlier);
        earlier = loss;
        const char *actual = json_string_value(json_object_get(one, "actual"));
        assert_string_not_equal(actual, json_string_value(json_object_get(one, "predicted")));
        double share = json_number_value(json_object_get(one, "probability"));
        assert_true(fabs(-log(share) - loss) < 1e-4);
    }
    json_decref(document);
    fm_picture picture;
    assert_int_equal(fm_png_read(&picture, temporary_path(*state, "worst.png"), 0, NULL), 0);
    assert_int_equal(picture.width, 12 + 7 * (112 + 12));
    assert_int_equal(picture.height, 12 + 112 + 2 * 12 + 12); /* two lines: true and predicted */
    fm_picture_free(&picture);
    /* More than there are: all of them. And in text. */
    program_run(&p, "eval", HERE, "--data", "data", "run", "--worst", "1000");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "worst mistakes\n   image  true"));
    program_free(&p);
    program_run(&p, "eval", HERE, "--data", "data", "run", "--worst", "3", "--png",
                "nowhere/w.png");
    assert_int_equal(p.status, 1);
    assert_string_equal(p.out, "");
    program_free(&p);
}

static void test_on_a_terminal(void **state) {
    terminal t;
    char screen[65536];
    if (!terminal_open(&t, *state, 100, 60,
                       "-u NO_COLOR LC_ALL=C.UTF-8 TERM=screen COLORTERM=truecolor",
                       "eval --device reference --data data run"))
        skip();
    terminal_wait_for(&t, screen, sizeof screen, "ended");
    terminal_close(&t);
    assert_non_null(strstr(screen, "48;2;220;30;30m")); /* the most frequent mistake */
    terminal_open(&t, *state, 100, 60, "-u NO_COLOR LC_ALL=C.UTF-8 TERM=screen",
                  "predict --device reference --data data untrained --index 0");
    terminal_wait_for(&t, screen, sizeof screen, "ended");
    terminal_close(&t);
    assert_non_null(strstr(screen, "\xe2\x96\x80"));    /* the image */
    assert_non_null(strstr(screen, "%  \xe2\x96\x88")); /* a bar */
    terminal_open(&t, *state, 100, 60, "NO_COLOR=1 LC_ALL=C.UTF-8 TERM=screen",
                  "eval --device reference --data data run");
    terminal_wait_for(&t, screen, sizeof screen, "ended");
    terminal_close(&t);
    assert_null(strchr(screen, '\033'));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_image_of_the_set_comes_back),
        cmocka_unit_test(test_invert),
        cmocka_unit_test(test_untrained),
        cmocka_unit_test(test_no_images),
        cmocka_unit_test(test_one_bad_image),
        cmocka_unit_test(test_worst_mistakes),
        cmocka_unit_test(test_on_a_terminal),
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}
