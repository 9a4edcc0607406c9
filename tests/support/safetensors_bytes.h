/* Writes safetensors files byte by byte, valid or not, and loads weights from them. */
#ifndef FM_TESTS_SAFETENSORS_BYTES_H
#define FM_TESTS_SAFETENSORS_BYTES_H

#include <stddef.h>

#include "fmnist_cl/weights.h"

/* The entry of a tensor in a header. */
#define TENSOR_OF(type, name, shape, begin, end)                                                   \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end  \
    "]}"
#define TENSOR(name, shape, begin, end) TENSOR_OF("F32", name, shape, begin, end)

/* Writes the header's length, the header, and count floats: 1, 2, 3 ... */
void safetensors_bytes_write(const char *path, const char *header, size_t count);
/* The same with the given values. */
void safetensors_bytes_write_values(const char *path, const char *header, const float *values,
                                    size_t count);

/* Loads weights; fails the test if that fails. */
fm_weights *safetensors_bytes_load(const char *path);
/* Fails the test unless fm_weights_load refuses the file's content with this reason. */
void safetensors_bytes_refuse_file(const char *path, const char *why);
/* The same for a file that safetensors_bytes_write writes into the folder. */
void safetensors_bytes_refuse(const char *folder, const char *header, size_t count,
                              const char *why);

#endif
