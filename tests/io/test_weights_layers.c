/* Names and forms that other programs give to the tensors of linear layers. */
#include <stdlib.h>
#include <string.h>

#include "fmnist_cl/weights.h"
#include "support/check.h"
#include "support/safetensors_bytes.h"
#include "support/temporary.h"

#define PAIR(first, second) "{" TENSOR(first, "[1,2]", 0, 8) "," TENSOR(second, "[3,1]", 8, 20) "}"

/* The last layer's matrix begins with 3: the third float of the file. */
static void check_pair(const char *path) {
    fm_weights *weights = safetensors_bytes_load(path);
    const fm_architecture *a = fm_weights_architecture(weights);
    assert_int_equal(a->inputs, 2);
    assert_int_equal(a->outputs, 3);
    assert_int_equal(a->hidden_count, 1);
    assert_true(fm_weights_matrix(weights, 0)[1] == 2.0f);
    assert_true(fm_weights_matrix(weights, 1)[0] == 3.0f);
    assert_true(fm_weights_bias(weights, 1)[2] == 0.0f);
    fm_weights_free(weights);
}

static void test_names_of_other_programs(void **state) {
    static const char *const headers[] = {
        PAIR("fc1.weight", "fc2.weight"),
        PAIR("module.0.weight", "module.2.weight"),
        PAIR("linear_relu_stack.0.weight", "linear_relu_stack.2.weight"),
        PAIR("layer9.weight", "layer10.weight"),
        PAIR("net.hidden.weight", "net.classifier.weight"), /* only the shapes tell the order */
        PAIR("W1", "W2"),
        PAIR("weights.0", "weights.1"),
        PAIR("encoder/w", "decoder/w"),
        PAIR("l1_w", "l2_w"),
        PAIR("layer_1_weight", "layer_2_weight"),
    };
    const char *path = temporary_path(*state, "named");
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        safetensors_bytes_write(path, headers[i], 5);
        check_pair(path);
    }
}

static void test_orders_that_cannot_be_known(void **state) {
    safetensors_bytes_refuse(
        *state, "{" TENSOR("a.weight", "[2,2]", 0, 16) "," TENSOR("b.weight", "[2,2]", 16, 32) "}",
        8, "allow several orders");
    safetensors_bytes_refuse(
        *state, "{" TENSOR("1.weight", "[2,2]", 0, 16) "," TENSOR("01.weight", "[2,2]", 16, 32) "}",
        8, "allow several orders");
}

/* Keras's kernels are [inputs, outputs]; others tell it by the length of the bias. */
static void test_transposed(void **state) {
    static const char *const headers[] = {
        "{" TENSOR("dense/kernel:0", "[2,3]", 0, 24) "," TENSOR("dense/bias:0", "[3]", 24, 36) "}",
        "{" TENSOR("fc.weight", "[2,3]", 0, 24) "," TENSOR("fc.bias", "[3]", 24, 36) "}",
    };
    static const float wanted[] = {1, 4, 2, 5, 3, 6};
    const char *path = temporary_path(*state, "transposed");
    for (size_t i = 0; i < 2; i++) {
        safetensors_bytes_write(path, headers[i], 9);
        fm_weights *weights = safetensors_bytes_load(path);
        assert_int_equal(fm_weights_architecture(weights)->inputs, 2);
        assert_memory_equal(fm_weights_matrix(weights, 0), wanted, sizeof wanted);
        assert_true(fm_weights_bias(weights, 0)[2] == 9.0f);
        fm_weights_free(weights);
    }
}

#define TYPED(type, size)                                                                          \
    "{\"0.weight\":{\"dtype\":\"" type "\",\"shape\":[1,8],\"data_offsets\":[0," #size "]}}"

static void check_typed(void **state, const char *header, const void *bytes, size_t size,
                        const float wanted[8]) {
    const char *path = temporary_path(*state, "typed");
    float words[16];
    memcpy(words, bytes, size);
    safetensors_bytes_write_values(path, header, words, size / sizeof *words);
    fm_weights *weights = safetensors_bytes_load(path);
    assert_memory_equal(fm_weights_matrix(weights, 0), wanted, 8 * sizeof *wanted);
    fm_weights_free(weights);
}

static void test_types(void **state) {
    static const uint16_t half[] = {0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000, 0x3555};
    static const float of_half[] = {1,        -2,    0x1p-24f, 1023 * 0x1p-24f,
                                    0x1p-14f, 65504, -0.0f,    0x1.554p-2f};
    static const uint16_t brain[] = {0x3f80, 0xc000, 0x4049, 0, 0x8000, 0x3eab, 0x7f7f, 1};
    static const float of_brain[] = {1,     -2,         3.140625f,   0,
                                     -0.0f, 0x1.56p-2f, 0x1.fep127f, 0x1p-133f};
    static const double doubles[] = {1, -2, 0.1, 0, -0.0, 3, 1e-3, 7};
    static const float of_doubles[] = {1, -2, 0.1f, 0, -0.0f, 3, 1e-3f, 7};
    check_typed(state, TYPED("F16", 16), half, sizeof half, of_half);
    check_typed(state, TYPED("BF16", 16), brain, sizeof brain, of_brain);
    check_typed(state, TYPED("F64", 64), doubles, sizeof doubles, of_doubles);
    safetensors_bytes_refuse(*state, TYPED("I8", 8), 2,
                             "tensor '0.weight' is I8; expected F32, F16, BF16 or F64");
}

static void test_doubles_beyond_floats(void **state) {
    static const double wide[8] = {1e39};
    float words[16];
    memcpy(words, wide, sizeof wide);
    const char *path = temporary_path(*state, "wide");
    safetensors_bytes_write_values(path, TYPED("F64", 64), words, 16);
    safetensors_bytes_refuse_file(path, "value 0 is inf; expected finite numbers");
}

/* One PReLU module that serves two hidden layers; a counter. */
static void test_shared_slope_and_counter(void **state) {
    const char *path = temporary_path(*state, "shared");
    safetensors_bytes_write(
        path,
        "{\"n_averaged\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}," TENSOR(
            "fc1.weight", "[1,1]", 8,
            12) "," TENSOR("fc2.weight", "[1,1]", 12,
                           16) "," TENSOR("fc3.weight", "[1,1]", 16,
                                          20) "," TENSOR("act.weight", "[1]", 20, 24) "}",
        6);
    fm_weights *weights = safetensors_bytes_load(path);
    assert_int_equal(fm_weights_architecture(weights)->activation, FM_PRELU);
    assert_true(fm_weights_slope(weights, 0)[0] == 6.0f);
    assert_true(fm_weights_slope(weights, 1)[0] == 6.0f);
    assert_true(fm_weights_matrix(weights, 2)[0] == 5.0f);
    fm_weights_free(weights);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_names_of_other_programs),
        TEST(test_orders_that_cannot_be_known),
        TEST(test_transposed),
        TEST(test_types),
        TEST(test_doubles_beyond_floats),
        TEST(test_shared_slope_and_counter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
