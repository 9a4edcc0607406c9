/* ONNX models read back and compute what the network computes. tests/interop reads them with other
 * programs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fmnist_cl/network.h"
#include "fmnist_cl/onnx.h"
#include "onnx.pb-c.h"
#include "support/check.h"
#include "support/io_faults.h"
#include "support/temporary.h"
#include "support/tolerances.h"

enum { IMAGES = 6, WIDEST = 784 };

static fm_weights *create(fm_architecture architecture) {
    fm_weights *weights = NULL;
    fm_error error = {0};
    CHECK_OK(fm_weights_create(&weights, &architecture, &error), &error);
    fm_weights_randomize(weights, 4);
    for (size_t i = 0; i < architecture.hidden_count; i++)
        if (fm_weights_slope(weights, i))
            *fm_weights_slope(weights, i) = i % 2 ? 0.75f : -0.5f; /* a different slope in each
                                                                    * layer */
    return weights;
}

static fm_architecture small(enum fm_activation activation) {
    return (fm_architecture){
        .inputs = 7, .outputs = 3, .hidden_count = 2, .hidden = {5, 4}, .activation = activation};
}

static FmOnnx__Model *write_and_read(void **state, const fm_weights *weights) {
    const char *path = temporary_path(*state, "model.onnx");
    fm_error error = {0};
    size_t size;
    CHECK_OK(fm_onnx_write(weights, path, &error), &error);
    unsigned char *bytes = temporary_read(path, &size);
    FmOnnx__Model *model = fm_onnx__model__unpack(NULL, size, bytes);
    assert_non_null(model);
    free(bytes);
    return model;
}

/* ---- Outputs of the model ---- */

static const FmOnnx__Tensor *tensor_of(const FmOnnx__Graph *graph, const char *name) {
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (!strcmp(graph->initializer[i]->name, name))
            return graph->initializer[i];
    fail_msg("there is no tensor %s", name);
    return NULL;
}

static const float *values_of(const FmOnnx__Tensor *tensor) {
    return (const float *)(const void *)tensor->raw_data.data;
}

static size_t gemm(float *x, size_t width, const FmOnnx__Graph *graph, const FmOnnx__Node *node) {
    const FmOnnx__Tensor *w = tensor_of(graph, node->input[1]);
    const FmOnnx__Tensor *b = tensor_of(graph, node->input[2]);
    float y[WIDEST];
    assert_int_equal(node->n_attribute, 1);
    assert_string_equal(node->attribute[0]->name, "transB");
    assert_int_equal(node->attribute[0]->type, FM_ONNX__ATTRIBUTE__TYPE__INT);
    assert_int_equal(node->attribute[0]->i, 1);
    assert_int_equal(w->n_dims, 2);
    assert_int_equal(b->n_dims, 1);
    assert_int_equal(w->dims[0], b->dims[0]);
    assert_int_equal(w->dims[1], width);
    for (size_t o = 0; o < b->raw_data.len / sizeof *x; o++) {
        double sum = (double)values_of(b)[o];
        for (size_t i = 0; i < width; i++)
            sum += (double)x[i] * (double)values_of(w)[o * width + i];
        y[o] = (float)sum;
    }
    memcpy(x, y, b->raw_data.len);
    return b->raw_data.len / sizeof *x;
}

/* f(z) for z <= 0; for Div, for every z. */
static float elementwise(float z, const FmOnnx__Graph *graph, const FmOnnx__Node *node) {
    if (!strcmp(node->op_type, "Div"))
        return z / values_of(tensor_of(graph, node->input[1]))[0];
    if (z > 0)
        return z;
    if (!strcmp(node->op_type, "PRelu"))
        return z * values_of(tensor_of(graph, node->input[1]))[0];
    if (!strcmp(node->op_type, "Elu")) {
        assert_string_equal(node->attribute[0]->name, "alpha");
        assert_int_equal(node->attribute[0]->type, FM_ONNX__ATTRIBUTE__TYPE__FLOAT);
        return node->attribute[0]->f * expm1f(z);
    }
    assert_string_equal(node->op_type, "Relu");
    return 0;
}

