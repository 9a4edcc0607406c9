/* Reading; safetensors_write.c writes. */
#include "io/safetensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/input.h"
#include "base/memory.h"
#include "io/safetensors_sum.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file's floats are little endian");

enum {
    LENGTH_SIZE = 8,
    MAX_HEADER = 100 * 1000 * 1000, /* the format's own bound */
};

static const char metadata_key[] = "__metadata__";

struct fm_safetensors {
    json_t *header; /* owns the names and the metadata */
    fm_tensor *tensors;
    size_t count;
    float *values;
};

/* Reads and checks the header's length. */
static int read_length(size_t *length, fm_input *input, fm_error *error) {
    unsigned char bytes[LENGTH_SIZE];
    size_t got = 0;
    int status = fm_input_read(bytes, &got, input, sizeof bytes, error);
    if (status)
        return status;
    if (got == 0)
        return fm_error_set(error, FM_E_FORMAT, input->path, "is empty");
    if (got < sizeof bytes)
        return fm_error_set(error, FM_E_FORMAT, input->path,
                            "is no safetensors file: it has only %zu bytes", got);
    uint64_t value = 0;
    for (size_t i = sizeof bytes; i-- > 0;)
        value = value << 8 | bytes[i];
    if (value > MAX_HEADER)
        return fm_error_set(error, FM_E_FORMAT, input->path,
                            "is no safetensors file: a header of %" PRIu64
                            " bytes is beyond the format's %d",
                            value, MAX_HEADER);
    if (input->size < LENGTH_SIZE || value > input->size - LENGTH_SIZE)
        return fm_error_set(error, FM_E_FORMAT, input->path,
                            "is cut or no safetensors file: a header of %" PRIu64
                            " bytes in a file of %" PRIu64,
                            value, input->size);
    *length = (size_t)value;
    return FM_OK;
}

static int parse_header(json_t **out, const char *text, size_t length, const char *path,
                        fm_error *error) {
    json_error_t problem;
    if (length == 0 || text[0] != '{')
        return fm_error_set(error, FM_E_FORMAT, path,
                            "is no safetensors file: its header is not a JSON object");
    *out = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    if (*out)
        return FM_OK;
    /* jansson has no text for some of its failed allocations. */
    if (json_error_code(&problem) == json_error_out_of_memory || !problem.text[0])
        return fm_error_set(error, FM_E_MEMORY, path, "no memory for its header");
    return fm_error_set(error, FM_E_FORMAT, path, "its header is broken JSON: %s at byte %d",
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
        status = fm_error_set(error, FM_E_FORMAT, input->path, "is cut within its header");
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
            return fm_error_set(error, FM_E_FORMAT, path, "its metadata '%.80s' is not a text",
                                key);
    }
    return FM_OK;
}

/* A number that counts something; -1 is not one. */
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
                            "tensor '%.80s' has %zu dimensions, more than %d", tensor->name,
                            tensor->rank, FM_TENSOR_MAX_RANK);
    for (size_t i = 0; i < tensor->rank; i++) {
        size_t size = 0;
        if (!get_size(&size, json_array_get(shape, i)))
            return fm_error_set(error, FM_E_FORMAT, path,
                                "tensor '%.80s': dimension %zu is not a size", tensor->name, i);
        if (size != 0 && tensor->count > SIZE_MAX / sizeof(float) / size)
            return fm_error_set(error, FM_E_FORMAT, path,
                                "tensor '%.80s': its shape is too large for any memory",
                                tensor->name);
        tensor->shape[i] = size;
        tensor->count *= size;
    }
    return FM_OK;
}

