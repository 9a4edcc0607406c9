/* Writes safetensors files; io/safetensors.h reads them. */
#ifndef FM_IO_SAFETENSORS_WRITE_H
#define FM_IO_SAFETENSORS_WRITE_H

#include "fmnist_cl/error.h"
#include "io/tensor.h"

/* Writes a file atomically, with a checksum of its contents in the metadata. Tensors keep their
 * order; those of doubles must come first. Each count must be the product of the shape. The same
 * arguments give the same bytes. FM_E_FILE, FM_E_MEMORY; FM_E_ARGUMENT if the header would be too
 * large to be read again. */
int fm_safetensors_write(const char *path, const fm_tensor *tensors, size_t tensor_count,
                         const fm_metadata *metadata, size_t metadata_count, fm_error *error);

#endif
