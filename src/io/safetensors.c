#include "io/safetensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/input.h"
#include "base/memory.h"
#include "io/json.h"
#include "io/model_kind.h"
#include "io/safetensors_sum.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file's numbers are little endian");

enum { LENGTH_SIZE = 8 };
/* Much more than the largest network with two moments per weight needs. */
static const uint64_t max_data = 64ULL << 30;

static const char metadata_key[] = "__metadata__";

struct fm_safetensors {
    json_t *header; /* owns names and metadata */
    fm_tensor *tensors;
    size_t count;
    char *values; /* of all tensors, aligned for every type */
};

/* Reads and checks the header's length. Only with a header after it, as JSON, the file can be a
 * safetensors file that is damaged. */
static int read_length(size_t *length, fm_input *input, fm_error *error) {
    unsigned char begin[FM_MODEL_KIND_SIZE], bytes[LENGTH_SIZE];
    size_t got = 0, size = 0;
    int status = fm_input_begin(begin, &size, input, sizeof begin, error);
    if (!status)
        status = fm_input_read(bytes, &got, input, sizeof bytes, error);
    if (status)
        return status;
    if (got == 0)
        return fm_error_set(error, FM_E_FORMAT, input->path, "is empty");
    if (size <= LENGTH_SIZE || begin[LENGTH_SIZE] != '{')
        return fm_model_kind_refuse(begin, size, input->path, error);
    uint64_t value = 0;
    for (size_t i = sizeof bytes; i-- > 0;)
        value = value << 8 | bytes[i];
    if (value > FM_SAFETENSORS_MAX_HEADER)
        return fm_error_set(error, FM_E_FORMAT, input->path,
                            "is not a safetensors file: a header of %" PRIu64
                            " bytes exceeds the limit of %d",
                            value, FM_SAFETENSORS_MAX_HEADER);
    if (input->size < LENGTH_SIZE || value > input->size - LENGTH_SIZE)
        return fm_error_set(error, FM_E_FORMAT, input->path,
                            "is truncated or not a safetensors file: a header of %" PRIu64
                            " bytes in a file of %" PRIu64,
                            value, input->size);
    *length = (size_t)value;
    return FM_OK;
}

static int parse_header(json_t **out, const char *text, size_t length, const char *path,
                        fm_error *error) {
    json_error_t problem;
    int no_memory;
    *out = fm_json_parse(&no_memory, text, length, &problem);
    if (*out)
        return FM_OK;
    if (no_memory)
        return fm_error_set(error, FM_E_MEMORY, path, "no memory for its header");
    return fm_error_set(error, FM_E_FORMAT, path, "its header is invalid JSON: %s at byte %d",
                        problem.text, problem.position);
}

static int read_header(json_t **out, fm_input *input, uint64_t *data_size, fm_error *error) {
    size_t length = 0, got = 0;
    char *text = NULL;
    int status = read_length(&length, input, error);
    if (!status)
        status = fm_memory_allocate(&text, length, 1, input->path, error);
    if (!status)
        status = fm_input_read(text, &got, input, length, error);
    if (!status && got < length)
        status = fm_error_set(error, FM_E_FORMAT, input->path, "is truncated within its header");
    if (!status)
        status = parse_header(out, text, length, input->path, error);
    free(text);
    *data_size = input->size - LENGTH_SIZE - length;
    return status;
}

static int check_metadata(const json_t *header, const char *path, fm_error *error) {
    json_t *metadata = json_object_get(header, metadata_key);
    const char *key;
    json_t *value;
    if (!metadata)
        return FM_OK;
    if (!json_is_object(metadata))
        return fm_error_set(error, FM_E_FORMAT, path, "its metadata is not a JSON object");
    json_object_foreach(metadata, key, value) {
        if (!json_is_string(value))
            return fm_error_set(error, FM_E_FORMAT, path, "its metadata '%.80s' is not a string",
                                key);
    }
    return FM_OK;
}

/* Reads a non-negative integer that fits into size_t. */
static int get_size(size_t *out, const json_t *value) {
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > SIZE_MAX)
        return 0;
    *out = (size_t)json_integer_value(value);
    return 1;
}

