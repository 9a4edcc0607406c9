/* The live bar: its line, and what a terminal shows of it (under tmux). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress.h"
#include "support/small_runs.h"
#include "support/temporary.h"
#include "support/terminal.h"

/* ---- The line ---- */

static void test_line_shows_where_it_stands(void **state) {
    const fm_progress half = {.epoch = 3,
                              .epochs = 10,
                              .images_done = 24000,
                              .images = 48000,
                              .images_per_s = 61234.4,
                              .seconds_left = 72.9};
    char line[256];
    (void)state;
    cli_progress_line(line, sizeof line, &half, 100);
    assert_string_equal(line, "epoch 3/10 [====================>                   ]  50 %  "
                              "61,234 images/s  1:12 left");
}

static void test_line_fits_every_width(void **state) {
    const fm_progress states[] = {
        {.epoch = 1,
         .epochs = 10,
         .images_done = 0,
         .images = 48000,
         .images_per_s = 0,
         .seconds_left = -1},
        {.epoch = 10,
         .epochs = 10,
         .images_done = 48000,
         .images = 48000,
         .images_per_s = 1e6,
         .seconds_left = 0},
        {.epoch = 999999,
         .epochs = 1000000,
         .images_done = 1,
         .images = 3,
         .images_per_s = 123456789,
         .seconds_left = 1e7},
        {.epoch = 1,
         .epochs = 1,
         .images_done = 0,
         .images = 0,
         .images_per_s = 0,
         .seconds_left = 0},
    };
    char line[256];
    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        for (size_t columns = 0; columns < 300; columns++) {
            cli_progress_line(line, sizeof line, &states[i], columns);
            assert_true(strlen(line) < columns || columns < 2);
        }
    }
}

static void test_line_without_room_has_no_bar(void **state) {
    const fm_progress start = {.epoch = 1,
                               .epochs = 10,
                               .images_done = 0,
                               .images = 48000,
                               .images_per_s = 0,
                               .seconds_left = -1};
    char line[256];
    (void)state;
    cli_progress_line(line, sizeof line, &start, 38);
    assert_string_equal(line, "epoch 1/10   0 %  -:-- left");
}

static void test_epoch_line_fits_every_width(void **state) {
    const fm_epoch epoch = {.number = 7,
                            .train = {12.3456, 0.5},
                            .has_val = 1,
                            .val = {0.4, 0.8607},
                            .seconds = 123.4,
                            .images_per_s = 1234567};
    char line[256];
    (void)state;
    cli_progress_epoch_line(line, sizeof line, &epoch, 100, 256);
    assert_string_equal(line, "epoch   7/100  train 12.3456  50.00 %  val 0.4000  86.07 %  "
                              "123.40 s  1,234,567 images/s");
    for (size_t columns = 40; columns < 200; columns++) {
        cli_progress_epoch_line(line, sizeof line, &epoch, 100, columns);
        assert_true(strlen(line) < columns || columns < 46);
        assert_non_null(strstr(line, "86.07 %"));
    }
}

/* The results so far stand in the line when some are known. */
static void test_line_shows_results(void **state) {
    const fm_progress half = {.epoch = 3,
                              .epochs = 10,
                              .images_done = 24000,
                              .images = 48000,
                              .images_per_s = 61234.4,
                              .seconds_left = 72.9,
                              .scored = 12000,
                              .running = {0.5, 0.8125}};
    char line[256];
    (void)state;
    cli_progress_line(line, sizeof line, &half, 120);
    assert_non_null(strstr(line, " 50 %  loss 0.5000  81.25 %  61,234 images/s  1:12 left"));
    cli_progress_line(line, sizeof line, &half, 80);
    assert_non_null(strstr(line, " 50 %  loss 0.5000  81.25 %  1:12 left"));
    cli_progress_line(line, sizeof line, &half, 45);
    assert_non_null(strstr(line, " 50 %  1:12 left"));
}

static void test_thousands(void **state) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"}, {999, "999"}, {1000, "1,000"}, {99999.6, "100,000"}, {1234567, "1,234,567"},
        {-1, "-"}};
    char text[24];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cli_thousands(text, sizeof text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
    cli_thousands(text, sizeof text, 0.0 / 0.0);
    assert_string_equal(text, "-");
}

