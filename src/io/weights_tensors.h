/* A network's weights within a safetensors file that may hold more tensors. */
#ifndef FM_IO_WEIGHTS_TENSORS_H
#define FM_IO_WEIGHTS_TENSORS_H

#include "fmnist_cl/weights.h"
#include "io/safetensors.h"
#include "settings/option.h"

/* Only a checkpoint of a training has this metadata entry, which describes the training. */
#define FM_CHECKPOINT_KEY "training"

enum {
    FM_TENSORS_PER_LAYER = 3, /* matrix, bias, slope */
    FM_WEIGHTS_TENSORS = FM_TENSORS_PER_LAYER * (FM_MAX_HIDDEN + 1),
};

typedef struct fm_tensor_name {
    char text[32];
} fm_tensor_name;

/* Lists the weights' tensors as views, named as in fm_weights_save with a prefix. Returns their
 * number. names must live as long as the tensors. */
size_t fm_weights_tensors(fm_tensor out[FM_WEIGHTS_TENSORS],
                          fm_tensor_name names[FM_WEIGHTS_TENSORS], const fm_weights *weights,
                          const char *prefix);

/* The settings of a network as metadata of a file; those with the value "none" are left out. */
enum { FM_WEIGHTS_SETTINGS = 4 };
typedef struct fm_weights_settings {
    size_t count;
    fm_metadata entry[FM_WEIGHTS_SETTINGS]; /* their values point into: */
    char value[FM_WEIGHTS_SETTINGS][FM_OPTION_TEXT_SIZE];
} fm_weights_settings;
void fm_weights_settings_list(fm_weights_settings *out, const fm_architecture *architecture);

/* Like fm_weights_save. note is an additional metadata entry that describes the weights; it may be
 * NULL. */
int fm_weights_write(const fm_weights *weights, const fm_metadata *note, const char *path,
                     fm_error *error);

/* Reads the weights whose tensors have no prefix; ignores tensors with a prefix. path is for error
 * messages. FM_E_FORMAT, FM_E_MEMORY. */
int fm_weights_read(fm_weights **out, const fm_safetensors *file, const char *path,
                    fm_error *error);
/* Reads the weights with this prefix into out, whose architecture they must have. Values need not
 * be finite. */
int fm_weights_read_prefixed(fm_weights *out, const fm_safetensors *file, const char *prefix,
                             const char *path, fm_error *error);

#endif
