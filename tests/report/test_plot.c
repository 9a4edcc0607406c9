/* Plots: gnuplot's input, its output, and plots without gnuplot. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "report/html.h"
#include "report/plot.h"
#include "support/check.h"
#include "support/temporary.h"

static const double rising[] = {1, 2, 4, 8}, bars[] = {0.5, 0.5, 0.25, 0};

/* ---- Ranges and points ---- */

static void test_ranges_hold_points_and_bars(void **state) {
    (void)state;
    const fm_plot plot = {.series = {{.y = rising, .error = bars, .count = 4}}, .series_count = 1};
    fm_plot_range x = fm_plot_x_range(&plot), y = fm_plot_y_range(&plot);
    assert_true(x.low < 1 && x.low > 0.5 && x.high > 4 && x.high < 4.5);
    assert_true(y.low < 0.5 && y.low > 0 && y.high > 8 && y.high < 9);
}

static void test_ranges_are_never_empty(void **state) {
    (void)state;
    static const double same[] = {3, 3}, none[] = {(double)NAN, (double)INFINITY},
                        tiny[] = {1e-300};
    const fm_plot_series cases[] = {{.y = same, .count = 2},
                                    {.x = same, .y = same, .count = 2},
                                    {.y = none, .count = 2},
                                    {.y = tiny, .count = 1},
                                    {.y = rising, .count = 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int log_x = 0; log_x < 2; log_x++) {
            const fm_plot plot = {.log_x = log_x, .series = {cases[i]}, .series_count = 1};
            fm_plot_range x = fm_plot_x_range(&plot), y = fm_plot_y_range(&plot);
            assert_true(isfinite(x.low) && isfinite(x.high) && x.low < x.high);
            assert_true(isfinite(y.low) && isfinite(y.high) && y.low < y.high);
            assert_true(!log_x || x.low > 0);
        }
    }
}

/* ---- A fake gnuplot ---- */

/* Replaces gnuplot with this script, while the test's folder is first in PATH. */
static void pretend(const char *folder, const char *script) {
    const char *path = temporary_path(folder, "gnuplot");
    fm_text text = {0};
    fm_text_print(&text, "#!/bin/sh\nPATH=/usr/bin:/bin\n%s\n", script);
    temporary_write(path, text.bytes, text.length);
    assert_int_equal(chmod(path, 0755), 0);
    fm_text_free(&text);
    setenv("PATH", folder, 1);
}

/* Texts of callers cannot become commands. */
static void test_texts_stay_texts_in_the_script(void **state) {
    static const char hostile[] = "it's `id`\nset output \"x\"\t@a $b \\n \x1b[0m\xff";
    static const char quoted[] = "'it''s `id` set output \"x\" @a $b \\n ?[0m?'";
    static const char *const names[] = {hostile};
    const fm_plot plot = {.title = hostile,
                          .x_label = hostile,
                          .y_label = hostile,
                          .categories = names,
                          .category_count = 1,
                          .series = {{.name = hostile, .y = rising, .count = 1}},
                          .series_count = 1};
    char *out;
    fm_error error = {0};
    fm_text command = {0};
    fm_text_print(&command, "cat >%s/script; echo '<svg></svg>'", (const char *)*state);
    pretend(*state, command.bytes);
    fm_text_free(&command);
    CHECK_OK(fm_plot_svg(&out, &plot, &error), &error);
    free(out);
    size_t size, found = 0;
    char *script = (char *)temporary_read(temporary_path(*state, "script"), &size);
    fm_text text = {0};
    fm_text_add_bytes(&text, script, size);
    free(script);
    for (const char *at = text.bytes; (at = strstr(at, quoted)); at++)
        found++;
    assert_int_equal(found, 4); /* both labels, the category and the series */
    assert_null(strstr(text.bytes, "\nset output"));
    assert_null(strchr(text.bytes, '\033'));
    fm_text_free(&text);
}

static void test_failing_gnuplot(void **state) {
    static const struct {
        const char *script;
        int status;
        const char *why;
    } cases[] = {
        {"echo '<svg></svg>'; exit 2", FM_E_FILE, "exit status 2"},
        {"echo '<svg><g>'", FM_E_FORMAT, "did not draw"},
        {"", FM_E_FORMAT, "did not draw"},
    };
    const fm_plot plot = {.series = {{.y = rising, .count = 4}}, .series_count = 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out;
        fm_error error = {0};
        pretend(*state, cases[i].script);
        assert_int_equal(fm_plot_svg(&out, &plot, &error), cases[i].status);
        assert_null(out);
        if (!strstr(error.why, cases[i].why))
            fail_msg("%s: %s", cases[i].script, error.why);
    }
}

static void test_without_gnuplot(void **state) {
    const fm_plot plot = {
        .title = "First", .series = {{.y = rising, .count = 4}}, .series_count = 1};
    char *out;
    fm_error error = {0};
    setenv("PATH", temporary_path(*state, "empty"), 1);
    assert_int_equal(fm_plot_svg(&out, &plot, &error), FM_E_FILE);
    assert_string_equal(error.what, "gnuplot");
    assert_non_null(strstr(error.why, "cannot be started"));
    assert_non_null(strstr(error.hint, "gnuplot-nox"));
    /* A page reports it once, and is written anyway. */
    fm_html page;
    fm_html_begin(&page, "x", "y");
    fm_html_plot(&page, &plot);
    fm_html_plot(&page, &plot);
    CHECK_OK(fm_html_write(&page, *state, &error), &error);
    size_t size;
    char *text = (char *)temporary_read(temporary_path(*state, "report.html"), &size);
    const char *first = strstr(text, "Plots are missing: gnuplot: ");
    assert_non_null(first);
    assert_non_null(strstr(first, "gnuplot-nox"));
    assert_null(strstr(first + 1, "Plots are missing"));
    assert_null(strstr(text, "image/svg"));
    free(text);
}

