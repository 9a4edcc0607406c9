/* Compares every operation with all its attributes on every back end with the reference, over the
 * table of sizes, and with many zeros in x. */
#include <stdlib.h>
#include <string.h>

#include "check/cases.h"
#include "check/operands.h"
#include "support/backends.h"
#include "support/cases.h"
#include "support/check.h"
#include "support/tolerances.h"

static void compare(const fm_check_result *actual, const fm_check_result *expected,
                    const fm_check_case *which, const char *name, const char *zeros) {
    const double tolerance = TOLERANCE_PRODUCT(fm_check_terms(which)) + TOLERANCE_ELEMENTWISE;
    char text[160];
    fm_check_case_text(text, sizeof text, which);
    assert_int_equal(actual->array_count, expected->array_count);
    for (size_t i = 0; i < expected->array_count; i++) {
        const fm_check_array *array = &expected->array[i];
        check_close(actual->values + array->first, expected->values + array->first, array->count,
                    tolerance, "%s: %s: %s, %s", name, text, array->name, zeros);
    }
}

/* Runs on the reference once, and on each back end that supports it. */
static void check(const fm_check_case *which, fm_check_zeros zeros, const void *user,
                  const char *zeros_text) {
    const size_t products = which->rows * which->inputs * which->outputs;
    fm_error error = {0};
    fm_check_operands operands;
    fm_check_result actual, expected;
    if (!fm_check_case_fits(which))
        return;
    CHECK_OK(fm_check_operands_create(&operands, which, zeros, user, &error), &error);
    CHECK_OK(fm_check_run(&expected, reference, which, &operands, &error), &error);
    for (size_t i = 0; i < backend_count; i++) {
        if (products > backends[i].most_products)
            continue;
        CHECK_OK(fm_check_run(&actual, backends[i].backend, which, &operands, &error), &error);
        compare(&actual, &expected, which, backends[i].name, zeros_text);
        free(actual.values);
    }
    free(expected.values);
    fm_check_operands_free(&operands);
}

static fm_check_case sized(const fm_check_case *which, const layer_case *size) {
    fm_check_case c = *which;
    c.rows = size->rows;
    c.inputs = size->inputs;
    c.outputs = size->outputs;
    return c;
}

static void test_sizes(void **state) {
    (void)state;
    for (size_t s = 0; s < layer_case_count; s++)
        for (size_t i = 0; layer_case_is_wanted(&layer_cases[s]) && i < fm_check_case_count; i++) {
            const fm_check_case which = sized(&fm_check_cases[i], &layer_cases[s]);
            check(&which, fm_check_zeros_mixed, NULL, "mixed zeros");
        }
}

static int is_zero(const void *user, size_t row, size_t input) {
    const zeros_case *c = user;
    return zeros_has(c->where, &c->size, row, input);
}

static void test_zeros(void **state) {
    (void)state;
    for (size_t s = 0; s < zeros_case_count; s++) {
        zeros_case zeros = zeros_cases[s];
        const int all = zeros.where == ZEROS_EVERY_PATTERN;
        const int first = all ? 0 : (int)zeros.where, end = all ? ZEROS_EVERY_PATTERN : first + 1;
        for (int where = first; layer_case_is_wanted(&zeros.size) && where < end; where++) {
            zeros.where = (enum zeros)where;
            for (size_t i = 0; i < fm_check_case_count; i++) {
                const fm_check_case which = sized(&fm_check_cases[i], &zeros.size);
                if (which.x != FM_CHECK_WRITTEN)
                    check(&which, is_zero, &zeros, zeros_name(zeros.where));
            }
        }
    }
}

/* Each operation has cases, with and without each of its optional operands. */
static void test_each_operation_has_cases(void **state) {
    (void)state;
    for (int operation = 0; operation < FM_OPERATIONS; operation++) {
        const fm_operation_info *info = fm_operation_get((enum fm_operation)operation);
        for (size_t k = 0; k < FM_MOST_OPERANDS && info->operand[k].name; k++) {
            int with = 0, without = 0;
            for (size_t i = 0; i < fm_check_case_count; i++)
                if ((int)fm_check_cases[i].operation == operation) {
                    const int has = fm_check_has_operand(&fm_check_cases[i], k);
                    with |= has;
                    without |= !has;
                }
            if (!with || without != info->operand[k].optional)
                fail_msg("the cases of %s always or never have %s", info->name,
                         info->operand[k].name);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_operation_has_cases),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_zeros),
    };
    return cmocka_run_group_tests(tests, backends_set_up, backends_tear_down);
}
