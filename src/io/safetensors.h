/* Reads safetensors files: named tensors. A file is the header's length in 8 bytes (little endian),
 * the header as JSON, and the tensors' bytes without gaps. */
#ifndef FM_IO_SAFETENSORS_H
#define FM_IO_SAFETENSORS_H

#include "fmnist_cl/error.h"
#include "io/tensor.h"

enum {
    /* Limit for reading and writing, so data that grows belongs in a tensor. The format allows 100
     * times as much, but as JSON that would take gigabytes of memory. The largest network needs
     * less than 32 kB. */
    FM_SAFETENSORS_MAX_HEADER = 1000 * 1000,
};

typedef struct fm_safetensors fm_safetensors;

/* Reads a file and validates it: type, shape and place of every tensor, and the checksum if the
 * file has one. Does not check the values. Free with fm_safetensors_free. FM_E_FILE, FM_E_FORMAT or
 * FM_E_MEMORY. */
int fm_safetensors_read(fm_safetensors **out, const char *path, fm_error *error);
void fm_safetensors_free(fm_safetensors *file);

/* Views, valid as long as the file. Tensors are in the order of the file. */
size_t fm_safetensors_count(const fm_safetensors *file);
const fm_tensor *fm_safetensors_get(const fm_safetensors *file, size_t index);
const fm_tensor *fm_safetensors_find(const fm_safetensors *file, const char *name); /* or NULL */
const char *fm_safetensors_metadata(const fm_safetensors *file, const char *key);   /* or NULL */

#endif
