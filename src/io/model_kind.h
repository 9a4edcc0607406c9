/* Names the kind of a file that was given instead of a safetensors file. */
#ifndef FM_IO_MODEL_KIND_H
#define FM_IO_MODEL_KIND_H

#include <stddef.h>

#include "fmnist_cl/error.h"

/* How much of the file's beginning fm_model_kind_refuse looks at. */
enum { FM_MODEL_KIND_SIZE = 1024 };

/* Records that the file is not a safetensors file but another kind, which its first bytes tell, and
 * what the user can do. Returns FM_E_FORMAT. */
int fm_model_kind_refuse(const void *bytes, size_t size, const char *path, fm_error *error);

#endif
