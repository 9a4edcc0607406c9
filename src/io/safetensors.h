/* safetensors: named arrays of numbers in one file. Eight bytes with the header's length (little
 * endian), the header as JSON, then the tensors' bytes without holes. This reader takes F32 and F64
 * alone: that is all this program writes. */
#ifndef FM_IO_SAFETENSORS_H
#define FM_IO_SAFETENSORS_H

#include "fmnist_cl/error.h"
#include "io/tensor.h"

enum {
    /* Bytes that are read and written; so whatever grows without end belongs into a tensor. The
     * format allows 100 times as much, which as JSON would fill some GB of memory. The largest
     * network takes less than 32 kB. */
    FM_SAFETENSORS_MAX_HEADER = 1000 * 1000,
};

typedef struct fm_safetensors fm_safetensors;

/* Reads a file, trusting nothing in it: every tensor's type, shape and place have been checked, and
 * the checksum where the file has one; not the values. Free with fm_safetensors_free. FM_E_FILE,
 * FM_E_FORMAT or FM_E_MEMORY. */
int fm_safetensors_read(fm_safetensors **out, const char *path, fm_error *error);
void fm_safetensors_free(fm_safetensors *file);

/* Views, valid as long as the file. Tensors are in the order of their bytes. */
size_t fm_safetensors_count(const fm_safetensors *file);
const fm_tensor *fm_safetensors_get(const fm_safetensors *file, size_t index);
const fm_tensor *fm_safetensors_find(const fm_safetensors *file, const char *name); /* or NULL */
const char *fm_safetensors_metadata(const fm_safetensors *file, const char *key);   /* or NULL */

#endif