static int read_shape(fm_tensor *tensor, const json_t *shape, const char *path, fm_error *error) {
    if (!json_is_array(shape))
        return fm_error_set(error, FM_E_FORMAT, path, "tensor '%.80s' has no shape", tensor->name);
    tensor->rank = json_array_size(shape);
    tensor->count = 1;
    if (tensor->rank > FM_TENSOR_MAX_RANK)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s' has %zu dimensions; the maximum is %d", tensor->name,
                            tensor->rank, FM_TENSOR_MAX_RANK);
    for (size_t i = 0; i < tensor->rank; i++) {
        size_t size = 0;
        if (!get_size(&size, json_array_get(shape, i)))
            return fm_error_set(error, FM_E_FORMAT, path,
                                "tensor '%.80s': dimension %zu is not a valid size", tensor->name,
                                i);
        if (size != 0 && tensor->count > SIZE_MAX / sizeof(double) / size)
            return fm_error_set(error, FM_E_FORMAT, path, "tensor '%.80s': its shape is too large",
                                tensor->name);
        tensor->shape[i] = size;
        tensor->count *= size;
    }
    return FM_OK;
}

/* A tensor whose place in the file is not yet checked against the others. */
typedef struct placed {
    fm_tensor tensor;
    size_t begin; /* first byte, from the start of the data */
} placed;

static int read_place(placed *p, const json_t *offsets, size_t data_size, const char *path,
                      fm_error *error) {
    const fm_tensor *tensor = &p->tensor;
    const size_t size = fm_tensor_type_size(tensor->type);
    size_t end = 0;
    if (json_array_size(offsets) != 2 || !get_size(&p->begin, json_array_get(offsets, 0)) ||
        !get_size(&end, json_array_get(offsets, 1)))
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s': data_offsets must be two byte offsets", tensor->name);
    if (p->begin > end || end > data_size)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s' is at bytes %zu to %zu of %zu: is the file truncated?",
                            tensor->name, p->begin, end, data_size);
    if (end - p->begin != fm_tensor_bytes(tensor))
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s' has %zu bytes for %zu values of %zu bytes",
                            tensor->name, end - p->begin, tensor->count, size);
    if (p->begin % size != 0)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s' is at byte %zu, which is not aligned", tensor->name,
                            p->begin);
    return FM_OK;
}

static int read_type(fm_tensor *tensor, const char *name, const char *path, fm_error *error) {
    for (tensor->type = 0; tensor->type < FM_TENSOR_TYPES; tensor->type++)
        if (strcmp(name, fm_tensor_type_name(tensor->type)) == 0)
            return FM_OK;
    return fm_error_set(error, FM_E_FORMAT, path, "tensor '%.80s' has the unknown dtype '%.20s'",
                        tensor->name, name);
}

static int read_tensor(placed *p, const json_t *entry, size_t data_size, const char *path,
                       fm_error *error) {
    fm_tensor *tensor = &p->tensor;
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    if (!type)
        return fm_error_set(error, FM_E_FORMAT, path, "tensor '%.80s' has no dtype", tensor->name);
    int status = read_type(tensor, type, path, error);
    if (!status)
        status = read_shape(tensor, json_object_get(entry, "shape"), path, error);
    if (!status)
        status = read_place(p, json_object_get(entry, "data_offsets"), data_size, path, error);
    return status;
}

static int by_place(const void *first, const void *second) {
    const placed *a = first, *b = second;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    /* Empty tensors first. */
    return (a->tensor.count > b->tensor.count) - (a->tensor.count < b->tensor.count);
}

/* The tensors, sorted by place, must cover the data without overlap or gap. */
static int check_places(const placed *all, size_t count, size_t data_size, const char *path,
                        fm_error *error) {
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        if (all[i].begin != next)
            return fm_error_set(error, FM_E_FORMAT, path,
                                all[i].begin < next ? "tensor '%.80s' overlaps with another"
                                                    : "there is a gap before tensor '%.80s'",
                                all[i].tensor.name);
        next += fm_tensor_bytes(&all[i].tensor);
    }
    if (next != data_size)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "is too long: %zu bytes follow its last tensor", data_size - next);
    return FM_OK;
}

/* Reads and checks the header's description of the tensors. */
static int read_tensors(fm_safetensors *file, size_t data_size, const char *path, fm_error *error) {
    const size_t most = json_object_size(file->header);
    placed *all = NULL;
    size_t count = 0;
    const char *name;
    json_t *entry;
    int status = fm_memory_allocate(&all, most, sizeof *all, path, error);
    if (!status)
        status = fm_memory_allocate(&file->tensors, most, sizeof *file->tensors, path, error);
    json_object_foreach(file->header, name, entry) {
        if (status)
            break;
        if (strcmp(name, metadata_key) == 0)
            continue;
        all[count].tensor.name = name;
        status = read_tensor(&all[count++], entry, data_size, path, error);
    }
    if (!status)
        qsort(all, count, sizeof *all, by_place);
    if (!status)
        status = check_places(all, count, data_size, path, error);
    for (size_t i = 0; !status && i < count; i++)
        file->tensors[file->count++] = all[i].tensor;
    free(all);
    return status;
}

