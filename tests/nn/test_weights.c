/* Architecture and weights on the host. */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "fmnist_cl/weights.h"
#include "support/check.h"

static fm_architecture base(enum fm_activation activation) {
    return (fm_architecture){.inputs = 784,
                             .outputs = 10,
                             .hidden_count = 2,
                             .hidden = {256, 128},
                             .activation = activation};
}

static void refuse(fm_architecture architecture, const char *what) {
    fm_error error = {0};
    fm_weights *weights = (fm_weights *)&error;
    assert_int_equal(fm_architecture_check(&architecture, &error), FM_E_ARGUMENT);
    assert_string_equal(error.what, what);
    assert_int_equal(fm_weights_create(&weights, &architecture, NULL), FM_E_ARGUMENT);
    assert_null(weights);
}

static void test_check(void **state) {
    (void)state;
    fm_architecture right = base(FM_RELU), wrong;
    assert_int_equal(fm_architecture_check(&right, NULL), FM_OK);
    right.hidden_count = FM_MAX_HIDDEN;
    for (size_t i = 0; i < FM_MAX_HIDDEN; i++)
        right.hidden[i] = FM_MAX_WIDTH;
    assert_int_equal(fm_architecture_check(&right, NULL), FM_OK);
    right.hidden_count = 0;
    right.hidden[0] = 0; /* ignored */
    assert_int_equal(fm_architecture_check(&right, NULL), FM_OK);

    static const size_t widths[] = {0, FM_MAX_WIDTH + 1, SIZE_MAX};
    for (size_t i = 0; i < 3; i++) {
        wrong = base(FM_RELU);
        wrong.inputs = widths[i];
        refuse(wrong, "number of inputs");
        wrong = base(FM_RELU);
        wrong.outputs = widths[i];
        refuse(wrong, "number of outputs");
        wrong = base(FM_RELU);
        wrong.hidden[1] = widths[i];
        refuse(wrong, "hidden");
    }
    wrong = base(FM_RELU);
    wrong.hidden_count = FM_MAX_HIDDEN + 1;
    refuse(wrong, "hidden");
    refuse(base((enum fm_activation)17), "activation");
}

static void test_activation_names(void **state) {
    (void)state;
    static const enum fm_activation all[] = {FM_IDENTITY, FM_RELU, FM_PRELU, FM_ELU};
    static const char *const names[] = {"identity", "relu", "prelu", "elu"};
    for (size_t i = 0; i < 4; i++) {
        enum fm_activation parsed;
        assert_string_equal(fm_activation_name(all[i]), names[i]);
        assert_int_equal(fm_activation_parse(&parsed, names[i], NULL), FM_OK);
        assert_int_equal(parsed, all[i]);
    }
    static const char *const wrong[] = {"", "ReLU", "relu ", "sigmoid"};
    for (size_t i = 0; i < 4; i++) {
        fm_error error = {0};
        enum fm_activation parsed = FM_ELU;
        assert_int_equal(fm_activation_parse(&parsed, wrong[i], &error), FM_E_ARGUMENT);
        assert_int_equal(parsed, FM_ELU);
        assert_non_null(strstr(error.hint, "relu, prelu, elu"));
    }
}

static void test_views(void **state) {
    (void)state;
    fm_architecture architecture = base(FM_PRELU);
    size_t count = 784 * 256 + 256 + 1 + 256 * 128 + 128 + 1 + 128 * 10 + 10;
    assert_int_equal(fm_architecture_parameter_count(&architecture), count);
    fm_weights *weights = NULL;
    assert_int_equal(fm_weights_create(&weights, &architecture, NULL), FM_OK);
    assert_int_equal(fm_weights_architecture(weights)->hidden_count, 2);
    assert_int_equal(fm_weights_architecture(weights)->hidden[1], 128);
    assert_int_equal(fm_weights_architecture(weights)->activation, FM_PRELU);

    /* One flat allocation without holes or overlap, in the order that is documented. */
    float *first = fm_weights_matrix(weights, 0);
    assert_ptr_equal(fm_weights_bias(weights, 0), first + 784 * 256);
    assert_ptr_equal(fm_weights_slope(weights, 0), fm_weights_bias(weights, 0) + 256);
    assert_ptr_equal(fm_weights_matrix(weights, 1), fm_weights_slope(weights, 0) + 1);
    assert_ptr_equal(fm_weights_bias(weights, 1), fm_weights_matrix(weights, 1) + 256 * 128);
    assert_ptr_equal(fm_weights_slope(weights, 1), fm_weights_bias(weights, 1) + 128);
    assert_ptr_equal(fm_weights_matrix(weights, 2), fm_weights_slope(weights, 1) + 1);
    assert_ptr_equal(fm_weights_bias(weights, 2), fm_weights_matrix(weights, 2) + 128 * 10);
    assert_ptr_equal(fm_weights_bias(weights, 2) + 10, first + count);
    assert_null(fm_weights_slope(weights, 2)); /* nothing follows the last layer */
    assert_null(fm_weights_matrix(weights, 3));
    assert_null(fm_weights_bias(weights, 3));
    assert_null(fm_weights_slope(weights, 3));

    for (size_t i = 0; i < count; i++) {
        int is_slope =
            first + i == fm_weights_slope(weights, 0) || first + i == fm_weights_slope(weights, 1);
        assert_true(first[i] == (is_slope ? 0.25f : 0.0f));
    }
    fm_weights_free(weights);
    fm_weights_free(NULL);
}

