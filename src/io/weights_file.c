/* A network's weights as a safetensors file with the names of a PyTorch nn.Sequential, whose
 * modules are the layers of the network's stack. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "fmnist_cl/version.h"
#include "fmnist_cl/weights.h"
#include "io/safetensors.h"
#include "io/safetensors_write.h"
#include "io/weights_tensors.h"
#include "nn/stack.h"
#include "settings/settings.h"

static fm_tensor_name name_with(const char *prefix, size_t module, const char *parameter) {
    fm_tensor_name name;
    snprintf(name.text, sizeof name.text, "%s%zu.%s", prefix, module, parameter);
    return name;
}

static fm_tensor_name name_of(size_t module, const char *parameter) {
    return name_with("", module, parameter);
}

/* ---- Reading ---- */

/* A number of a module is smaller: it has few digits. */
enum { MOST_MODULES = 100000 };

/* In an expected shape: any width. No file can contain this value. */
static const size_t any_width = SIZE_MAX;

typedef struct weights_reader {
    const fm_safetensors *file;
    const char *path;
    const fm_tensor *tensors[FM_WEIGHTS_TENSORS]; /* the tensors that belong to the network */
    size_t used;
    size_t module; /* of the next linear layer */
    fm_error *error;
} weights_reader;

static int check_finite(const fm_tensor *tensor, const weights_reader *reader) {
    for (size_t i = 0; i < tensor->count; i++)
        if (!isfinite(tensor->values[i]))
            return fm_error_set(reader->error, FM_E_FORMAT, reader->path,
                                "tensor '%s': value %zu is %f; expected finite numbers",
                                tensor->name, i, (double)tensor->values[i]);
    return FM_OK;
}

/* Writes a shape such as "[256, 784]" or "[1 to 8192, 784]". */
static void write_shape(char *out, size_t size, const size_t *shape, size_t rank) {
    size_t length = (size_t)snprintf(out, size, "[");
    for (size_t i = 0; i < rank && length < size; i++) {
        const char *separator = i ? ", " : "";
        int written =
            shape[i] == any_width
                ? snprintf(out + length, size - length, "%s1 to %d", separator, FM_MAX_WIDTH)
                : snprintf(out + length, size - length, "%s%zu", separator, shape[i]);
        length += (size_t)written;
    }
    if (length < size)
        snprintf(out + length, size - length, "]");
}

static int shape_fits(const fm_tensor *tensor, const size_t *shape, size_t rank) {
    if (tensor->rank != rank)
        return 0;
    for (size_t i = 0; i < rank; i++)
        if (shape[i] == any_width ? tensor->shape[i] < 1 || tensor->shape[i] > FM_MAX_WIDTH
                                  : tensor->shape[i] != shape[i])
            return 0;
    return 1;
}

static int check_type(const fm_tensor *tensor, const char *path, fm_error *error) {
    if (tensor->type == FM_TENSOR_F32)
        return FM_OK;
    return fm_error_set(error, FM_E_FORMAT, path, "tensor '%s' is F64; expected F32", tensor->name);
}

/* Finds a module's tensor and checks that it exists, has this shape and holds finite F32 numbers.
 */
static int take(const fm_tensor **out, weights_reader *reader, size_t module, const char *parameter,
                const size_t *shape, size_t rank) {
    fm_tensor_name name = name_of(module, parameter);
    const fm_tensor *tensor = fm_safetensors_find(reader->file, name.text);
    if (!tensor)
        return fm_error_set(reader->error, FM_E_FORMAT, reader->path, "tensor '%s' is missing",
                            name.text);
    if (!shape_fits(tensor, shape, rank)) {
        char found[256], wanted[64];
        write_shape(found, sizeof found, tensor->shape, tensor->rank);
        write_shape(wanted, sizeof wanted, shape, rank);
        return fm_error_set(reader->error, FM_E_FORMAT, reader->path,
                            "tensor '%s' has shape %s; expected %s", name.text, found, wanted);
    }
    reader->tensors[reader->used++] = tensor;
    *out = tensor;
    int status = check_type(tensor, reader->path, reader->error);
    return status ? status : check_finite(tensor, reader);
}

/* Whether the metadata has a value for this setting: of those of the network all but the widths,
 * which the shapes give. */
static int is_in_metadata(const fm_option *row) {
    return (row->groups & FM_SETTINGS_NETWORK) &&
           row->offset != offsetof(fm_settings, architecture.hidden_count);
}

/* The settings in the metadata; those that it lacks have their defaults. Without an activation,
 * PReLU if the file has a slope. */
static int read_settings(fm_architecture *out, const weights_reader *reader) {
    fm_settings settings;
    fm_settings_init(&settings);
    if (fm_safetensors_find(reader->file, "1.weight"))
        settings.architecture.activation = FM_PRELU;
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        const char *text =
            is_in_metadata(row) ? fm_safetensors_metadata(reader->file, row->name) : NULL;
        if (text && fm_option_parse(&settings, row, text, NULL))
            return fm_error_set(reader->error, FM_E_FORMAT, reader->path,
                                "its metadata has an unknown %s: '%.80s'", row->name, text);
    }
    *out = settings.architecture;
    out->hidden_count = 0;
    return FM_OK;
}

