#include "io/safetensors_sum.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void add_text(struct sha256_ctx *sum, const char *text) {
    sha256_update(sum, strlen(text) + 1, (const uint8_t *)text);
}

static void add_size(struct sha256_ctx *sum, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((uint64_t)size >> 8 * i);
    sha256_update(sum, sizeof bytes, bytes);
}

static void add_tensor(struct sha256_ctx *sum, const fm_tensor *tensor) {
    add_text(sum, tensor->name);
    add_size(sum, tensor->rank);
    for (size_t i = 0; i < tensor->rank; i++)
        add_size(sum, tensor->shape[i]);
    sha256_update(sum, fm_tensor_bytes(tensor), (const uint8_t *)tensor->values);
}

static int by_name(const void *first, const void *second) {
    const fm_tensor *const *a = first, *const *b = second;
    return strcmp((*a)->name, (*b)->name);
}

static int by_key(const void *first, const void *second) {
    const fm_metadata *const *a = first, *const *b = second;
    return strcmp((*a)->key, (*b)->key);
}

static int is_own(const char *key) {
    return !strcmp(key, FM_SAFETENSORS_SUM_KIND) || !strcmp(key, FM_SAFETENSORS_SUM);
}

int fm_safetensors_sum(char out[FM_SHA256_TEXT], const fm_tensor *tensors, size_t tensor_count,
                       const fm_metadata *metadata, size_t metadata_count, const char *path,
                       fm_error *error) {
    struct sha256_ctx sum;
    const fm_tensor **tensor = NULL;
    const fm_metadata **entry = NULL;
    int status = fm_memory_allocate(&tensor, tensor_count, sizeof *tensor, path, error);
    if (!status)
        status = fm_memory_allocate(&entry, metadata_count, sizeof *entry, path, error);
    if (status)
        goto out;
    for (size_t i = 0; i < tensor_count; i++)
        tensor[i] = &tensors[i];
    for (size_t i = 0; i < metadata_count; i++)
        entry[i] = &metadata[i];
    qsort(tensor, tensor_count, sizeof *tensor, by_name);
    qsort(entry, metadata_count, sizeof *entry, by_key);
    sha256_init(&sum);
    for (size_t i = 0; i < tensor_count; i++)
        add_tensor(&sum, tensor[i]);
    for (size_t i = 0; i < metadata_count; i++) {
        if (is_own(entry[i]->key))
            continue;
        add_text(&sum, entry[i]->key);
        add_text(&sum, entry[i]->value);
    }
    fm_sha256_text(out, &sum);
out:
    free(entry);
    free(tensor);
    return status;
}
