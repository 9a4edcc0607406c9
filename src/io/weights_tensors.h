/* A network's weights among the tensors of a safetensors file. */
#ifndef FM_IO_WEIGHTS_TENSORS_H
#define FM_IO_WEIGHTS_TENSORS_H

#include "fmnist_cl/weights.h"
#include "io/safetensors.h"

enum {
    FM_TENSORS_PER_LAYER = 3, /* matrix, bias, slope */
    FM_WEIGHTS_TENSORS = FM_TENSORS_PER_LAYER * (FM_MAX_HIDDEN + 1),
};

typedef struct fm_tensor_name {
    char text[32];
} fm_tensor_name;

/* The weights' tensors as views, named as fm_weights_save names them with prefix in front; returns
 * how many. names must stay as long as they. */
size_t fm_weights_tensors(fm_tensor out[FM_WEIGHTS_TENSORS],
                          fm_tensor_name names[FM_WEIGHTS_TENSORS], const fm_weights *weights,
                          const char *prefix);

/* As fm_weights_save, with a note among the metadata, which says more of the weights; or NULL. */
int fm_weights_write(const fm_weights *weights, const fm_metadata *note, const char *path,
                     fm_error *error);

/* The weights whose tensors have no prefix; others may stand beside them. path is for messages.
 * FM_E_FORMAT, FM_E_MEMORY. */
int fm_weights_read(fm_weights **out, const fm_safetensors *file, const char *path,
                    fm_error *error);
/* Those with a prefix, into weights of the architecture that they must have; any values. */
int fm_weights_read_prefixed(fm_weights *out, const fm_safetensors *file, const char *prefix,
                             const char *path, fm_error *error);

#endif
