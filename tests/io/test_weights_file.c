/* Weights files read back unchanged; errors name the tensor that does not fit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "fmnist_cl/weights.h"
#include "io/safetensors.h"
#include "io/safetensors_write.h"
#include "support/check.h"
#include "support/io_faults.h"
#include "support/safetensors_bytes.h"
#include "support/temporary.h"

static fm_architecture small(enum fm_activation activation, size_t hidden_count) {
    return (fm_architecture){.inputs = 5,
                             .outputs = 3,
                             .hidden_count = hidden_count,
                             .hidden = {4, 2},
                             .activation = activation};
}

static fm_weights *create(fm_architecture architecture, uint64_t seed) {
    fm_weights *weights = NULL;
    assert_int_equal(fm_weights_create(&weights, &architecture, NULL), FM_OK);
    fm_weights_randomize(weights, seed);
    if (fm_weights_slope(weights, 0))
        *fm_weights_slope(weights, 0) = -1.5f;
    return weights;
}

static void check_same(fm_weights *one, fm_weights *two) {
    const fm_architecture *a = fm_weights_architecture(one), *b = fm_weights_architecture(two);
    assert_int_equal(a->inputs, b->inputs);
    assert_int_equal(a->outputs, b->outputs);
    assert_int_equal(a->hidden_count, b->hidden_count);
    assert_int_equal(a->activation, b->activation);
    assert_memory_equal(a->hidden, b->hidden, a->hidden_count * sizeof *a->hidden);
    assert_int_equal(a->dropout_count, b->dropout_count);
    assert_memory_equal(a->dropout, b->dropout, a->dropout_count * sizeof *a->dropout);
    assert_memory_equal(fm_weights_matrix(one, 0), fm_weights_matrix(two, 0),
                        fm_architecture_parameter_count(a) * sizeof(float));
}

static const char *save(void **state, fm_weights *weights) {
    const char *path = temporary_path(*state, "weights.safetensors");
    fm_error error = {0};
    CHECK_OK(fm_weights_save(weights, path, &error), &error);
    return path;
}

static void check_round_trip(void **state, fm_architecture architecture) {
    fm_weights *weights = create(architecture, 3),
               *loaded = safetensors_bytes_load(save(state, weights));
    check_same(weights, loaded);
    fm_weights_free(weights);
    fm_weights_free(loaded);
}

static void test_round_trip(void **state) {
    static const enum fm_activation all[] = {FM_RELU, FM_PRELU, FM_ELU, FM_IDENTITY};
    for (size_t i = 0; i < 4; i++)
        for (size_t hidden_count = 0; hidden_count <= 2; hidden_count++)
            check_round_trip(state, small(all[i], hidden_count));
    fm_architecture deep = small(FM_PRELU, FM_MAX_HIDDEN);
    for (size_t i = 0; i < FM_MAX_HIDDEN; i++)
        deep.hidden[i] = i == 40 ? FM_MAX_WIDTH : 1 + i % 3;
    check_round_trip(state, deep);
    deep.dropout_count = FM_MAX_HIDDEN;
    for (size_t i = 0; i < FM_MAX_HIDDEN; i++)
        deep.dropout[i] = (double)(i % 5) / 7;
    check_round_trip(state, deep);
}

/* The modules of nn.Sequential(Linear, activation, Dropout, Linear, ...). */
static void test_names_with_dropout(void **state) {
    static const struct {
        enum fm_activation activation;
        size_t count;
        double dropout[2];
        const char *names, *text; /* of the weights and slopes; of the metadata */
    } cases[] = {
        {FM_RELU, 1, {0.25}, "0 3 6 ", "0.25"},   {FM_PRELU, 1, {0.25}, "0 1 3 4 6 ", "0.25"},
        {FM_ELU, 2, {0, 0.5}, "0 2 5 ", "0,0.5"}, {FM_PRELU, 2, {0.1, 0}, "0 1 3 4 5 ", "0.1,0"},
        {FM_RELU, 0, {0}, "0 2 4 ", NULL},
    };
    for (size_t i = 0; i < FM_COUNT(cases); i++) {
        fm_architecture a = small(cases[i].activation, 2);
        a.dropout_count = cases[i].count;
        memcpy(a.dropout, cases[i].dropout, sizeof cases[i].dropout);
        check_round_trip(state, a);
        fm_safetensors *file = NULL;
        char names[32] = "";
        const char *path = temporary_path(*state, "weights.safetensors");
        assert_int_equal(fm_safetensors_read(&file, path, NULL), FM_OK);
        for (size_t t = 0; t < fm_safetensors_count(file); t++) {
            const char *name = fm_safetensors_get(file, t)->name;
            if (strstr(name, ".weight"))
                snprintf(names + strlen(names), sizeof names - strlen(names), "%d ", atoi(name));
        }
        assert_string_equal(names, cases[i].names);
        const char *text = fm_safetensors_metadata(file, "dropout");
        assert_true((text == NULL) == (cases[i].text == NULL));
        if (text)
            assert_string_equal(text, cases[i].text);
        fm_safetensors_free(file);
    }
}

