/* fmnist-cl show, on the small data set: image i has label i % 10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/png.h"
#include "support/small_runs.h"
#include "support/temporary.h"
#include "support/terminal.h"

#define HERE "show", "--data", "data"

static json_int_t whole(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        fail_msg("%s is no whole number", key);
    return json_integer_value(value);
}

/* The value of pixel i of image n as support/idx_files makes it. */
static unsigned pixel(size_t n, size_t i) {
    return (unsigned)((n * 784 + i) % 251);
}

static void test_one_image(void **state) {
    program p = {.folder = *state};
    program_run(&p, HERE, "--set", "test", "--index", "13", "--values", "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    assert_string_equal(json_string_value(json_object_get(document, "set")), "test");
    assert_int_equal(whole(document, "index"), 13);
    assert_int_equal(whole(document, "label"), 3);
    assert_string_equal(json_string_value(json_object_get(document, "name")), "Dress");
    const json_t *shape = json_object_get(document, "shape");
    static const json_int_t sides[] = {1, 28, 28};
    assert_int_equal(json_array_size(shape), 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(json_integer_value(json_array_get(shape, i)), sides[i]);
    const json_t *values = json_object_get(document, "values");
    assert_int_equal(json_array_size(values), 784);
    for (size_t i = 0; i < 784; i++)
        assert_int_equal(json_integer_value(json_array_get(values, i)), pixel(13, i));
    json_decref(document);
    program_free(&p);
}

static void test_text(void **state) {
    program p = {.folder = *state};
    program_run(&p, HERE, "--set", "test", "--index", "13", "--values");
    assert_int_equal(p.status, 0);
    assert_memory_equal(p.out, "image 13 of the test set: shape 1 x 28 x 28, label 3, Dress\n", 60);
    assert_null(strchr(p.out, '\033'));
    char row[200];
    size_t at = 0;
    for (size_t i = 0; i < 28; i++)
        at += (size_t)snprintf(row + at, sizeof row - at, "%*u", i ? 4 : 3, pixel(13, 27 * 28 + i));
    assert_non_null(strstr(p.out, row)); /* the last row of values */
    program_free(&p);
}

/* Counts of the three sets: 0.2 of 250 for validation, 50 in the test set. */
static void test_counts(void **state) {
    program p = {.folder = *state};
    program_run(&p, HERE, "--no-shuffle", "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    assert_string_equal(json_string_value(json_object_get(document, "set")), "train");
    static const struct {
        const char *name;
        json_int_t n;
    } sets[] = {{"train", 200}, {"val", 50}, {"test", 50}};
    for (size_t i = 0; i < 3; i++) {
        const json_t *set = json_object_get(json_object_get(document, "sets"), sets[i].name);
        assert_int_equal(whole(set, "n"), sets[i].n);
        for (size_t c = 0; c < 10; c++) /* in file order the classes take turns */
            assert_int_equal(json_integer_value(json_array_get(json_object_get(set, "classes"), c)),
                             sets[i].n / 10);
    }
    json_decref(document);
    program_free(&p);
    program_run(&p, HERE, "--no-shuffle");
    assert_non_null(strstr(p.out, "Ankle boot        20        5        5\n"));
    assert_non_null(strstr(p.out, "all              200       50       50\n"));
    program_free(&p);
}

static void test_grid(void **state) {
    program p = {.folder = *state};
    program_run(&p, HERE, "--set", "test", "--index", "5", "--grid", "12", "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    const json_t *images = json_object_get(document, "images");
    assert_int_equal(json_array_size(images), 12);
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(whole(json_array_get(images, i), "index"), 5 + i);
        assert_int_equal(whole(json_array_get(images, i), "label"), (5 + i) % 10);
        assert_null(json_object_get(json_array_get(images, i), "values"));
    }
    json_decref(document);
    program_free(&p);
    program_run(&p, HERE, "--set", "test", "--grid", "12");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "images 0 to 11 of the test set"));
    assert_non_null(strstr(p.out, "T-shirt/top        Trouser            Pullover"));
    program_free(&p);
}

static void test_png(void **state) {
    fm_picture picture;
    program p = {.folder = *state};
    program_run(&p, HERE, "--set", "test", "--index", "2", "--png", "one.png");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "written: one.png\n"));
    program_free(&p);
    assert_int_equal(fm_png_read(&picture, temporary_path(*state, "one.png"), 0, NULL), 0);
    assert_int_equal(picture.width, 280);
    assert_int_equal(picture.height, 280);
    for (size_t i = 0; i < 280 * 280; i++)
        assert_int_equal(picture.pixel[i], pixel(2, i / 280 / 10 * 28 + i % 280 / 10));
    fm_picture_free(&picture);
    program_run(&p, HERE, "--grid", "50", "--png", "grid.png", "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    assert_string_equal(json_string_value(json_object_get(document, "png")), "grid.png");
    json_decref(document);
    program_free(&p);
    assert_int_equal(fm_png_read(&picture, temporary_path(*state, "grid.png"), 0, NULL), 0);
    assert_int_equal(picture.width, 12 + 10 * (112 + 12));
    assert_int_equal(picture.height, 12 + 5 * (112 + 12 + 12));
    fm_picture_free(&picture);
}