static void test_no_slopes_without_prelu(void **state) {
    (void)state;
    static const enum fm_activation others[] = {FM_IDENTITY, FM_RELU, FM_ELU};
    for (size_t i = 0; i < 3; i++) {
        fm_architecture architecture = base(others[i]);
        fm_weights *weights = NULL;
        assert_int_equal(fm_weights_create(&weights, &architecture, NULL), FM_OK);
        for (size_t layer = 0; layer < 3; layer++)
            assert_null(fm_weights_slope(weights, layer));
        fm_weights_free(weights);
    }
}

/* Minimum, maximum and mean of values that are uniform in +-bound. */
static void check_uniform(const float *values, size_t count, float bound) {
    double sum = 0.0, squares = 0.0;
    float least = bound, largest = -bound;
    for (size_t i = 0; i < count; i++) {
        least = fminf(least, values[i]);
        largest = fmaxf(largest, values[i]);
        sum += (double)values[i];
        squares += (double)values[i] * (double)values[i];
    }
    double n = (double)count, deviation = (double)bound / sqrt(3.0);
    assert_true(least >= -bound && largest <= bound);
    /* The probability that no value is in the outer 8 / n of the range is e^-4 on each side. */
    assert_true((double)least < -(double)bound * (1.0 - 16.0 / n));
    assert_true((double)largest > (double)bound * (1.0 - 16.0 / n));
    assert_true(fabs(sum / n) < 4.0 * deviation / sqrt(n));
    assert_true(fabs(squares / n / (deviation * deviation) - 1.0) < 4.0 / sqrt(n));
}

static void test_randomize(void **state) {
    (void)state;
    fm_architecture architecture = base(FM_PRELU);
    fm_weights *weights = NULL;
    assert_int_equal(fm_weights_create(&weights, &architecture, NULL), FM_OK);
    *fm_weights_slope(weights, 0) = 3.0f;
    fm_weights_randomize(weights, 7);
    check_uniform(fm_weights_matrix(weights, 0), 784 * 256, 1.0f / 28.0f);
    check_uniform(fm_weights_bias(weights, 0), 256, 1.0f / 28.0f);
    check_uniform(fm_weights_matrix(weights, 1), 256 * 128, 1.0f / 16.0f);
    check_uniform(fm_weights_bias(weights, 1), 128, 1.0f / 16.0f);
    check_uniform(fm_weights_matrix(weights, 2), 128 * 10, 1.0f / sqrtf(128.0f));
    assert_true(*fm_weights_slope(weights, 0) == 0.25f);

    /* Layers in order, the matrix before the bias, from one stream. */
    fm_random random;
    fm_random_seed(&random, 7, FM_STREAM_WEIGHTS);
    for (size_t i = 0; i < 784 * 256; i++)
        assert_true(fm_weights_matrix(weights, 0)[i] ==
                    (2.0f * fm_random_unit(&random) - 1.0f) * (1.0f / 28.0f));
    for (size_t i = 0; i < 256; i++)
        assert_true(fm_weights_bias(weights, 0)[i] ==
                    (2.0f * fm_random_unit(&random) - 1.0f) * (1.0f / 28.0f));
    assert_true(fm_weights_matrix(weights, 1)[0] ==
                (2.0f * fm_random_unit(&random) - 1.0f) * (1.0f / 16.0f));
    fm_weights_free(weights);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),     cmocka_unit_test(test_activation_names),
        cmocka_unit_test(test_views),     cmocka_unit_test(test_no_slopes_without_prelu),
        cmocka_unit_test(test_randomize),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