static void test_names_and_metadata(void **state) {
    fm_weights *weights = create(small(FM_PRELU, 2), 1);
    fm_safetensors *file = NULL;
    assert_int_equal(fm_safetensors_read(&file, save(state, weights), NULL), FM_OK);
    static const struct {
        const char *name;
        size_t rank, shape[2];
    } expected[] = {{"0.weight", 2, {4, 5}}, {"0.bias", 1, {4}}, {"1.weight", 1, {1}},
                    {"2.weight", 2, {2, 4}}, {"2.bias", 1, {2}}, {"3.weight", 1, {1}},
                    {"4.weight", 2, {3, 2}}, {"4.bias", 1, {3}}};
    assert_int_equal(fm_safetensors_count(file), 8);
    for (size_t i = 0; i < 8; i++) {
        const fm_tensor *tensor = fm_safetensors_get(file, i);
        assert_string_equal(tensor->name, expected[i].name);
        assert_int_equal(tensor->rank, expected[i].rank);
        assert_memory_equal(tensor->shape, expected[i].shape, tensor->rank * sizeof(size_t));
    }
    assert_true(fm_safetensors_find(file, "1.weight")->values[0] == -1.5f);
    assert_string_equal(fm_safetensors_metadata(file, "format"), "pt");
    assert_string_equal(fm_safetensors_metadata(file, "activation"), "prelu");
    assert_string_equal(fm_safetensors_metadata(file, "architecture"), "5-4-2-3");
    CHECK_SAYS(fm_safetensors_metadata(file, "program"), "fmnist-cl ");
    fm_safetensors_free(file);
    fm_weights_free(weights);
}

/* ---- Files of other programs, widths 2 - 1 - 1 ---- */

#define FIRST            TENSOR("0.weight", "[1,2]", 0, 8) "," TENSOR("0.bias", "[1]", 8, 12)
#define SECOND           TENSOR("2.weight", "[1,1]", 12, 16) "," TENSOR("2.bias", "[1]", 16, 20)
#define THIRD            TENSOR("3.weight", "[1,1]", 12, 16) "," TENSOR("3.bias", "[1]", 16, 20)
#define TWELFTH          TENSOR("12.weight", "[1,1]", 12, 16) "," TENSOR("12.bias", "[1]", 16, 20)
#define LAST             TENSOR("9.weight", "[1,1]", 20, 24) "," TENSOR("9.bias", "[1]", 24, 28)
#define DROPOUT(text)    "\"__metadata__\":{\"dropout\":\"" text "\"},"
#define SLOPE            TENSOR("1.weight", "[1]", 20, 24)
#define META(activation) "\"__metadata__\":{\"activation\":\"" activation "\"},"

/* Modules without weights may stand between the layers, whatever the metadata say of them. */
static void test_foreign_files(void **state) {
    static const struct {
        const char *header;
        size_t count, hidden_count, dropout_count;
        enum fm_activation activation;
        float last; /* the last bias */
    } cases[] = {
        {"{" FIRST "," SECOND "}", 5, 1, 0, FM_RELU, 5},
        {"{" FIRST "," SLOPE "," SECOND "}", 6, 1, 0, FM_PRELU, 5},
        {"{\"__metadata__\":{\"format\":\"pt\"}," FIRST "," SECOND "}", 5, 1, 0, FM_RELU, 5},
        {"{" META("elu") FIRST "," SECOND "}", 5, 1, 0, FM_ELU, 5},
        {"{" META("prelu") SECOND "," FIRST "," SLOPE "}", 6, 1, 0, FM_PRELU, 5},
        {"{" META("prelu") FIRST "}", 3, 0, 0, FM_PRELU, 3}, /* no hidden layer, so no slope */
        {"{" FIRST "," THIRD "}", 5, 1, 0, FM_RELU, 5},
        {"{" THIRD "," FIRST "," SLOPE "}", 6, 1, 0, FM_PRELU, 5},
        {"{" FIRST "," LAST "," THIRD "}", 7, 2, 0, FM_RELU, 7},
        {"{" TWELFTH "," LAST "," FIRST "}", 7, 2, 0, FM_RELU, 5}, /* by number, not by letter */
        {"{" DROPOUT("0.5") FIRST "," THIRD "}", 5, 1, 1, FM_RELU, 5},
        {"{" DROPOUT("0.5") FIRST "," SECOND "}", 5, 1, 1, FM_RELU, 5},
        {"{" DROPOUT("0.5,0") FIRST "," THIRD "," LAST "}", 7, 2, 2, FM_RELU, 7},
    };
    const char *path = temporary_path(*state, "foreign");
    for (size_t i = 0; i < FM_COUNT(cases); i++) {
        safetensors_bytes_write(path, cases[i].header, cases[i].count);
        fm_weights *weights = safetensors_bytes_load(path);
        const fm_architecture *a = fm_weights_architecture(weights);
        assert_int_equal(a->inputs, 2);
        assert_int_equal(a->outputs, 1);
        assert_int_equal(a->hidden_count, cases[i].hidden_count);
        assert_int_equal(a->dropout_count, cases[i].dropout_count);
        assert_int_equal(a->activation, cases[i].activation);
        assert_true(a->dropout_count == 0 || a->dropout[0] == 0.5);
        assert_true(fm_weights_matrix(weights, 0)[1] == 2.0f);
        assert_true(fm_weights_bias(weights, 0)[0] == 3.0f);
        assert_true(fm_weights_bias(weights, a->hidden_count)[0] == cases[i].last);
        const float *slope = fm_weights_slope(weights, 0);
        assert_true(!slope || *slope == 6.0f);
        fm_weights_free(weights);
    }
}