static int read_place(fm_tensor *tensor, const json_t *offsets, const float *values,
                      size_t data_size, const char *path, fm_error *error) {
    size_t begin = 0, end = 0;
    if (json_array_size(offsets) != 2 || !get_size(&begin, json_array_get(offsets, 0)) ||
        !get_size(&end, json_array_get(offsets, 1)))
        return fm_error_set(error, FM_E_FORMAT, path, "tensor '%.80s' has no pair of data_offsets",
                            tensor->name);
    if (begin > end || end > data_size)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s' lies at bytes %zu to %zu of %zu: is the file cut?",
                            tensor->name, begin, end, data_size);
    if (end - begin != tensor->count * sizeof(float))
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s' has %zu bytes for %zu values of 4 bytes", tensor->name,
                            end - begin, tensor->count);
    if (begin % sizeof(float) != 0)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s' lies at byte %zu, where no value can begin",
                            tensor->name, begin);
    tensor->values = values + begin / sizeof(float);
    return FM_OK;
}

static int read_tensor(fm_tensor *tensor, const json_t *entry, const float *values,
                       size_t data_size, const char *path, fm_error *error) {
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    if (!type)
        return fm_error_set(error, FM_E_FORMAT, path, "tensor '%.80s' has no dtype", tensor->name);
    if (strcmp(type, "F32") != 0)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "tensor '%.80s' has the type %.20s; only F32 is read", tensor->name,
                            type);
    int status = read_shape(tensor, json_object_get(entry, "shape"), path, error);
    if (!status)
        status = read_place(tensor, json_object_get(entry, "data_offsets"), values, data_size, path,
                            error);
    return status;
}

static int by_place(const void *first, const void *second) {
    const fm_tensor *a = first, *b = second;
    if (a->values != b->values)
        return a->values < b->values ? -1 : 1;
    return (a->count > b->count) - (a->count < b->count); /* empty tensors first */
}

/* The tensors, sorted by place, must cover the data: no overlap, no hole. */
static int check_places(const fm_safetensors *file, size_t data_size, const char *path,
                        fm_error *error) {
    const float *next = file->values;
    for (size_t i = 0; i < file->count; i++) {
        const fm_tensor *tensor = &file->tensors[i];
        if (tensor->values != next)
            return fm_error_set(error, FM_E_FORMAT, path,
                                tensor->values < next ? "tensor '%.80s' overlaps with another"
                                                      : "there is a hole before tensor '%.80s'",
                                tensor->name);
        next += tensor->count;
    }
    size_t used = (size_t)(next - file->values) * sizeof(float);
    if (used != data_size)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "is too long: %zu bytes follow its last tensor", data_size - used);
    return FM_OK;
}

static int read_tensors(fm_safetensors *file, size_t data_size, const char *path, fm_error *error) {
    const char *name;
    json_t *entry;
    int status = fm_memory_allocate(&file->tensors, json_object_size(file->header),
                                    sizeof *file->tensors, path, error);
    if (status)
        return status;
    json_object_foreach(file->header, name, entry) {
        if (strcmp(name, metadata_key) == 0)
            continue;
        fm_tensor *tensor = &file->tensors[file->count++];
        tensor->name = name;
        status = read_tensor(tensor, entry, file->values, data_size, path, error);
        if (status)
            return status;
    }
    qsort(file->tensors, file->count, sizeof *file->tensors, by_place);
    return check_places(file, data_size, path, error);
}

static int read_values(fm_safetensors *file, fm_input *input, uint64_t size, fm_error *error) {
    size_t got = 0;
    if (size > SIZE_MAX)
        return fm_error_set(error, FM_E_MEMORY, input->path, "is too large for memory");
    int status = fm_memory_allocate(&file->values, (size_t)size, 1, input->path, error);
    if (!status)
        status = fm_input_read(file->values, &got, input, (size_t)size, error);
    if (!status && got < size)
        status = fm_error_set(error, FM_E_FORMAT, input->path, "became shorter while it was read");
    return status;
}

/* A file that has a checksum must have the right one. */
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
                              "is damaged: its content does not have the checksum that it carries");
        fm_error_hint(error, "take another copy; if a program changed it on purpose, it should not "
                             "have kept the metadata '" FM_SAFETENSORS_SUM_KIND
                             "' and '" FM_SAFETENSORS_SUM "'");
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
        status = read_values(file, &input, data_size, error);
    if (!status)
        status = read_tensors(file, (size_t)data_size, path, error);
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
