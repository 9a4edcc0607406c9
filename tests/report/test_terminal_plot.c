/* Plots in the terminal: their look and their width. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/terminal_plot.h"
#include "support/check.h"
#include "support/io_faults.h"

static const double rising[] = {80, 85, 88, 89, 90}, falling[] = {90, 88, 84, 82, 80};

static void expect(const fm_plot *plot, size_t columns, size_t rows, int drawn,
                   const char *wanted) {
    char *text;
    fm_error error = {0};
    CHECK_OK(fm_terminal_plot(&text, plot, columns, rows, drawn, &error), &error);
    if (strcmp(text, wanted) != 0)
        fail_msg("wanted:\n%sand drew:\n%s", wanted, text);
    free(text);
}

static void test_in_ascii(void **state) {
    (void)state;
    const fm_plot plot = {.x_label = "epoch",
                          .y_label = "accuracy (%)",
                          .series = {{.name = "training", .y = rising, .count = 5},
                                     {.name = "validation", .y = falling, .count = 5}},
                          .series_count = 2};
    expect(&plot, 44, 7, 0,
           "accuracy (%)\n"
           "90 + o....                       *........*\n"
           "   |      ....o.      ..*........\n"
           "   |            ......\n"
           "85 +         .*..   ....\n"
           "   |      ...           o.....\n"
           "   |   ...                    ...o....\n"
           "80 + *..                              ....o\n"
           "   +-+--------+---------+--------+--------+-\n"
           "     1        2         3        4        5\n"
           "    epoch   * training   o validation\n");
}

static void test_in_braille(void **state) {
    (void)state;
    const fm_plot plot = {.x_label = "epoch",
                          .y_label = "loss",
                          .series = {{.y = falling, .count = 5}},
                          .series_count = 1};
    expect(&plot, 24, 4, 1,
           "loss\n"
           "90 ┤\033[94m⠈⠒⠢⠤⣀⡀\033[0m\n"
           "   │     \033[94m⠈⠑⠢⣀\033[0m\n"
           "   │         \033[94m⠉⠢⠤⢄⣀\033[0m\n"
           "80 ┤              \033[94m⠉⠉⠒⠢⠤⡀\033[0m\n"
           "   └─────┬────────┬─────\n"
           "         2        4\n"
           "    epoch\n");
}

static void test_bars_and_names(void **state) {
    (void)state;
    static const char *const names[] = {"relu", "prelu", "elu"};
    static const double bars[] = {4, 1, 0};
    const fm_plot plot = {.x_label = "activation",
                          .y_label = "%",
                          .categories = names,
                          .category_count = 3,
                          .series = {{.y = rising, .error = bars, .count = 3}},
                          .series_count = 1};
    expect(&plot, 34, 7, 0,
           "%\n"
           "   |                         *\n"
           "85 +               *\n"
           "   |     .         .\n"
           "   |     .\n"
           "80 +     *\n"
           "   |     .\n"
           "   |     .\n"
           "   +-----+---------+---------+----\n"
           "       relu      prelu      elu\n"
           "    activation\n");
}

static void test_logarithmic_ticks_are_at_the_points(void **state) {
    (void)state;
    static const double sizes[] = {1, 32, 128, 1024, 1100};
    const fm_plot plot = {.x_label = "batch size",
                          .y_label = "%",
                          .log_x = 1,
                          .series = {{.x = sizes, .y = rising, .count = 5}},
                          .series_count = 1};
    expect(&plot, 40, 4, 0,
           "%\n"
           "90 +                        *.........*\n"
           "   |                  ......\n"
           "   |        .........*\n"
           "80 + *......\n"
           "   +-+---------------+------+---------+-\n"
           "     1              32     128      1024\n"
           "    batch size\n");
}

/* Columns of the widest line; every character must be UTF-8 and every escape sequence a colour. */
static size_t widest(const char *text) {
    size_t most = 0, column = 0;
    for (; *text; text++) {
        if (*text == '\n') {
            most = column > most ? column : most;
            column = 0;
        } else if (*text == '\033') {
            size_t length = strspn(text + 1, "[0123456789") + 1;
            assert_int_equal(text[length], 'm');
            text += length;
        } else if (((unsigned char)*text & 0xc0) != 0x80) {
            column++;
        }
    }
    return most;
}

static void test_width_limit(void **state) {
    (void)state;
    static const double odd[] = {(double)NAN, 1e300, -1e300, (double)INFINITY, 0.001};
    static const double x[] = {1e-5, 2e-5, 0.1, 1000, 1e9};
    const fm_plot_series series[] = {{.name = "a", .y = rising, .count = 5},
                                     {.name = "b", .y = odd, .error = rising, .count = 5},
                                     {.name = "c", .x = x, .y = falling, .count = 5},
                                     {.name = "d", .y = rising, .count = 1},
                                     {.name = "e", .y = rising, .count = 0}};
    for (size_t s = 0; s < sizeof series / sizeof *series; s++) {
        for (size_t columns = 0; columns < 200; columns += 7) {
            const fm_plot plot = {.x_label = "epoch",
                                  .y_label = "loss",
                                  .log_x = columns % 2 == 1,
                                  .series = {series[s]},
                                  .series_count = 1};
            char *text;
            fm_error error = {0};
            int drawn = columns % 3 == 0;
            CHECK_OK(fm_terminal_plot(&text, &plot, columns, columns / 8, drawn, &error), &error);
            if (widest(text) > (columns > 20 ? columns : 20))
                fail_msg("%zu columns:\n%s", columns, text);
            assert_true(drawn || !strchr(text, '\033'));
            for (const char *at = text; !drawn && *at; at++)
                assert_true((unsigned char)*at < 0x80);
            free(text);
        }
    }
}

static void test_each_allocation_fails(void **state) {
    (void)state;
    const fm_plot plot = {.series = {{.y = rising, .count = 5}}, .series_count = 1};
    for (int n = 1;; n++) {
        char *text;
        fm_error error = {0};
        io_faults_arm(IO_CALLOC, n);
        int status = fm_terminal_plot(&text, &plot, 80, 10, 1, &error);
        if (!io_faults_struck(IO_CALLOC)) {
            assert_int_equal(status, FM_OK);
            assert_true(n > 2);
            free(text);
            break;
        }
        assert_int_equal(status, FM_E_MEMORY);
        assert_null(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_ascii),
        cmocka_unit_test(test_in_braille),
        cmocka_unit_test(test_bars_and_names),
        cmocka_unit_test(test_logarithmic_ticks_are_at_the_points),
        cmocka_unit_test(test_width_limit),
        cmocka_unit_test(test_each_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