static void test_given_activation(void **state) {
    const enum fm_activation elu = FM_ELU, prelu = FM_PRELU;
    fm_weights_origin origin;
    fm_weights *weights = NULL;
    const char *path = temporary_path(*state, "given");
    safetensors_bytes_write(path, "{" FIRST "," SECOND "}", 5);
    assert_int_equal(fm_weights_load_as(&weights, &origin, path, &elu, NULL), FM_OK);
    assert_int_equal(fm_weights_architecture(weights)->activation, FM_ELU);
    assert_true(origin.lacks_activation);
    assert_string_equal(origin.note, "");
    fm_weights_free(weights);
    assert_int_equal(fm_weights_load_as(&weights, &origin, path, &prelu, NULL), FM_E_FORMAT);
    safetensors_bytes_write(path, "{" META("relu") FIRST "," SECOND "}", 5);
    assert_int_equal(fm_weights_load_as(&weights, &origin, path, &elu, NULL), FM_OK);
    assert_int_equal(fm_weights_architecture(weights)->activation, FM_RELU);
    assert_false(origin.lacks_activation);
    fm_weights_free(weights);
}

static void test_refused(void **state) {
    static const struct {
        const char *header;
        size_t count;
        const char *why;
    } cases[] = {
        /* Missing tensors. */
        {"{}", 0, "tensor '0.weight' is missing; it has 0 tensors"},
        {"{" TENSOR("0.bias", "[1]", 0, 4) "}", 1, "'0.bias' of shape [1] does not belong to any"},
        {"{" META("prelu") FIRST "," SECOND "}", 5, "tensor '1.weight' is missing"},
        /* Tensors that belong to no layer. */
        {"{" META("relu") FIRST "," SECOND "," SLOPE "}", 6, "'1.weight' does not belong to any"},
        {"{" FIRST "," TENSOR("1.weight", "[1]", 12, 16) "}", 4, "tensor '1.weight'"},
        {"{" FIRST "," TENSOR("2.bias", "[1]", 12, 16) "}", 4, "'2.bias' of shape [1] does not"},
        {"{" FIRST "," TENSOR("2.mean", "[1,1]", 12, 16) "}", 4, "'2.mean' of shape"},
        {"{" FIRST "," TENSOR("1.running_mean", "[1]", 12, 16) "}", 4,
         "'1.running_mean' belongs to a batch normalization"},
        {"{" FIRST "," TENSOR("0.bias_b", "[1]", 12, 16) "}", 4, "'0.bias_b' of shape"},
        /* Shapes. */
        {"{" TENSOR("0.weight", "[2]", 0, 8) "}", 2, "'0.weight' of shape [2] does not belong to"},
        {"{" TENSOR("0.weight", "[]", 0, 4) "}", 1, "tensor '0.weight' is missing"},
        {"{" TENSOR("0.weight", "[1,1,1,2]", 0, 8) "}", 2, "is it a convolution's?"},
        {"{" TENSOR("0.weight", "[0,2]", 0, 0) "}", 0, "shape [0, 2]; expected"},
        {"{" TENSOR("0.weight", "[1,8193]", 0, 32772) "}", 8193, "shape [1, 8193]; expected"},
        {"{" TENSOR("0.weight", "[1,2]", 0, 8) "," TENSOR("0.bias", "[3]", 8, 20) "}", 5,
         "tensor '0.bias' has shape [3]; expected [1]"},
        {"{" FIRST "," TENSOR("2.weight", "[1,2]", 12, 20) "," TENSOR("2.bias", "[1]", 20, 24) "}",
         6, "tensor '2.weight' has shape [1, 2]; expected [outputs, 1]"},
        {"{" FIRST "," SECOND "," TENSOR("1.weight", "[2]", 20, 28) "}", 7,
         "is it a normalization's, or a PReLU's"},
        /* Metadata. */
        {"{" META("gelu") FIRST "}", 3, "an unknown activation: 'gelu'"},
        {"{" META("") FIRST "}", 3, "an unknown activation: ''"},
        {"{" DROPOUT("1") FIRST "}", 3, "an unknown dropout: '1'"},
        {"{" DROPOUT("0.5,0.5") FIRST "," SECOND "}", 5,
         "a wrong dropout: there are 2 probabilities; expected one, or one for each of 1 hidden"},
    };
    for (size_t i = 0; i < FM_COUNT(cases); i++)
        safetensors_bytes_refuse(*state, cases[i].header, cases[i].count, cases[i].why);
}

