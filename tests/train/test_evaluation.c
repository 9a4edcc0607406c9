/* Evaluations of logits, compared with counts made by hand. */
#include <math.h>
#include <string.h>

#include "fmnist_cl/evaluation.h"
#include "support/check.h"
#include "support/tolerances.h"

static void predict(float *row, unsigned class) {
    memset(row, 0, FM_CLASSES * sizeof *row);
    row[class] = 1;
}

static void near(double actual, double expected) {
    if (!(fabs(actual - expected) <= TOLERANCE_ELEMENTWISE * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", actual, expected);
}

/* Seven images: 0 twice correct, once predicted as 6; 6 once correct, twice as 0; 9 correct. */
static void test_counts(void **state) {
    (void)state;
    const uint8_t labels[] = {0, 0, 0, 6, 6, 6, 9};
    const unsigned predicted[] = {0, 0, 6, 6, 0, 0, 9};
    float logits[7 * FM_CLASSES];
    fm_evaluation e;
    for (size_t i = 0; i < 7; i++)
        predict(logits + i * FM_CLASSES, predicted[i]);
    fm_evaluation_count(&e, logits, labels, 7, FM_CROSS_ENTROPY);
    near(e.score.accuracy, 4.0 / 7);
    double right = log(exp(1) + 9) - 1, wrong = log(exp(1) + 9);
    near(e.score.loss, (4 * right + 3 * wrong) / 7);
    assert_int_equal(e.confusion[0][6], 1);
    assert_int_equal(e.confusion[6][0], 2);
    near(e.classes[0].precision, 0.5);
    near(e.classes[0].recall, 2.0 / 3);
    near(e.classes[0].f1, 4.0 / 7);
    assert_int_equal(e.classes[0].support, 3);
    near(e.classes[6].precision, 0.5);
    near(e.classes[6].recall, 1.0 / 3);
    /* Not defined: class 1 neither occurs nor is predicted. */
    assert_true(isnan(e.classes[1].precision) && isnan(e.classes[1].recall));
    assert_true(isnan(e.classes[1].f1));
    const uint8_t absent[] = {0, 0, 1};
    fm_evaluation_count(&e, logits, absent, 3, FM_CROSS_ENTROPY);
    assert_true(isnan(e.classes[1].precision)); /* occurs, never predicted */
    near(e.classes[1].recall, 0);
    near(e.classes[1].f1, 0);
    assert_true(isnan(e.classes[6].recall)); /* predicted, never occurs */
    near(e.classes[6].precision, 0);
    fm_evaluation_count(&e, logits, labels, 7, FM_MSE);
    near(e.score.loss, 3 * 2.0 / 10 / 7);
}

static void test_confused_pairs(void **state) {
    (void)state;
    fm_evaluation e = {0};
    fm_confusion pairs[100];
    e.confusion[6][0] = 5;
    e.confusion[0][6] = 7;
    e.confusion[2][4] = 5;
    e.confusion[3][3] = 100;
    assert_int_equal(fm_evaluation_confused(pairs, 100, &e), 3);
    assert_true(pairs[0].actual == 0 && pairs[0].predicted == 6 && pairs[0].count == 7);
    assert_true(pairs[1].actual == 2 && pairs[1].predicted == 4);
    assert_true(pairs[2].actual == 6 && pairs[2].predicted == 0);
    assert_int_equal(fm_evaluation_confused(pairs, 1, &e), 1);
}

static void test_empty(void **state) {
    (void)state;
    fm_evaluation e;
    fm_evaluation_count(&e, NULL, NULL, 0, FM_CROSS_ENTROPY);
    near(e.score.accuracy, 0);
    assert_int_equal(e.count, 0);
}

/* NaN logits give a NaN loss. */
static void test_nan_loss(void **state) {
    (void)state;
    const uint8_t label = 3;
    float logits[FM_CLASSES] = {0};
    fm_evaluation e;
    logits[5] = NAN;
    fm_evaluation_count(&e, logits, &label, 1, FM_CROSS_ENTROPY);
    assert_true(isnan(e.score.loss));
}

/* Four images: correct, slightly wrong, very wrong, wrong with a NaN logit. */
static void test_worst_mistakes(void **state) {
    (void)state;
    enum { COUNT = 6 };
    static const uint8_t labels[COUNT] = {1, 2, 3, 4, 2, 5};
    float logits[COUNT][FM_CLASSES] = {{0}};
    logits[0][1] = 9;
    logits[1][7] = 1;
    logits[2][0] = 6;
    logits[3][9] = NAN;
    logits[4][7] = 1;
    logits[5][5] = 3;
    fm_mistake found[COUNT];
    assert_int_equal(
        fm_evaluation_mistakes(found, COUNT, logits[0], labels, COUNT, FM_CROSS_ENTROPY), 4);
    static const size_t order[] = {3, 2, 1, 4};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(found[i].index, order[i]);
    assert_true(isnan(found[0].loss));
    assert_int_equal(found[1].actual, 3);
    assert_int_equal(found[1].predicted, 0);
    near(found[1].loss, log(exp(6) + 9));
    assert_true(fabs(found[1].probability - 1 / (exp(6) + 9)) < 1e-7);
    fm_mistake first[2] = {{0}};
    assert_int_equal(fm_evaluation_mistakes(first, 1, logits[0], labels, COUNT, FM_CROSS_ENTROPY),
                     1);
    assert_int_equal(first[0].index, 3);
    assert_int_equal(first[1].index, 0); /* nothing is written past the capacity */
    assert_int_equal(fm_evaluation_mistakes(first, 0, logits[0], labels, COUNT, FM_CROSS_ENTROPY),
                     0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),         cmocka_unit_test(test_confused_pairs),
        cmocka_unit_test(test_empty),          cmocka_unit_test(test_nan_loss),
        cmocka_unit_test(test_worst_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
