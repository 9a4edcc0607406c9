/* A network's weights as a safetensors file with the names of a PyTorch nn.Sequential, whose
 * modules are the layers of the network's stack. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fmnist_cl/version.h"
#include "fmnist_cl/weights.h"
#include "io/safetensors.h"
#include "io/safetensors_write.h"
#include "io/weights_layers.h"
#include "io/weights_names.h"
#include "io/weights_tensors.h"
#include "nn/stack.h"
#include "settings/settings.h"

static fm_tensor_name name_with(const char *prefix, size_t module, const char *parameter) {
    fm_tensor_name name;
    snprintf(name.text, sizeof name.text, "%s%zu.%s", prefix, module, parameter);
    return name;
}

/* ---- Reading ---- */

/* Whether the metadata has a value for this setting: of those of the network all but the widths,
 * which the shapes give. */
static int is_in_metadata(const fm_option *row) {
    return (row->groups & FM_SETTINGS_NETWORK) &&
           row->offset != offsetof(fm_settings, architecture.hidden_count);
}

/* The settings in the metadata; those that it lacks have their defaults. */
static int read_settings(fm_architecture *out, const fm_safetensors *file, const char *path,
                         fm_error *error) {
    fm_settings settings;
    fm_settings_init(&settings);
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        const char *text = is_in_metadata(row) ? fm_safetensors_metadata(file, row->name) : NULL;
        if (text && fm_option_parse(&settings, row, text, NULL))
            return fm_error_set(error, FM_E_FORMAT, path, "its metadata has an unknown %s: '%.80s'",
                                row->name, text);
    }
    *out = settings.architecture;
    return FM_OK;
}

/* The activation is that in the metadata, else PReLU if there are slopes, else the given one. */
static int choose_activation(fm_architecture *out, int *is_assumed, const fm_safetensors *file,
                             const fm_weights_layers *layers, const enum fm_activation *given,
                             const char *path, fm_error *error) {
    const int is_told = fm_safetensors_metadata(file, "activation") != NULL;
    const int has_layers = layers->count > 1;
    *is_assumed = !is_told && !layers->slope_count && has_layers;
    if (!is_told && layers->slope_count)
        out->activation = FM_PRELU;
    else if (!is_told && given)
        out->activation = *given;
    if (out->activation == FM_PRELU && has_layers && !layers->slope_count) {
        fm_error_set(error, FM_E_FORMAT, path, "has no PReLU slopes: tensor '1.weight' is missing");
        fm_error_hint(error, "give its activation with --activation");
        return FM_E_FORMAT;
    }
    if (out->activation != FM_PRELU && layers->slope_count)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s' does not belong to any layer: with the activation %s "
                            "there are no slopes",
                            layers->slope[0]->name, fm_activation_name(out->activation));
    return FM_OK;
}

/* The network whose widths these layers have. */
static int read_architecture(fm_architecture *out, int *is_assumed, const fm_safetensors *file,
                             const fm_weights_layers *layers, const enum fm_activation *given,
                             const char *path, fm_error *error) {
    fm_error why;
    int status = read_settings(out, file, path, error);
    if (status)
        return status;
    out->inputs = layers->layer[0].inputs;
    out->outputs = layers->layer[layers->count - 1].outputs;
    out->hidden_count = layers->count - 1;
    for (size_t i = 0; i < out->hidden_count; i++)
        out->hidden[i] = layers->layer[i].outputs;
    status = choose_activation(out, is_assumed, file, layers, given, path, error);
    if (!status && fm_settings_check_network(out, &why))
        status = fm_error_set(error, FM_E_FORMAT, path, "its metadata has a wrong %s: %s", why.what,
                              why.why);
    return status;
}

/* Copies a tensor, as a matrix [rows][columns] or, if it is transposed, [columns][rows]. Its values
 * must be finite, also as floats. */
static int copy(float *out, const fm_tensor *tensor, size_t rows, size_t columns, int is_transposed,
                const char *path, fm_error *error) {
    for (size_t i = 0; i < tensor->count; i++) {
        const float value = fm_tensor_value(tensor, i);
        if (!isfinite(value))
            return fm_error_set(error, FM_E_FORMAT, path,
                                "tensor '%.80s': value %zu is %f; expected finite numbers",
                                tensor->name, i, (double)value);
        out[is_transposed ? i % rows * columns + i / rows : i] = value;
    }
    return FM_OK;
}