/* ---- The terminal ---- */

static void test_bar_on_a_terminal(void **state) {
    terminal t;
    char screen[16384];
    if (!terminal_open(&t, *state, 90, 24, "TERM=screen",
                       "train --device reference --data data --hidden 512,512 --batch-size 1 "
                       "--epochs 500 --run bar"))
        skip();
    terminal_wait_for(&t, screen, sizeof screen, "epoch 1/500 [");
    terminal_wait_for(&t, screen, sizeof screen, "images/s  ");
    terminal_wait_for(&t, screen, sizeof screen, " left");
    /* The line of a finished epoch takes the bar's place, and the next bar stands below. */
    terminal_wait_for(&t, screen, sizeof screen, "epoch   1/500  train ");
    terminal_wait_for(&t, screen, sizeof screen, "epoch 2/500 [");
    int replaced = strstr(screen, "epoch 1/500 [") == NULL;
    terminal_tmux(&t, screen, sizeof screen, "send-keys C-c");
    terminal_wait_for(&t, screen, sizeof screen, "ended");
    int cleared = strstr(screen, "images/s  ") == NULL;
    int said = strstr(screen, "interrupted: the weights so far are in bar/last") != NULL;
    terminal_close(&t);
    assert_true(replaced);
    assert_true(cleared);
    assert_true(said);
    assert_true(file_exists(temporary_path(*state, "bar/last.safetensors")));
}

static void test_colour_only_where_wanted(void **state) {
    static const struct {
        const char *environment;
        int coloured;
    } cases[] = {{"-u NO_COLOR TERM=screen", 1}, {"NO_COLOR=1 TERM=screen", 0}, {"TERM=dumb", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        terminal t;
        char screen[16384];
        if (!terminal_open(&t, *state, 90, 24, cases[i].environment, "nonsense"))
            skip();
        terminal_wait_for(&t, screen, sizeof screen, "ended");
        terminal_close(&t);
        assert_non_null(strstr(screen, "nonsense: no such command"));
        assert_int_equal(strchr(screen, '\033') != NULL, cases[i].coloured);
    }
}

static void test_curve_after_the_training(void **state) {
    static const struct {
        const char *environment, *options, *shown, *not_shown;
    } cases[] = {
        {"-u NO_COLOR TERM=screen LC_ALL=C.UTF-8", "--epochs 3", "\xe2\x94\xa4", "* training"},
        {"-u NO_COLOR TERM=screen LC_ALL=C", "--epochs 3", "* training", "\xe2\x94\xa4"},
        {"NO_COLOR=1 TERM=screen LC_ALL=C.UTF-8", "--epochs 3", "* training", "\xe2\x94\xa4"},
        {"TERM=screen", "--epochs 3 --val-fraction 0", "training", "validation"},
        {"TERM=screen", "--epochs 2", "report.html", "training  "},
        {"TERM=screen", "--epochs 3 -q", "report.html", "accuracy (%)"},
        {"TERM=dumb", "--epochs 3", "report.html", "accuracy (%)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        terminal t;
        char screen[16384], arguments[256];
        snprintf(arguments, sizeof arguments,
                 "train --device reference --data data --hidden 8 --run curve-%zu %s", i,
                 cases[i].options);
        if (!terminal_open(&t, *state, 70, 40, cases[i].environment, arguments))
            skip();
        terminal_wait_for(&t, screen, sizeof screen, "ended");
        terminal_close(&t);
        if (!strstr(screen, cases[i].shown) || strstr(screen, cases[i].not_shown))
            fail_msg("case %zu:\n%s", i, screen);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_shows_where_it_stands),
        cmocka_unit_test(test_line_fits_every_width),
        cmocka_unit_test(test_line_without_room_has_no_bar),
        cmocka_unit_test(test_epoch_line_fits_every_width),
        cmocka_unit_test(test_line_shows_results),
        cmocka_unit_test(test_thousands),
        cmocka_unit_test(test_bar_on_a_terminal),
        cmocka_unit_test(test_colour_only_where_wanted),
        cmocka_unit_test(test_curve_after_the_training),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
