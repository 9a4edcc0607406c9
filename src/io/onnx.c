/* Builds an ONNX model: one node per operation, in the order of computation. */
#include "fmnist_cl/onnx.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/version.h"
#include "io/file.h"
#include "nn/stack.h"
#include "onnx.pb-c.h"

enum {
    IR_VERSION = 8,
    OPSET = 17,
    NAME_SIZE = 32,
    TEXT_SIZE = 512,
    MAX_INPUTS = 3,
    MAX_RANK = 2,
    MAX_NODES = 2 * (FM_MAX_HIDDEN + 1), /* the scale node; a linear and an activation node
                                          * per hidden layer; the last linear node */
    MAX_TENSORS =
        1 + 3 * (FM_MAX_HIDDEN + 1), /* the constant 255; matrix, bias and slope per layer */
    METADATA_COUNT = 3,
    MOST_BYTES = INT32_MAX, /* protobuf's limit for a message */
};

/* protobuf-c messages refer to their parts by pointers. So each struct here holds a message
 * together with the parts that it points to. protobuf-c lacks const, but only reads the strings and
 * values. */

typedef struct onnx_tensor {
    FmOnnx__Tensor message;
    int64_t dims[MAX_RANK];
    char name[NAME_SIZE];
} onnx_tensor;

typedef struct onnx_node {
    FmOnnx__Node message;
    FmOnnx__Attribute attribute, *attributes[1];
    char *inputs[MAX_INPUTS], *outputs[1];
    char name[NAME_SIZE]; /* of the node, and of its output unless that is the model's */
} onnx_node;

/* A float matrix [batch, width]: the input or output of the model. */
typedef struct onnx_value {
    FmOnnx__ValueInfo message;
    FmOnnx__Type type;
    FmOnnx__Type__Tensor tensor;
    FmOnnx__Shape shape;
    FmOnnx__Shape__Dimension sides[2], *dimensions[2];
} onnx_value;

typedef struct onnx_model {
    FmOnnx__Model message;
    FmOnnx__OperatorSet opset, *opsets[1];
    FmOnnx__Entry metadata[METADATA_COUNT], *metadata_list[METADATA_COUNT];
    char architecture[TEXT_SIZE], class_names[TEXT_SIZE];
    FmOnnx__Graph graph;
    onnx_value input, output;
    FmOnnx__ValueInfo *inputs[1], *outputs[1];
    onnx_node nodes[MAX_NODES];
    FmOnnx__Node *node_list[MAX_NODES];
    onnx_tensor tensors[MAX_TENSORS];
    FmOnnx__Tensor *tensor_list[MAX_TENSORS];
} onnx_model;

/* ---- Parts of a model ---- */

/* Adds a tensor of rank 0, 1 or 2: dimensions of 0 are omitted. Returns its name. */
static char *add_tensor(onnx_model *model, const char *name, const float *values, size_t rows,
                        size_t columns) {
    onnx_tensor *tensor = &model->tensors[model->graph.n_initializer];
    fm_onnx__tensor__init(&tensor->message);
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->dims[0] = (int64_t)rows;
    tensor->dims[1] = (int64_t)columns;
    tensor->message.name = tensor->name;
    tensor->message.n_dims = (size_t)(rows > 0) + (size_t)(columns > 0);
    tensor->message.dims = tensor->dims;
    tensor->message.data_type = FM_ONNX__TENSOR__DATA_TYPE__FLOAT;
    tensor->message.raw_data.len = (rows ? rows : 1) * (columns ? columns : 1) * sizeof *values;
    tensor->message.raw_data.data = (uint8_t *)values;
    model->tensor_list[model->graph.n_initializer++] = &tensor->message;
    return tensor->name;
}

/* Adds a node whose input is the previous node's output. */
static onnx_node *add_node(onnx_model *model, const char *operation, const char *name) {
    size_t index = model->graph.n_node++;
    onnx_node *node = &model->nodes[index];
    fm_onnx__node__init(&node->message);
    snprintf(node->name, sizeof node->name, "%s", name);
    node->inputs[0] = index == 0 ? model->input.message.name : model->nodes[index - 1].outputs[0];
    node->outputs[0] = node->name;
    node->attributes[0] = &node->attribute;
    node->message.name = node->name;
    node->message.op_type = (char *)operation;
    node->message.n_input = 1;
    node->message.input = node->inputs;
    node->message.n_output = 1;
    node->message.output = node->outputs;
    node->message.attribute = node->attributes;
    model->node_list[index] = &node->message;
    return node;
}