/* Reads all values; they are in the order of the tensors. */
static int read_values(fm_safetensors *file, fm_input *input, uint64_t size, fm_error *error) {
    size_t got = 0;
    if (size > SIZE_MAX || size > max_data)
        return fm_error_set(error, FM_E_FORMAT, input->path,
                            "%" PRIu64 " bytes of tensors are too large for a network", size);
    int status = fm_memory_allocate(&file->values, (size_t)size, 1, input->path, error);
    if (!status)
        status = fm_input_read(file->values, &got, input, (size_t)size, error);
    if (!status && got < size)
        status = fm_error_set(error, FM_E_FORMAT, input->path, "was truncated while it was read");
    const char *next = file->values;
    for (size_t i = 0; !status && i < file->count; i++) {
        fm_tensor *tensor = &file->tensors[i];
        tensor->bytes = next; /* check_places and read_place have checked the alignment */
        next += fm_tensor_bytes(tensor);
    }
    return status;
}

/* If the file has a checksum, it must match the content. */
static int check_sum(const fm_safetensors *file, const char *path, fm_error *error) {
    const char *kind = fm_safetensors_metadata(file, FM_SAFETENSORS_SUM_KIND);
    const char *wanted = fm_safetensors_metadata(file, FM_SAFETENSORS_SUM);
    json_t *entries = json_object_get(file->header, metadata_key), *value;
    char found[FM_SHA256_TEXT];
    fm_metadata *metadata = NULL;
    const char *key;
    size_t count = 0;
    if (!kind && !wanted)
        return FM_OK;
    int status =
        fm_memory_allocate(&metadata, json_object_size(entries), sizeof *metadata, path, error);
    if (status)
        return status;
    json_object_foreach(entries, key, value) {
        metadata[count++] = (fm_metadata){key, json_string_value(value)};
    }
    status = fm_safetensors_sum(found, file->tensors, file->count, metadata, count, path, error);
    free(metadata);
    if (!status &&
        (!kind || !wanted || strcmp(kind, "sha256") != 0 || strcmp(wanted, found) != 0)) {
        status = fm_error_set(error, FM_E_FORMAT, path,
                              "is damaged: its content does not match its checksum");
        fm_error_hint(error, "use another copy; a program that changes the file must remove the "
                             "metadata '" FM_SAFETENSORS_SUM_KIND "' and '" FM_SAFETENSORS_SUM "'");
    }
    return status;
}

int fm_safetensors_read(fm_safetensors **out, const char *path, fm_error *error) {
    fm_input input;
    fm_safetensors *file = NULL;
    uint64_t data_size = 0;
    *out = NULL;
    int status = fm_input_open(&input, path, error);
    if (status)
        return status;
    status = fm_memory_allocate(&file, 1, sizeof *file, path, error);
    if (!status)
        status = read_header(&file->header, &input, &data_size, error);
    if (!status)
        status = check_metadata(file->header, path, error);
    if (!status)
        status = read_tensors(file, (size_t)data_size, path, error);
    if (!status)
        status = read_values(file, &input, data_size, error);
    if (!status)
        status = check_sum(file, path, error);
    fm_input_close(&input);
    if (status)
        fm_safetensors_free(file);
    else
        *out = file;
    return status;
}

void fm_safetensors_free(fm_safetensors *file) {
    if (!file)
        return;
    json_decref(file->header);
    free(file->tensors);
    free(file->values);
    free(file);
}

size_t fm_safetensors_count(const fm_safetensors *file) {
    return file->count;
}

const fm_tensor *fm_safetensors_get(const fm_safetensors *file, size_t index) {
    return index < file->count ? &file->tensors[index] : NULL;
}

const fm_tensor *fm_safetensors_find(const fm_safetensors *file, const char *name) {
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *fm_safetensors_metadata(const fm_safetensors *file, const char *key) {
    return json_string_value(json_object_get(json_object_get(file->header, metadata_key), key));
}