static void test_too_many_layers(void **state) {
    enum { LAYERS = FM_MAX_HIDDEN + 2 };
    static const float zero[1];
    fm_tensor tensors[2 * LAYERS];
    char names[2 * LAYERS][16];
    for (size_t i = 0; i < 2 * LAYERS; i++) {
        snprintf(names[i], sizeof names[i], "%zu.%s", i / 2 * 2, i % 2 ? "bias" : "weight");
        tensors[i] = (fm_tensor){
            .name = names[i], .rank = i % 2 ? 1 : 2, .shape = {1, 1}, .count = 1, .values = zero};
    }
    const char *path = temporary_path(*state, "deep");
    assert_int_equal(fm_safetensors_write(path, tensors, 2 * LAYERS, NULL, 0, NULL), FM_OK);
    safetensors_bytes_refuse_file(path, "more than 64 hidden layers");
    assert_int_equal(fm_safetensors_write(path, tensors, 2 * LAYERS - 2, NULL, 0, NULL), FM_OK);
    fm_weights_free(safetensors_bytes_load(path));
}

static void test_not_finite(void **state) {
    static const float wrong[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        fm_weights *weights = create(small(FM_PRELU, 2), 1);
        fm_weights_matrix(weights, 1)[7] = wrong[i];
        safetensors_bytes_refuse_file(save(state, weights), "tensor '2.weight': value 7 is ");
        fm_weights_matrix(weights, 1)[7] = 0.0f;
        fm_weights_bias(weights, 2)[0] = wrong[i];
        safetensors_bytes_refuse_file(save(state, weights), "tensor '4.bias': value 0 is ");
        fm_weights_bias(weights, 2)[0] = 0.0f;
        *fm_weights_slope(weights, 1) = wrong[i];
        safetensors_bytes_refuse_file(save(state, weights), "tensor '3.weight': value 0 is ");
        fm_weights_free(weights);
    }
}

/* ---- System failures ---- */

static void test_every_call_of_loading_fails(void **state) {
    static const enum io_call calls[] = {IO_CALLOC, IO_READ};
    fm_weights *saved = create(small(FM_PRELU, 2), 1);
    const char *path = save(state, saved);
    for (size_t i = 0; i < 2; i++)
        for (int number = 1, failed = 1; failed; number++) {
            fm_weights *weights;
            io_faults_arm(calls[i], number);
            failed = io_faults_failed(calls[i], fm_weights_load(&weights, path, NULL));
            assert_true(failed ? !weights : number > 3);
            if (weights)
                check_same(saved, weights);
            fm_weights_free(weights);
        }
    fm_weights_free(saved);
}

static void test_every_call_of_saving_fails(void **state) {
    static const enum io_call calls[] = {IO_CALLOC, IO_WRITE, IO_RENAME};
    fm_weights *earlier = create(small(FM_RELU, 2), 1), *later = create(small(FM_PRELU, 1), 2);
    for (size_t i = 0; i < 3; i++)
        for (int number = 1, failed = 1; failed; number++) {
            const char *path = save(state, earlier);
            io_faults_arm(calls[i], number);
            failed = io_faults_failed(calls[i], fm_weights_save(later, path, NULL));
            assert_true(failed || number > 1);
            assert_int_equal(temporary_count(*state), 1);
            fm_weights *loaded = safetensors_bytes_load(path);
            check_same(loaded, failed ? earlier : later);
            fm_weights_free(loaded);
        }
    fm_weights_free(earlier);
    fm_weights_free(later);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_names_with_dropout),
        TEST(test_names_and_metadata),
        TEST(test_foreign_files),
        TEST(test_given_activation),
        TEST(test_refused),
        TEST(test_too_many_layers),
        TEST(test_not_finite),
        TEST(test_every_call_of_loading_fails),
        TEST(test_every_call_of_saving_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
