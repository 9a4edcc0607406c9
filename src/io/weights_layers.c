#include "io/weights_layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "io/weights_names.h"

#define WANTED                                                                                     \
    "linear layers have tensors such as '0.weight' [outputs, inputs] and '0.bias' [outputs], "     \
    "numbered in their order; in PyTorch: safetensors.torch.save_file(Sequential.state_dict(), "   \
    "FILE)"

enum { MOST_LAYERS = FM_MAX_HIDDEN + 1 };

/* A module with a matrix, or of PReLU with a slope. */
typedef struct module {
    const fm_tensor *weight, *bias;
    char name[FM_MODULE_SIZE];
} module;

typedef struct finder {
    const fm_safetensors *file;
    const char *path;
    fm_error *error;
    size_t layer_count, slope_count, kernels, ignored;
    module layers[MOST_LAYERS], slopes[FM_MAX_HIDDEN]; /* each sorted by fm_module_compare */
} finder;

/* ---- Messages ---- */

static void write_shape(char out[64], const fm_tensor *tensor) {
    size_t length = (size_t)snprintf(out, 64, "[");
    for (size_t i = 0; i < tensor->rank && length < 64; i++)
        length +=
            (size_t)snprintf(out + length, 64 - length, "%s%zu", i ? ", " : "", tensor->shape[i]);
    if (length < 64)
        snprintf(out + length, 64 - length, "]");
}

/* What a tensor that is not of a linear layer may belong to, by a part of its name. */
static const struct {
    const char *part, *what, *hint;
} others[] = {
    {"running_mean", "a batch normalization, which this program does not have", NULL},
    {"running_var", "a batch normalization, which this program does not have", NULL},
    {"weight_g", "a weight normalization", "torch.nn.utils.remove_weight_norm first"},
    {"weight_v", "a weight normalization", "torch.nn.utils.remove_weight_norm first"},
    {"parametrizations", "a parametrization",
     "torch.nn.utils.parametrize.remove_parametrizations first"},
    {"weight_orig", "pruning", "torch.nn.utils.prune.remove first"},
    {"weight_mask", "pruning", "torch.nn.utils.prune.remove first"},
    {"_packed", "a quantized network", "save the network as it was before quantization"},
    {"scale", "a quantized network or a normalization", NULL},
    {"lora_", "a LoRA adapter", "merge it first: merge_and_unload()"},
};

static int refuse_tensor(const finder *f, const fm_tensor *tensor) {
    char shape[64];
    write_shape(shape, tensor);
    for (size_t i = 0; i < FM_COUNT(others); i++)
        if (strstr(tensor->name, others[i].part)) {
            fm_error_set(f->error, FM_E_FORMAT, f->path, "tensor '%.80s' belongs to %s",
                         tensor->name, others[i].what);
            fm_error_hint(f->error, "%s", others[i].hint ? others[i].hint : WANTED);
            return FM_E_FORMAT;
        }
    const char *reason = "";
    if (tensor->rank == 4 && tensor->count > 1)
        reason = ": is it a convolution's?";
    else if (tensor->rank == 1 && tensor->count > 1)
        reason = ": is it a normalization's, or a PReLU's with a slope per node?";
    fm_error_set(f->error, FM_E_FORMAT, f->path,
                 "tensor '%.80s' of shape %s does not belong to any linear layer%s", tensor->name,
                 shape, reason);
    fm_error_hint(f->error, WANTED);
    return FM_E_FORMAT;
}

static int refuse_shape(const finder *f, const fm_tensor *tensor, const char *wanted) {
    char shape[64];
    write_shape(shape, tensor);
    fm_error_set(f->error, FM_E_FORMAT, f->path, "tensor '%.80s' has shape %s; expected %s",
                 tensor->name, shape, wanted);
    fm_error_hint(f->error, WANTED);
    return FM_E_FORMAT;
}

/* ---- Tensors to modules ---- */

static int check_type(const finder *f, const fm_tensor *tensor) {
    if (tensor->type < FM_TENSOR_FLOATS)
        return FM_OK;
    fm_error_set(f->error, FM_E_FORMAT, f->path,
                 "tensor '%.80s' is %s; expected F32, F16, BF16 or F64", tensor->name,
                 fm_tensor_type_name(tensor->type));
    fm_error_hint(f->error, "save the network as it was before quantization");
    return FM_E_FORMAT;
}

static int check_matrix(const finder *f, const fm_tensor *tensor) {
    for (size_t i = 0; i < 2; i++)
        if (tensor->shape[i] < 1 || tensor->shape[i] > FM_MAX_WIDTH)
            return refuse_shape(f, tensor, "[1 to 8192, 1 to 8192]");
    return check_type(f, tensor);
}