static int copy_layer(fm_weights *weights, const fm_weights_layers *layers, size_t index,
                      const char *path, fm_error *error) {
    const fm_weights_layer *layer = &layers->layer[index];
    float *slope = fm_weights_slope(weights, index);
    int status = copy(fm_weights_matrix(weights, index), layer->matrix, layer->outputs,
                      layer->inputs, layers->is_transposed, path, error);
    if (!status && layer->bias)
        status =
            copy(fm_weights_bias(weights, index), layer->bias, 1, layer->outputs, 0, path, error);
    if (!status && slope) /* one module may serve all layers */
        status =
            copy(slope, layers->slope[layers->slope_count > 1 ? index : 0], 1, 1, 0, path, error);
    return status;
}

static int read_weights(fm_weights **out, const fm_safetensors *file,
                        const fm_weights_layers *layers, const enum fm_activation *activation,
                        int *is_assumed, const char *path, fm_error *error) {
    fm_architecture architecture;
    int status =
        read_architecture(&architecture, is_assumed, file, layers, activation, path, error);
    if (!status)
        status = fm_weights_create(out, &architecture, error);
    for (size_t i = 0; !status && i < layers->count; i++)
        status = copy_layer(*out, layers, i, path, error);
    if (status) {
        fm_weights_free(*out);
        *out = NULL;
    }
    return status;
}

int fm_weights_read(fm_weights **out, const fm_safetensors *file, const char *path,
                    fm_error *error) {
    fm_weights_layers layers;
    int is_assumed;
    *out = NULL;
    int status = fm_weights_layers_find(&layers, file, 1, path, error);
    return status ? status : read_weights(out, file, &layers, NULL, &is_assumed, path, error);
}

/* ---- Files of other programs ---- */

static void add_note(fm_weights_origin *out, const char *text, const char *name) {
    const size_t length = strlen(out->note);
    snprintf(out->note + length, sizeof out->note - length, "%s%s%s", length ? "; " : "", text,
             name);
}

/* Says what differs from a file that this program writes. */
static void describe(fm_weights_origin *out, const fm_weights_layers *layers) {
    const fm_tensor *first = layers->layer[0].matrix;
    const fm_tensor *last = layers->layer[layers->count - 1].matrix;
    size_t without_bias = 0;
    for (size_t i = 0; i < layers->count; i++)
        without_bias += layers->layer[i].bias == NULL;
    if (!fm_tensor_name_is_ours(first->name)) {
        add_note(out, "the first layer is ", first->name);
        if (last != first)
            add_note(out, "the last is ", last->name);
    }
    if (layers->is_transposed)
        add_note(out, "matrices are transposed from [inputs, outputs]", "");
    if (without_bias)
        add_note(out,
                 without_bias == layers->count ? "it has no biases: they are 0"
                                               : "some layers have no bias: it is 0",
                 "");
    if (layers->slope_count == 1 && layers->count > 2)
        add_note(out, "all hidden layers have the slope ", layers->slope[0]->name);
    if (first->type == FM_TENSOR_F64)
        add_note(out, "F64 is rounded to F32", "");
    else if (first->type != FM_TENSOR_F32)
        add_note(out, "F32 holds its values exactly, which are ", fm_tensor_type_name(first->type));
    if (layers->ignored)
        add_note(out, "its counters are ignored", "");
}

static int refuse_checkpoint(const char *path, fm_error *error) {
    fm_error_set(error, FM_E_FORMAT, path, "is a checkpoint to resume a training from");
    fm_error_hint(error, "the weights are in last.safetensors and best.safetensors beside "
                         "it; to resume, give its folder to train --resume");
    return FM_E_FORMAT;
}

int fm_weights_load_as(fm_weights **out, fm_weights_origin *origin, const char *path,
                       const enum fm_activation *activation, fm_error *error) {
    fm_safetensors *file = NULL;
    fm_weights_layers layers;
    *out = NULL;
    *origin = (fm_weights_origin){.note = ""};
    int status = fm_safetensors_read(&file, path, error);
    if (!status && fm_safetensors_metadata(file, FM_CHECKPOINT_KEY))
        status = refuse_checkpoint(path, error);
    if (!status)
        status = fm_weights_layers_find(&layers, file, 0, path, error);
    if (!status)
        status =
            read_weights(out, file, &layers, activation, &origin->lacks_activation, path, error);
    if (!status)
        describe(origin, &layers);
    fm_safetensors_free(file);
    return status;
}

int fm_weights_load(fm_weights **out, const char *path, fm_error *error) {
    fm_weights_origin unused;
    return fm_weights_load_as(out, &unused, path, NULL, error);
}

/* ---- Weights with a prefix ---- */

static int has_shape(const fm_tensor *tensor, const fm_tensor *wanted) {
    return tensor->rank == wanted->rank &&
           !memcmp(tensor->shape, wanted->shape, tensor->rank * sizeof *tensor->shape);
}

