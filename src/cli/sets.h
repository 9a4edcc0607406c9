/* The three sets of images: training, validation and test. */
#ifndef FM_CLI_SETS_H
#define FM_CLI_SETS_H

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/trainer.h"

enum cli_set { CLI_TRAIN, CLI_VAL, CLI_TEST };

extern const char *const cli_set_names[]; /* ended by NULL */

/* The images of a set, contiguous in memory. */
typedef struct cli_images {
    fm_images view;
    uint8_t *memory; /* NULL if `view` points into the data set */
} cli_images;

/* Uses the options' seed, val_fraction and shuffle. The validation set may be empty. The data set
 * must outlive the images. FM_E_MEMORY. Free with cli_images_free, also when it failed. */
int cli_images_select(cli_images *out, const fm_dataset *dataset, enum cli_set set,
                      const fm_train_options *options, fm_error *error);
void cli_images_free(cli_images *images);

#endif