/* Inserts a module so that the list stays sorted. */
static int insert(const finder *f, module *list, size_t *count, size_t most, const char *name,
                  const fm_tensor *weight) {
    size_t place = *count;
    int is_same_series;
    if (*count == most)
        return fm_error_set(f->error, FM_E_FORMAT, f->path, "it has more than %d hidden layers",
                            FM_MAX_HIDDEN);
    for (; place > 0 && fm_module_compare(&is_same_series, list[place - 1].name, name) > 0; place--)
        list[place] = list[place - 1];
    list[place] = (module){.weight = weight};
    snprintf(list[place].name, sizeof list[place].name, "%s", name);
    (*count)++;
    return FM_OK;
}

/* Sorts a tensor that is no bias: a matrix, a slope, or a counter, which is ignored. */
static int place_weight(finder *f, const fm_tensor *tensor, enum fm_tensor_role role,
                        const char *name) {
    const int is_scalar = tensor->count == 1 && tensor->rank <= 1;
    if (is_scalar && tensor->type >= FM_TENSOR_FLOATS) {
        f->ignored++;
        return FM_OK;
    }
    const int is_weight = role == FM_ROLE_WEIGHT || role == FM_ROLE_KERNEL;
    if (is_weight && tensor->rank == 2) {
        f->kernels += role == FM_ROLE_KERNEL;
        int status = check_matrix(f, tensor);
        return status ? status : insert(f, f->layers, &f->layer_count, MOST_LAYERS, name, tensor);
    }
    if (is_weight && is_scalar)
        return insert(f, f->slopes, &f->slope_count, FM_MAX_HIDDEN, name, tensor);
    return refuse_tensor(f, tensor);
}

static int place_bias(finder *f, const fm_tensor *tensor, const char *name) {
    for (size_t i = 0; i < f->layer_count; i++)
        if (!strcmp(f->layers[i].name, name) && !f->layers[i].bias) {
            f->layers[i].bias = tensor;
            return check_type(f, tensor);
        }
    return refuse_tensor(f, tensor);
}

static int place_tensors(finder *f, int only_ours) {
    char name[FM_MODULE_SIZE];
    int status = FM_OK;
    for (int biases = 0; biases <= 1; biases++)
        for (size_t i = 0; !status && i < fm_safetensors_count(f->file); i++) {
            const fm_tensor *tensor = fm_safetensors_get(f->file, i);
            const enum fm_tensor_role role = fm_tensor_role_of(name, tensor->name);
            if ((only_ours && !fm_tensor_name_is_ours(tensor->name)) ||
                (role == FM_ROLE_BIAS) != biases)
                continue;
            status = biases ? place_bias(f, tensor, name) : place_weight(f, tensor, role, name);
        }
    return status;
}

/* ---- The order of the layers ---- */

/* A search for the orders in which each layer's outputs are the next one's inputs and series of
 * numbers are kept. It stops when it has found two. */
typedef struct search {
    const module *layers;
    size_t count, found, steps;
    int is_transposed;
    int is_used[MOST_LAYERS];
    size_t order[MOST_LAYERS], first[MOST_LAYERS]; /* this one, and the first one found */
} search;

enum { MOST_STEPS = 100000 };

static size_t outputs_of(const search *s, size_t layer) {
    return s->layers[layer].weight->shape[s->is_transposed ? 1 : 0];
}

static size_t inputs_of(const search *s, size_t layer) {
    return s->layers[layer].weight->shape[s->is_transposed ? 0 : 1];
}

/* Whether a layer of the same series must come before it. */
static int is_too_early(const search *s, size_t layer) {
    int is_same_series = 0;
    for (size_t i = 0; i < layer; i++)
        if (!s->is_used[i] &&
            fm_module_compare(&is_same_series, s->layers[i].name, s->layers[layer].name) < 0 &&
            is_same_series)
            return 1;
    return 0;
}

static int can_follow(const search *s, size_t depth, size_t layer) {
    return !s->is_used[layer] &&
           (!depth || outputs_of(s, s->order[depth - 1]) == inputs_of(s, layer)) &&
           !is_too_early(s, layer);
}

/* Tries every order, depth by depth, until two are found. */
static void try_orders(search *s) {
    size_t depth = 0, next = 0; /* the layer to try at this depth */
    while (s->found < 2) {
        if (depth == s->count && s->found++ == 0)
            memcpy(s->first, s->order, sizeof s->first);
        while (depth < s->count && next < s->count && !can_follow(s, depth, next))
            next++;
        if (depth < s->count && next < s->count) {
            if (s->steps++ == MOST_STEPS)
                s->found = 2; /* as good as ambiguous */
            s->is_used[next] = 1;
            s->order[depth++] = next;
            next = 0;
        } else if (depth) {
            next = s->order[--depth];
            s->is_used[next++] = 0;
        } else {
            return;
        }
    }
}