static void test_what_is_not_there(void **state) {
    static const struct {
        const char *arguments[8];
        int status;
        const char *line;
    } cases[] = {
        {{"--set", "test", "--index", "50"},
         2,
         "--index: 50 is out of range; the set has 50 images, 0 to 49"},
        {{"--set", "test", "--index", "41", "--grid", "10"},
         2,
         "--grid: 10 images from image 41 on; the set has only 50 images"},
        {{"--set", "val", "--val-fraction", "0"}, 2, "--set: the val set is empty"},
        {{"--set", "all"}, 2, "--set: 'all' is unknown"},
        {{"--png", "nowhere/a.png"}, 1, "nowhere/a.png: cannot write"},
        {{"--png", "data"}, 1, "data: cannot write: is a folder"},
        {{"--grid", "3", "--png", "/dev/full"}, 1, "/dev/full: cannot write"},
        {{"--data", "nowhere"}, 1, "nowhere"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *arguments[12] = {HERE};
        for (size_t a = 0; cases[i].arguments[a]; a++)
            arguments[3 + a] = cases[i].arguments[a];
        program p = {.folder = *state};
        program_start(&p, arguments);
        program_wait(&p);
        assert_int_equal(p.status, cases[i].status);
        if (!strstr(p.err, cases[i].line))
            fail_msg("'%s' does not say '%s'", p.err, cases[i].line);
        assert_string_equal(p.out, "");
        program_free(&p);
    }
}

/* True greys where there are colours and UTF-8; plain characters otherwise. */
static void test_on_a_terminal(void **state) {
    static const struct {
        const char *environment;
        int drawn;
    } cases[] = {{"-u NO_COLOR LC_ALL=C.UTF-8 TERM=screen COLORTERM=24bit", 1},
                 {"NO_COLOR=1 LC_ALL=C.UTF-8 TERM=screen", 0},
                 {"-u NO_COLOR LC_ALL=C TERM=screen", 0},
                 {"-u NO_COLOR LC_ALL=C.UTF-8 TERM=dumb", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        terminal t;
        char screen[65536];
        if (!terminal_open(&t, *state, 80, 50, cases[i].environment, "show --data data"))
            skip();
        terminal_wait_for(&t, screen, sizeof screen, "ended");
        terminal_close(&t);
        assert_int_equal(strstr(screen, "\033[38;2;") != NULL, cases[i].drawn);
        assert_int_equal(strstr(screen, "\xe2\x96\x80") != NULL, cases[i].drawn);
        assert_int_equal(strchr(screen, '\033') != NULL, cases[i].drawn);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_image),     cmocka_unit_test(test_text),
        cmocka_unit_test(test_counts),        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_png),           cmocka_unit_test(test_what_is_not_there),
        cmocka_unit_test(test_on_a_terminal),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