static void test_no_points(void **state) {
    (void)state;
    static const double none[] = {(double)NAN};
    const fm_plot plots[] = {{.series_count = 0},
                             {.series = {{.y = none, .count = 1}}, .series_count = 1},
                             {.series = {{.y = rising, .count = 0}}, .series_count = 1}};
    for (size_t i = 0; i < sizeof plots / sizeof *plots; i++) {
        char *out;
        assert_int_equal(fm_plot_svg(&out, &plots[i], NULL), FM_E_ARGUMENT);
    }
}

/* ---- gnuplot itself ---- */

static const char *usual_path;

static int restore_path(void **state) {
    (void)state;
    return setenv("PATH", usual_path, 1);
}

static size_t occurrences(const char *text, const char *part) {
    size_t count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

/* Draws with gnuplot and checks the texts in the drawing; skips the test without gnuplot. */
static char *draw_with_texts(const fm_plot *plot, const char *const *texts) {
    char *svg;
    fm_error error = {0};
    int status = fm_plot_svg(&svg, plot, &error);
    if (status == FM_E_FILE && strstr(error.why, "cannot be started")) {
        print_message("no gnuplot here: skipped\n");
        skip();
    }
    CHECK_OK(status, &error);
    for (; *texts; texts++) {
        fm_text wanted = {0};
        fm_text_print(&wanted, ">%s<", *texts);
        if (!strstr(svg, wanted.bytes))
            fail_msg("no text \"%s\" in %s", *texts, svg);
        fm_text_free(&wanted);
    }
    return svg;
}

static void test_curves(void **state) {
    (void)state;
    static const double gap[] = {1, 2, (double)NAN, 3};
    static const char *const texts[] = {"epoch &amp; more", "accuracy (%)", "it's `id` &lt;b",
                                        "validation", NULL};
    const fm_plot plot = {.title = "a <title>",
                          .x_label = "epoch & more",
                          .y_label = "accuracy (%)",
                          .series = {{.name = "it's `id` <b", .y = rising, .count = 4},
                                     {.name = "validation", .y = gap, .count = 4}},
                          .series_count = 2};
    char *svg = draw_with_texts(&plot, texts);
    /* Four points and three, and one of each in the key. */
    assert_int_equal(occurrences(svg, "color='rgb( 47, 127, 214)'/>"), 5);
    assert_int_equal(occurrences(svg, "color='rgb(217, 102,  10)'/>"), 4);
    free(svg);
    /* A page shows it as an image. */
    fm_html page;
    fm_html_begin(&page, "x", "y");
    fm_html_plot(&page, &plot);
    assert_non_null(strstr(page.text.bytes, "<b>a &lt;title&gt;</b>\n<img class=\"plot\" "
                                            "alt=\"a &lt;title&gt;\" "
                                            "src=\"data:image/svg+xml;base64,PD94bWwg"));
    fm_html_free(&page);
}

static void test_bars_over_a_logarithmic_axis(void **state) {
    (void)state;
    static const double sizes[] = {1, 32, 128, 1024};
    static const char *const texts[] = {"1", "32", "128", "1024", NULL};
    const fm_plot plot = {.log_x = 1,
                          .series = {{.x = sizes, .y = rising, .error = bars, .count = 4}},
                          .series_count = 1};
    char *svg = draw_with_texts(&plot, texts);
    assert_int_equal(occurrences(svg, "color='rgb( 47, 127, 214)'/>"), 4);
    assert_null(strstr(svg, "color='white'/>")); /* would be visible on a dark page */
    free(svg);
}

static void test_categories(void **state) {
    (void)state;
    static const char *const names[] = {"relu", "prelu", "elu", "o'tanh"};
    static const char *const texts[] = {"relu", "prelu", "elu", "o'tanh", NULL};
    const fm_plot plot = {.categories = names,
                          .category_count = 4,
                          .series = {{.y = rising, .error = bars, .count = 4}},
                          .series_count = 1};
    free(draw_with_texts(&plot, texts));
}

static int setup(void **state) {
    const char *path = getenv("PATH");
    usual_path = strdup(path ? path : "");
    return temporary_setup(state);
}

static int teardown(void **state) {
    free((char *)usual_path);
    return temporary_teardown(state);
}

#define RESTORED(test) cmocka_unit_test_teardown(test, restore_path)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges_hold_points_and_bars),
        cmocka_unit_test(test_ranges_are_never_empty),
        RESTORED(test_texts_stay_texts_in_the_script),
        RESTORED(test_failing_gnuplot),
        RESTORED(test_without_gnuplot),
        cmocka_unit_test(test_no_points),
        cmocka_unit_test(test_curves),
        cmocka_unit_test(test_bars_over_a_logarithmic_axis),
        cmocka_unit_test(test_categories),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
