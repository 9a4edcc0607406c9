/* The list of a step's products, and their timing. */
#include <stdlib.h>
#include <string.h>

#include "fmnist_cl/products.h"
#include "support/check.h"
#include "support/trainings.h"

static void test_products_of_a_step(void **state) {
    (void)state;
    static const fm_product expected[] = {
        {FM_PRODUCT_FORWARD, 0, 128, 784, 256},   {FM_PRODUCT_FORWARD, 1, 128, 256, 20},
        {FM_PRODUCT_FORWARD, 2, 128, 20, 10},     {FM_PRODUCT_INPUT, 2, 128, 20, 10},
        {FM_PRODUCT_PARAMETERS, 2, 128, 20, 10},  {FM_PRODUCT_INPUT, 1, 128, 256, 20},
        {FM_PRODUCT_PARAMETERS, 1, 128, 256, 20}, {FM_PRODUCT_PARAMETERS, 0, 128, 784, 256},
    };
    const fm_architecture base = {
        .inputs = 784, .outputs = 10, .hidden_count = 2, .hidden = {256, 20}};
    static fm_product products[FM_MOST_PRODUCTS];
    assert_int_equal(fm_products_list(products, &base, 128), 8);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(products[i].kind, expected[i].kind);
        assert_int_equal(products[i].layer, expected[i].layer);
        assert_int_equal(products[i].rows, expected[i].rows);
        assert_int_equal(products[i].inputs, expected[i].inputs);
        assert_int_equal(products[i].outputs, expected[i].outputs);
    }
    assert_true(fm_product_flop(&products[0]) == 2.0 * 128 * 784 * 256);
    fm_architecture deepest = {.inputs = 784, .outputs = 10, .hidden_count = FM_MAX_HIDDEN};
    assert_int_equal(fm_products_list(products, &deepest, 1), FM_MOST_PRODUCTS - 1);
    deepest.hidden_count = 0;
    assert_int_equal(fm_products_list(products, &deepest, 1), 2);
}

static void test_timing(void **state) {
    (void)state;
    static const fm_product products[] = {{FM_PRODUCT_FORWARD, 0, 9, 33, 17},
                                          {FM_PRODUCT_INPUT, 0, 40, 20, 100},
                                          {FM_PRODUCT_PARAMETERS, 0, 1, 784, 3}};
    fm_device *const *devices = train_devices;
    fm_error error = {0};
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        double seconds[2] = {0};
        CHECK_OK(fm_product_measure(seconds, devices, 2, &products[i], &error), &error);
        assert_true(seconds[0] > 0 && seconds[1] > 0);
    }
    double five[5];
    fm_device *const many[5] = {devices[0], devices[0], devices[0], devices[0], devices[0]};
    assert_int_equal(fm_product_measure(five, many, 5, &products[0], &error), FM_E_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products_of_a_step),
        cmocka_unit_test(test_timing),
    };
    return cmocka_run_group_tests(tests, trainings_set_up, trainings_tear_down);
}