/* Runs the nodes in order, each on the value that it names as input. */
static void run_graph(float *out, const FmOnnx__Graph *graph, const uint8_t *pixels) {
    size_t width = (size_t)graph->input[0]->type->tensor_type->shape->dim[1]->dim_value;
    const char *value = graph->input[0]->name;
    float x[WIDEST];
    for (size_t i = 0; i < width; i++)
        x[i] = pixels[i];
    for (size_t n = 0; n < graph->n_node; n++) {
        const FmOnnx__Node *node = graph->node[n];
        assert_string_equal(node->input[0], value);
        assert_int_equal(node->n_output, 1);
        if (!strcmp(node->op_type, "Gemm"))
            width = gemm(x, width, graph, node);
        else
            for (size_t i = 0; i < width; i++)
                x[i] = elementwise(x[i], graph, node);
        value = node->output[0];
    }
    assert_string_equal(value, graph->output[0]->name);
    memcpy(out, x, width * sizeof *out);
}

static void network_logits(float *out, const fm_weights *weights, const fm_images *images) {
    fm_error error = {0};
    fm_device_list *list;
    fm_device *device;
    fm_network *network;
    const fm_device_info *info;
    CHECK_OK(fm_device_list_create(&list, &error), &error);
    CHECK_OK(fm_device_list_choose(&info, list, "reference", &error), &error);
    CHECK_OK(fm_device_open(&device, list, info->number, FM_GEMM_AUTO, &error), &error);
    CHECK_OK(fm_network_create(&network, device, weights, IMAGES, NULL, &error), &error);
    CHECK_OK(fm_network_predict(out, network, images, &error), &error);
    fm_network_free(network);
    fm_device_close(device);
    fm_device_list_free(list);
}

static void computes_the_same(void **state, fm_architecture architecture) {
    uint8_t pixels[IMAGES * WIDEST];
    float logits[IMAGES * FM_CLASSES], expected[IMAGES * FM_CLASSES];
    const size_t inputs = architecture.inputs, outputs = architecture.outputs;
    for (size_t i = 0; i < IMAGES * inputs; i++)
        pixels[i] = (uint8_t)(i * 37 % 256);
    fm_weights *weights = create(architecture);
    FmOnnx__Model *model = write_and_read(state, weights);
    for (size_t i = 0; i < IMAGES; i++)
        run_graph(logits + i * outputs, model->graph, pixels + i * inputs);
    const fm_images images = {.count = IMAGES, .pixels = inputs, .image = pixels};
    network_logits(expected, weights, &images);
    /* Each layer adds its rounding error. */
    const double tolerance = (double)(architecture.hidden_count + 1) *
                             (TOLERANCE_PRODUCT(inputs) + TOLERANCE_ELEMENTWISE);
    check_close(logits, expected, IMAGES * outputs, tolerance, "%s, %zu hidden layers",
                fm_activation_name(architecture.activation), architecture.hidden_count);
    fm_onnx__model__free_unpacked(model, NULL);
    fm_weights_free(weights);
}

static void test_same_outputs(void **state) {
    for (int activation = FM_IDENTITY; activation <= FM_ELU; activation++)
        computes_the_same(state, small((enum fm_activation)activation));
    fm_architecture dropping = small(FM_PRELU);
    dropping.dropout_count = 1;
    dropping.dropout[0] = 0.5;
    computes_the_same(state, dropping);
    fm_architecture linear = small(FM_PRELU);
    linear.hidden_count = 0;
    computes_the_same(state, linear);
    fm_architecture whole = small(FM_RELU);
    whole.inputs = FM_PIXELS;
    whole.outputs = FM_CLASSES;
    computes_the_same(state, whole);
    fm_architecture deepest = {.inputs = 2, .outputs = 1, .hidden_count = FM_MAX_HIDDEN};
    deepest.activation = FM_PRELU;
    for (size_t i = 0; i < FM_MAX_HIDDEN; i++)
        deepest.hidden[i] = 2;
    computes_the_same(state, deepest);
}

/* ---- Metadata ---- */

static void check_matrix(const FmOnnx__ValueInfo *value, const char *name, int64_t width) {
    assert_string_equal(value->name, name);
    assert_int_equal(value->type->value_case, FM_ONNX__TYPE__VALUE_TENSOR_TYPE);
    const FmOnnx__Type__Tensor *tensor = value->type->tensor_type;
    assert_int_equal(tensor->elem_type, FM_ONNX__TENSOR__DATA_TYPE__FLOAT);
    assert_int_equal(tensor->shape->n_dim, 2);
    assert_int_equal(tensor->shape->dim[0]->value_case, FM_ONNX__SHAPE__DIMENSION__VALUE_DIM_PARAM);
    assert_string_equal(tensor->shape->dim[0]->dim_param, "batch");
    assert_int_equal(tensor->shape->dim[1]->dim_value, width);
}

