/* Experiments as plots: points, bars and gaps where they belong. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/experiment_plot.h"
#include "report/terminal_plot.h"
#include "support/check.h"

static fm_plan plan;
static fm_conclusion conclusion;
static fm_experiment_plot plot;

static void make(enum fm_factor factor, const char *values) {
    fm_settings fixed;
    fm_error error = {0};
    fm_settings_init(&fixed);
    CHECK_OK(fm_plan_create(&plan, factor, values, &fixed, 3, 60000, &error), &error);
    for (size_t v = 0; v < plan.value_count; v++)
        conclusion.value[v] =
            (fm_value_result){.n = 3, .mean = 0.8 + 0.01 * (double)v, .sd = 0.002};
    conclusion.value[1].n = 0;
    fm_experiment_plot_make(&plot, &plan, &conclusion);
}

static void test_numbers(void **state) {
    (void)state;
    double x, y, error;
    make(FM_FACTOR_LR, "0.001,0.01,0.1");
    assert_true(plot.plot.log_x);
    assert_null(plot.plot.categories);
    assert_true(fm_plot_point(&x, &y, &error, &plot.plot, 0, 2));
    assert_true(fabs(x - 0.1) < 1e-12 && fabs(y - 82) < 1e-9 && fabs(error - 0.2) < 1e-9);
    assert_false(fm_plot_point(&x, &y, &error, &plot.plot, 0, 1));
    make(FM_FACTOR_LAYERS, "0,1,2");
    assert_false(plot.plot.log_x); /* 0 has no logarithm */
    assert_true(fm_plot_point(&x, &y, &error, &plot.plot, 0, 0));
}

static void test_names(void **state) {
    (void)state;
    make(FM_FACTOR_OPTIMIZER, NULL);
    assert_int_equal(plot.plot.category_count, 3);
    assert_string_equal(plot.plot.categories[2], "rmsprop");
}

/* Every experiment can be drawn. */
static void test_all(void **state) {
    (void)state;
    for (int f = 0; f < FM_FACTORS; f++) {
        fm_error error = {0};
        char *text;
        make((enum fm_factor)f, NULL);
        CHECK_OK(fm_terminal_plot(&text, &plot.plot, 78, 12, 0, &error), &error);
        assert_non_null(strstr(text, "validation accuracy (%)"));
        assert_non_null(strstr(text, plot.plot.x_label));
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
