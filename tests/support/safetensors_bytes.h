/* Writes safetensors files byte by byte, valid or not. */
#ifndef FM_TESTS_SAFETENSORS_BYTES_H
#define FM_TESTS_SAFETENSORS_BYTES_H

#include <stddef.h>

/* Writes the header's length, the header, and count floats: 1, 2, 3 ... */
void safetensors_bytes_write(const char *path, const char *header, size_t count);
/* The same with the given values. */
void safetensors_bytes_write_values(const char *path, const char *header, const float *values,
                                    size_t count);

#endif