/* The module of a "12.weight"; SIZE_MAX for other names. */
static size_t module_of(const char *name) {
    size_t module = 0;
    while (*name >= '0' && *name <= '9' && module < MOST_MODULES)
        module = 10 * module + (size_t)(*name++ - '0');
    return strcmp(name, ".weight") == 0 ? module : SIZE_MAX;
}

/* Finds the next linear layer: the next number with a weight, but for that of an activation right
 * after the last one. What stands between, such as dropout, has no weights, and may be missing. */
static int find_next(weights_reader *reader) {
    const size_t from = reader->module + 2;
    size_t next = SIZE_MAX;
    for (size_t i = 0; i < fm_safetensors_count(reader->file); i++) {
        const char *name = fm_safetensors_get(reader->file, i)->name;
        const size_t module = module_of(name);
        if (module >= from && module < next && !strcmp(name, name_of(module, "weight").text))
            next = module;
    }
    if (next < SIZE_MAX)
        reader->module = next;
    return next < SIZE_MAX;
}

/* Takes one layer's tensors and records its width. *has_next: another linear layer follows. */
static int read_layer(int *has_next, fm_architecture *architecture, weights_reader *reader,
                      size_t layer) {
    const fm_tensor *weight = NULL, *bias = NULL, *slope = NULL;
    const size_t module = reader->module;
    size_t inputs = layer == 0 ? any_width : architecture->outputs;
    if (layer > FM_MAX_HIDDEN)
        return fm_error_set(reader->error, FM_E_FORMAT, reader->path,
                            "it has more than %d hidden layers", FM_MAX_HIDDEN);
    int status = take(&weight, reader, module, "weight", (size_t[]){any_width, inputs}, 2);
    if (status)
        return status;
    size_t outputs = weight->shape[0];
    status = take(&bias, reader, module, "bias", (size_t[]){outputs}, 1);
    if (status)
        return status;
    if (layer == 0)
        architecture->inputs = weight->shape[1];
    architecture->outputs = outputs;
    *has_next = find_next(reader);
    if (!*has_next)
        return FM_OK;
    if (layer < FM_MAX_HIDDEN)
        architecture->hidden[architecture->hidden_count++] = outputs;
    if (architecture->activation == FM_PRELU)
        status = take(&slope, reader, module + 1, "weight", (size_t[]){1}, 1);
    return status;
}

/* Fails for an unknown tensor: ignoring it would silently change the network. */
static int check_all_used(const weights_reader *reader) {
    for (size_t i = 0; i < fm_safetensors_count(reader->file); i++) {
        const fm_tensor *tensor = fm_safetensors_get(reader->file, i);
        size_t place = 0;
        while (place < reader->used && reader->tensors[place] != tensor)
            place++;
        if (place == reader->used)
            return fm_error_set(reader->error, FM_E_FORMAT, reader->path,
                                "tensor '%.80s' does not belong to any layer", tensor->name);
    }
    return FM_OK;
}

/* The tensors were taken in the order of the weights: matrix, bias, slope. */
static void copy_values(fm_weights *weights, const weights_reader *reader) {
    const fm_tensor *const *next = reader->tensors;
    for (size_t layer = 0; layer <= fm_weights_architecture(weights)->hidden_count; layer++) {
        float *const places[] = {fm_weights_matrix(weights, layer), fm_weights_bias(weights, layer),
                                 fm_weights_slope(weights, layer)};
        for (size_t i = 0; i < FM_TENSORS_PER_LAYER; i++)
            if (places[i]) {
                memcpy(places[i], (*next)->values, (*next)->count * sizeof(float));
                next++;
            }
    }
}

static int read_weights(fm_weights **out, const fm_safetensors *file, int are_alone,
                        const char *path, fm_error *error) {
    fm_architecture architecture = {0};
    weights_reader reader = {.file = file, .path = path, .error = error};
    *out = NULL;
    int has_next = 1, status = read_settings(&architecture, &reader);
    for (size_t layer = 0; !status && has_next; layer++)
        status = read_layer(&has_next, &architecture, &reader, layer);
    fm_error why;
    if (!status && fm_settings_check_network(&architecture, &why))
        status = fm_error_set(error, FM_E_FORMAT, path, "its metadata has a wrong %s: %s", why.what,
                              why.why);
    if (!status && are_alone)
        status = check_all_used(&reader);
    if (!status)
        status = fm_weights_create(out, &architecture, error);
    if (!status)
        copy_values(*out, &reader);
    return status;
}

int fm_weights_read(fm_weights **out, const fm_safetensors *file, const char *path,
                    fm_error *error) {
    return read_weights(out, file, 0, path, error);
}

int fm_weights_load(fm_weights **out, const char *path, fm_error *error) {
    fm_safetensors *file = NULL;
    *out = NULL;
    int status = fm_safetensors_read(&file, path, error);
    if (!status)
        status = read_weights(out, file, 1, path, error);
    fm_safetensors_free(file);
    return status;
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
        if (!shape_fits(found, wanted[i].shape, wanted[i].rank))
            return fm_error_set(error, FM_E_FORMAT, path,
                                "tensor '%s' has a different shape than the weights",
                                wanted[i].name);
        int status = check_type(found, path, error);
        if (status)
            return status;
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