static void add_input(onnx_node *node, char *tensor) {
    node->inputs[node->message.n_input++] = tensor;
}

static FmOnnx__Attribute *add_attribute(onnx_node *node, const char *name) {
    fm_onnx__attribute__init(&node->attribute);
    node->attribute.name = (char *)name;
    node->message.n_attribute = 1;
    return &node->attribute;
}

static void describe(onnx_value *value, const char *name, size_t width) {
    fm_onnx__value_info__init(&value->message);
    fm_onnx__type__init(&value->type);
    fm_onnx__type__tensor__init(&value->tensor);
    fm_onnx__shape__init(&value->shape);
    for (size_t i = 0; i < 2; i++) {
        fm_onnx__shape__dimension__init(&value->sides[i]);
        value->dimensions[i] = &value->sides[i];
    }
    value->sides[0].value_case = FM_ONNX__SHAPE__DIMENSION__VALUE_DIM_PARAM;
    value->sides[0].dim_param = (char *)"batch";
    value->sides[1].value_case = FM_ONNX__SHAPE__DIMENSION__VALUE_DIM_VALUE;
    value->sides[1].dim_value = (int64_t)width;
    value->shape.n_dim = 2;
    value->shape.dim = value->dimensions;
    value->tensor.elem_type = FM_ONNX__TENSOR__DATA_TYPE__FLOAT;
    value->tensor.shape = &value->shape;
    value->type.value_case = FM_ONNX__TYPE__VALUE_TENSOR_TYPE;
    value->type.tensor_type = &value->tensor;
    value->message.name = (char *)name;
    value->message.type = &value->type;
}

static void add_metadata(onnx_model *model, const char *key, const char *value) {
    FmOnnx__Entry *entry = &model->metadata[model->message.n_metadata_props];
    fm_onnx__entry__init(entry);
    entry->key = (char *)key;
    entry->value = (char *)value;
    model->metadata_list[model->message.n_metadata_props++] = entry;
}

/* ---- The network ---- */

/* "linear2", "weight2": what stands there, and the number of its module in PyTorch's nn.Sequential.
 * ONNX requires C identifiers, and converters that generate code depend on it. */
static void name_module(char out[NAME_SIZE], size_t module, const char *what) {
    snprintf(out, NAME_SIZE, "%s%zu", what, module);
}

/* y = x W^T + b, with PyTorch's layout of W. */
static void add_linear(onnx_model *model, fm_weights *weights, size_t layer, size_t outputs,
                       size_t inputs) {
    const size_t module = fm_architecture_module(fm_weights_architecture(weights), layer);
    char name[NAME_SIZE];
    name_module(name, module, "linear");
    onnx_node *node = add_node(model, "Gemm", name);
    name_module(name, module, "weight");
    add_input(node, add_tensor(model, name, fm_weights_matrix(weights, layer), outputs, inputs));
    name_module(name, module, "bias");
    add_input(node, add_tensor(model, name, fm_weights_bias(weights, layer), outputs, 0));
    FmOnnx__Attribute *transposed = add_attribute(node, "transB");
    transposed->type = FM_ONNX__ATTRIBUTE__TYPE__INT;
    transposed->i = 1;
}

static void add_activation(onnx_model *model, fm_weights *weights, size_t layer) {
    static const char *const operations[] = {
        [FM_RELU] = "Relu", [FM_PRELU] = "PRelu", [FM_ELU] = "Elu"};
    const fm_architecture *architecture = fm_weights_architecture(weights);
    const enum fm_activation activation = architecture->activation;
    const size_t module = fm_architecture_module(architecture, layer) + 1;
    char name[NAME_SIZE];
    if (activation == FM_IDENTITY)
        return;
    name_module(name, module, fm_activation_name(activation));
    onnx_node *node = add_node(model, operations[activation], name);
    if (activation == FM_PRELU) {
        name_module(name, module, "slope");
        add_input(node, add_tensor(model, name, fm_weights_slope(weights, layer), 1, 0));
    } else if (activation == FM_ELU) {
        FmOnnx__Attribute *alpha = add_attribute(node, "alpha");
        alpha->type = FM_ONNX__ATTRIBUTE__TYPE__FLOAT;
        alpha->f = 1;
    }
}