int fm_weights_read_prefixed(fm_weights *out, const fm_safetensors *file, const char *prefix,
                             const char *path, fm_error *error) {
    fm_tensor wanted[FM_WEIGHTS_TENSORS];
    fm_tensor_name names[FM_WEIGHTS_TENSORS];
    size_t count = fm_weights_tensors(wanted, names, out, prefix);
    for (size_t i = 0; i < count; i++) {
        const fm_tensor *found = fm_safetensors_find(file, wanted[i].name);
        if (!found)
            return fm_error_set(error, FM_E_FORMAT, path, "tensor '%s' is missing", wanted[i].name);
        if (!has_shape(found, &wanted[i]))
            return fm_error_set(error, FM_E_FORMAT, path,
                                "tensor '%s' has a different shape than the weights",
                                wanted[i].name);
        if (found->type != FM_TENSOR_F32)
            return fm_error_set(error, FM_E_FORMAT, path, "tensor '%s' is %s; expected F32",
                                wanted[i].name, fm_tensor_type_name(found->type));
        /* Points into out, so it is writable. */
        memcpy((float *)wanted[i].values, found->values, found->count * sizeof(float));
    }
    return FM_OK;
}

/* ---- Writing ---- */

size_t fm_weights_tensors(fm_tensor out[FM_WEIGHTS_TENSORS],
                          fm_tensor_name names[FM_WEIGHTS_TENSORS], const fm_weights *weights,
                          const char *prefix) {
    const fm_architecture *architecture = fm_weights_architecture(weights);
    fm_weights *view = (fm_weights *)weights; /* only reads the weights, through pointers that are
                                               * not const */
    size_t count = 0, inputs = architecture->inputs;
    for (size_t layer = 0; layer <= architecture->hidden_count; layer++) {
        int is_hidden = layer < architecture->hidden_count;
        size_t outputs = is_hidden ? architecture->hidden[layer] : architecture->outputs;
        const size_t module = fm_architecture_module(architecture, layer);
        names[count] = name_with(prefix, module, "weight");
        out[count++] = (fm_tensor){.rank = 2,
                                   .shape = {outputs, inputs},
                                   .count = outputs * inputs,
                                   .values = fm_weights_matrix(view, layer)};
        names[count] = name_with(prefix, module, "bias");
        out[count++] = (fm_tensor){.rank = 1,
                                   .shape = {outputs},
                                   .count = outputs,
                                   .values = fm_weights_bias(view, layer)};
        names[count] = name_with(prefix, module + 1, "weight");
        if (fm_weights_slope(view, layer))
            out[count++] = (fm_tensor){
                .rank = 1, .shape = {1}, .count = 1, .values = fm_weights_slope(view, layer)};
        inputs = outputs;
    }
    for (size_t i = 0; i < count; i++)
        out[i].name = names[i].text;
    return count;
}

void fm_weights_settings_list(fm_weights_settings *out, const fm_architecture *architecture) {
    const fm_settings settings = {.architecture = *architecture};
    out->count = 0;
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        if (!is_in_metadata(row) || out->count == FM_WEIGHTS_SETTINGS)
            continue;
        char *value = out->value[out->count];
        fm_option_print(value, &settings, row);
        if (strcmp(value, "none") != 0)
            out->entry[out->count++] = (fm_metadata){row->name, value};
    }
}

int fm_weights_write(const fm_weights *weights, const fm_metadata *note, const char *path,
                     fm_error *error) {
    const fm_architecture *architecture = fm_weights_architecture(weights);
    fm_tensor tensors[FM_WEIGHTS_TENSORS];
    fm_tensor_name names[FM_WEIGHTS_TENSORS];
    size_t count = fm_weights_tensors(tensors, names, weights, "");
    char widths[(FM_MAX_HIDDEN + 2) * 6];
    fm_architecture_text(widths, sizeof widths, architecture);
    fm_weights_settings settings;
    fm_weights_settings_list(&settings, architecture);
    fm_metadata metadata[3 + FM_WEIGHTS_SETTINGS + 1] = {{"format", "pt"},
                                                         {"program", "fmnist-cl " FM_VERSION}};
    size_t entries = 2;
    for (size_t i = 0; i < settings.count; i++)
        metadata[entries++] = settings.entry[i];
    metadata[entries++] = (fm_metadata){"architecture", widths};
    if (note)
        metadata[entries++] = *note;
    return fm_safetensors_write(path, tensors, count, metadata, entries, error);
}

int fm_weights_save(const fm_weights *weights, const char *path, fm_error *error) {
    return fm_weights_write(weights, NULL, path, error);
}
