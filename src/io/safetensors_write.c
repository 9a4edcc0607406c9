#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "io/safetensors_sum.h"

/* jansson fails for want of memory alone here: names and metadata are the program's own. These
 * return 0 when they have built their part. */

static int add_metadata(json_t *header, const fm_metadata *metadata, size_t count) {
    json_t *entries = json_object();
    if (json_object_set_new(header, "__metadata__", entries))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (json_object_set_new(entries, metadata[i].key, json_string(metadata[i].value)))
            return -1;
    return 0;
}

static int add_tensor(json_t *header, const fm_tensor *tensor, size_t begin) {
    size_t end = begin + fm_tensor_bytes(tensor);
    json_t *shape = json_array();
    for (size_t i = 0; i < tensor->rank; i++)
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i]))) {
            json_decref(shape);
            return -1;
        }
    json_t *entry =
        json_pack("{s:s, s:o, s:[I, I]}", "dtype", tensor->type == FM_TENSOR_F64 ? "F64" : "F32",
                  "shape", shape, "data_offsets", (json_int_t)begin, (json_int_t)end);
    return json_object_set_new(header, tensor->name, entry);
}

static json_t *build_header(const fm_tensor *tensors, size_t tensor_count,
                            const fm_metadata *metadata, size_t metadata_count) {
    json_t *header = json_object();
    size_t begin = 0;
    int failed = add_metadata(header, metadata, metadata_count);
    for (size_t i = 0; i < tensor_count && !failed; i++) {
        failed = add_tensor(header, &tensors[i], begin);
        begin += fm_tensor_bytes(&tensors[i]);
    }
    if (failed) {
        json_decref(header);
        return NULL;
    }
    return header;
}

/* The header as text, with spaces up to a multiple of 8: the values lie aligned in a mapped file.
 * Not json_dumps: when that lacks memory it may leave out a piece and succeed. */
static int print_header(char **out, size_t *length, const json_t *header, const char *path,
                        fm_error *error) {
    size_t size = json_dumpb(header, NULL, 0, JSON_COMPACT), padded = (size + 7) / 8 * 8;
    if (padded > FM_SAFETENSORS_MAX_HEADER)
        return fm_error_set(error, FM_E_ARGUMENT, path,
                            "cannot write: a header of %zu bytes exceeds the limit of %d for "
                            "reading",
                            padded, FM_SAFETENSORS_MAX_HEADER);
    int status = fm_memory_allocate(out, padded, 1, path, error);
    if (status)
        return status;
    memset(*out, ' ', padded);
    *length = padded;
    if (size == 0 || json_dumpb(header, *out, size, JSON_COMPACT) != size)
        return fm_error_set(error, FM_E_MEMORY, path, "no memory for its header");
    return FM_OK;
}

static int write_all(const char *path, const char *header, size_t length, const fm_tensor *tensors,
                     size_t count, fm_error *error) {
    unsigned char length_bytes[8];
    for (size_t i = 0; i < 8; i++)
        length_bytes[i] = (unsigned char)((uint64_t)length >> 8 * i);
    fm_file_part *parts = NULL;
    int status = fm_memory_allocate(&parts, count + 2, sizeof *parts, path, error);
    if (status)
        return status;
    parts[0] = (fm_file_part){length_bytes, sizeof length_bytes};
    parts[1] = (fm_file_part){header, length};
    for (size_t i = 0; i < count; i++)
        parts[2 + i] = (fm_file_part){tensors[i].values, fm_tensor_bytes(&tensors[i])};
    status = fm_file_write(path, parts, count + 2, error);
    free(parts);
    return status;
}

static int write_file(const char *path, const fm_tensor *tensors, size_t tensor_count,
                      const fm_metadata *metadata, size_t metadata_count, fm_error *error) {
    char *text = NULL;
    size_t length = 0;
    json_t *header = build_header(tensors, tensor_count, metadata, metadata_count);
    if (!header)
        return fm_error_set(error, FM_E_MEMORY, path, "no memory for its header");
    int status = print_header(&text, &length, header, path, error);
    if (!status)
        status = write_all(path, text, length, tensors, tensor_count, error);
    free(text);
    json_decref(header);
    return status;
}

int fm_safetensors_write(const char *path, const fm_tensor *tensors, size_t tensor_count,
                         const fm_metadata *metadata, size_t metadata_count, fm_error *error) {
    char sum[FM_SHA256_TEXT];
    fm_metadata *all = NULL;
    int status = fm_memory_allocate(&all, metadata_count + 2, sizeof *all, path, error);
    if (status)
        return status;
    if (metadata_count)
        memcpy(all, metadata, metadata_count * sizeof *all);
    all[metadata_count] = (fm_metadata){FM_SAFETENSORS_SUM_KIND, "sha256"};
    all[metadata_count + 1] = (fm_metadata){FM_SAFETENSORS_SUM, sum};
    status = fm_safetensors_sum(sum, tensors, tensor_count, metadata, metadata_count, path, error);
    if (!status)
        status = write_file(path, tensors, tensor_count, all, metadata_count + 2, error);
    free(all);
    return status;
}