static void build_graph(onnx_model *model, fm_weights *weights) {
    static const float white = 255;
    const fm_architecture *architecture = fm_weights_architecture(weights);
    fm_onnx__graph__init(&model->graph);
    describe(&model->input, "pixels", architecture->inputs);
    describe(&model->output, "logits", architecture->outputs);
    add_input(add_node(model, "Div", "scaled"), add_tensor(model, "white", &white, 0, 0));
    size_t inputs = architecture->inputs;
    for (size_t layer = 0; layer < architecture->hidden_count; layer++) {
        add_linear(model, weights, layer, architecture->hidden[layer], inputs);
        add_activation(model, weights, layer);
        inputs = architecture->hidden[layer];
    }
    add_linear(model, weights, architecture->hidden_count, architecture->outputs, inputs);
    model->nodes[model->graph.n_node - 1].outputs[0] = model->output.message.name;

    model->inputs[0] = &model->input.message;
    model->outputs[0] = &model->output.message;
    model->graph.name = (char *)"network";
    model->graph.node = model->node_list;
    model->graph.initializer = model->tensor_list;
    model->graph.n_input = model->graph.n_output = 1;
    model->graph.input = model->inputs;
    model->graph.output = model->outputs;
}

static void build_model(onnx_model *model, fm_weights *weights) {
    const fm_architecture *architecture = fm_weights_architecture(weights);
    fm_onnx__model__init(&model->message);
    fm_onnx__operator_set__init(&model->opset);
    build_graph(model, weights);
    model->opset.version = OPSET;
    model->opsets[0] = &model->opset;
    model->message.ir_version = IR_VERSION;
    model->message.producer_name = (char *)"fmnist-cl";
    model->message.producer_version = (char *)FM_VERSION;
    model->message.doc_string = (char *)"pixels: grey, row by row, 0 is black and 255 white";
    model->message.graph = &model->graph;
    model->message.n_opset_import = 1;
    model->message.opset_import = model->opsets;
    model->message.metadata_props = model->metadata_list;
    fm_architecture_text(model->architecture, sizeof model->architecture, architecture);
    add_metadata(model, "activation", fm_activation_name(architecture->activation));
    add_metadata(model, "architecture", model->architecture);
    if (architecture->outputs == FM_CLASSES) {
        size_t at = 0;
        for (unsigned i = 0; i < FM_CLASSES; i++)
            at += (size_t)snprintf(model->class_names + at, sizeof model->class_names - at, "%s%s",
                                   i ? "," : "", fm_dataset_class_name(i));
        add_metadata(model, "class_names", model->class_names);
    }
}

int fm_onnx_write(const fm_weights *weights, const char *path, fm_error *error) {
    const size_t parameters = fm_architecture_parameter_count(fm_weights_architecture(weights));
    onnx_model *model = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    int status = fm_memory_allocate(&model, 1, sizeof *model, path, error);
    if (status)
        return status;
    build_model(model, (fm_weights *)weights); /* only reads the weights, through pointers that are
                                                * not const */
    if (parameters <= MOST_BYTES / sizeof(float))
        size = fm_onnx__model__get_packed_size(&model->message);
    if (size == 0 || size > MOST_BYTES) {
        status = fm_error_set(error, FM_E_ARGUMENT, path,
                              "%zu parameters are more than the 2 GiB of an ONNX file can hold",
                              parameters);
        fm_error_hint(error, "a .safetensors file can hold them");
        goto out;
    }
    status = fm_memory_allocate(&bytes, size, 1, path, error);
    if (!status) {
        const fm_file_part part = {bytes, fm_onnx__model__pack(&model->message, bytes)};
        status = fm_file_write(path, &part, 1, error);
    }
out:
    free(bytes);
    free(model);
    return status;
}