static const char *metadata(const FmOnnx__Model *model, const char *key) {
    for (size_t i = 0; i < model->n_metadata_props; i++)
        if (!strcmp(model->metadata_props[i]->key, key))
            return model->metadata_props[i]->value;
    return "";
}

static void test_versions_names_and_metadata(void **state) {
    static const char *const names[] = {"white", "weight0", "bias0",   "slope1", "weight2",
                                        "bias2", "slope3",  "weight4", "bias4"};
    static const char *const operations[] = {"Div", "Gemm", "PRelu", "Gemm", "PRelu", "Gemm"};
    fm_architecture architecture = small(FM_PRELU);
    architecture.outputs = FM_CLASSES;
    fm_weights *weights = create(architecture);
    FmOnnx__Model *model = write_and_read(state, weights);
    const FmOnnx__Graph *graph = model->graph;
    assert_int_equal(model->ir_version, 8);
    assert_int_equal(model->n_opset_import, 1);
    assert_string_equal(model->opset_import[0]->domain, "");
    assert_int_equal(model->opset_import[0]->version, 17);
    assert_string_equal(model->producer_name, "fmnist-cl");
    assert_int_equal(graph->n_input, 1);
    assert_int_equal(graph->n_output, 1);
    check_matrix(graph->input[0], "pixels", 7);
    check_matrix(graph->output[0], "logits", FM_CLASSES);
    assert_int_equal(graph->n_initializer, sizeof names / sizeof *names);
    for (size_t i = 0; i < graph->n_initializer; i++)
        assert_string_equal(graph->initializer[i]->name, names[i]);
    assert_int_equal(graph->n_node, sizeof operations / sizeof *operations);
    for (size_t i = 0; i < graph->n_node; i++)
        assert_string_equal(graph->node[i]->op_type, operations[i]);
    assert_memory_equal(values_of(tensor_of(graph, "weight2")), fm_weights_matrix(weights, 1),
                        20 * sizeof(float));
    assert_string_equal(metadata(model, "activation"), "prelu");
    assert_string_equal(metadata(model, "architecture"), "7-5-4-10");
    assert_string_equal(metadata(model, "class_names"),
                        "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,"
                        "Ankle boot");
    fm_onnx__model__free_unpacked(model, NULL);
    fm_weights_free(weights);
}

/* ---- Invalid models ---- */

static void test_too_large_for_the_format(void **state) {
    fm_architecture architecture = {.inputs = 784, .outputs = 10, .hidden_count = 9};
    for (size_t i = 0; i < 9; i++)
        architecture.hidden[i] = FM_MAX_WIDTH;
    fm_weights *weights = NULL;
    fm_error error = {0};
    /* 2.2 GB of virtual memory, never touched. */
    if (fm_weights_create(&weights, &architecture, NULL)) {
        print_message("skipped: no address space for so large a network\n");
        skip();
    }
    const char *path = temporary_path(*state, "large.onnx");
    assert_int_equal(fm_onnx_write(weights, path, &error), FM_E_ARGUMENT);
    assert_string_equal(error.what, path);
    CHECK_SAYS(error.why, "parameters are more than the 2 GiB of an ONNX file");
    CHECK_SAYS(error.hint, ".safetensors");
    assert_int_equal(temporary_count(*state), 0);
    fm_weights_free(weights);
}

static void test_every_call_fails(void **state) {
    static const enum io_call calls[] = {IO_CALLOC, IO_WRITE, IO_RENAME};
    fm_weights *weights = create(small(FM_PRELU));
    const char *path = temporary_path(*state, "model.onnx");
    for (size_t i = 0; i < 3; i++)
        for (int number = 1, failed = 1; failed; number++) {
            size_t size;
            temporary_write(path, "earlier", 7);
            io_faults_arm(calls[i], number);
            failed = io_faults_failed(calls[i], fm_onnx_write(weights, path, NULL));
            free(temporary_read(path, &size));
            assert_int_equal(temporary_count(*state), 1);
            assert_true(failed ? size == 7 : number > 1 && size > 7);
        }
    fm_weights_free(weights);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_same_outputs),
        TEST(test_versions_names_and_metadata),
        TEST(test_too_large_for_the_format),
        TEST(test_every_call_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