/* The bias that does not fit its matrix; NULL: all fit. */
static const module *wrong_bias(const search *s) {
    for (size_t i = 0; i < s->count; i++) {
        const fm_tensor *bias = s->layers[i].bias;
        if (bias && (bias->rank != 1 || bias->count != outputs_of(s, i)))
            return &s->layers[i];
    }
    return NULL;
}

static search search_orders(const finder *f, int is_transposed) {
    search s = {.layers = f->layers, .count = f->layer_count, .is_transposed = is_transposed};
    if (!wrong_bias(&s))
        try_orders(&s);
    return s;
}

/* Neither orientation has an order. */
static int refuse_order(const finder *f) {
    const search s = {
        .layers = f->layers, .count = f->layer_count, .is_transposed = f->kernels > 0};
    char wanted[32];
    const module *wrong = wrong_bias(&s);
    if (wrong) {
        snprintf(wanted, sizeof wanted, "[%zu]", outputs_of(&s, (size_t)(wrong - f->layers)));
        return refuse_shape(f, wrong->bias, wanted);
    }
    for (size_t i = 1; i < f->layer_count; i++)
        if (inputs_of(&s, i) != outputs_of(&s, i - 1)) {
            snprintf(wanted, sizeof wanted, s.is_transposed ? "[%zu, outputs]" : "[outputs, %zu]",
                     outputs_of(&s, i - 1));
            return refuse_shape(f, f->layers[i].weight, wanted);
        }
    return fm_error_set(f->error, FM_E_FORMAT, f->path, "its layers have no order");
}

static int refuse_ambiguous(const finder *f) {
    fm_error_set(f->error, FM_E_FORMAT, f->path,
                 "names and shapes of its %zu layers ('%.60s', '%.60s' ...) allow several orders",
                 f->layer_count, f->layers[0].weight->name,
                 f->layers[f->layer_count > 1].weight->name);
    fm_error_hint(f->error, WANTED);
    return FM_E_FORMAT;
}

static void take_order(fm_weights_layers *out, const search *s) {
    out->is_transposed = s->is_transposed;
    out->count = s->count;
    for (size_t i = 0; i < s->count; i++) {
        const size_t layer = s->first[i];
        out->layer[i] = (fm_weights_layer){.matrix = s->layers[layer].weight,
                                           .bias = s->layers[layer].bias,
                                           .inputs = inputs_of(s, layer),
                                           .outputs = outputs_of(s, layer)};
    }
}

static int order_layers(fm_weights_layers *out, const finder *f) {
    search s = search_orders(f, f->kernels > 0);
    if (s.found == 0 && !f->kernels)
        s = search_orders(f, 1);
    if (s.found == 0)
        return refuse_order(f);
    if (s.found > 1)
        return refuse_ambiguous(f);
    take_order(out, &s);
    return FM_OK;
}

/* ---- Slopes ---- */

static int order_slopes(fm_weights_layers *out, const finder *f) {
    int is_same_series = 1;
    for (size_t i = 1; i < f->slope_count; i++)
        if (fm_module_compare(&is_same_series, f->slopes[i - 1].name, f->slopes[i].name) == 0 ||
            !is_same_series)
            return refuse_tensor(f, f->slopes[i].weight);
    const size_t hidden = out->count - 1;
    if (f->slope_count && (hidden == 0 || (f->slope_count > 1 && f->slope_count != hidden)))
        return refuse_tensor(f, f->slopes[0].weight);
    out->slope_count = f->slope_count;
    for (size_t i = 0; i < f->slope_count; i++)
        out->slope[i] = f->slopes[i].weight;
    return FM_OK;
}

/* ---- All ---- */

static int refuse_empty(const finder *f) {
    const fm_tensor *first = fm_safetensors_get(f->file, 0);
    fm_error_set(
        f->error, FM_E_FORMAT, f->path, "tensor '0.weight' is missing; it has %zu tensors%s%.80s",
        fm_safetensors_count(f->file), first ? ", such as " : "", first ? first->name : "");
    fm_error_hint(f->error, WANTED);
    return FM_E_FORMAT;
}

static int check_biases(const fm_weights_layers *layers, const finder *f) {
    for (size_t i = 0; i < layers->count; i++)
        if (!layers->layer[i].bias)
            return fm_error_set(f->error, FM_E_FORMAT, f->path,
                                "the bias of tensor '%s' is missing",
                                layers->layer[i].matrix->name);
    return FM_OK;
}

int fm_weights_layers_find(fm_weights_layers *out, const fm_safetensors *file, int only_ours,
                           const char *path, fm_error *error) {
    finder f = {.file = file, .path = path, .error = error};
    *out = (fm_weights_layers){.count = 0};
    int status = place_tensors(&f, only_ours);
    if (!status && f.layer_count == 0)
        status = refuse_empty(&f);
    if (!status)
        status = order_layers(out, &f);
    if (!status)
        status = order_slopes(out, &f);
    if (!status && only_ours)
        status = check_biases(out, &f);
    out->ignored = f.ignored;
    return status;
}
