/* Fashion-MNIST: four IDX files, read and checked; and the split of the training file. */
#ifndef FMNIST_CL_DATASET_H
#define FMNIST_CL_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

enum {
    FM_CLASSES = 10,
    FM_IMAGE_SIDE = 28,
    FM_PIXELS = FM_IMAGE_SIDE * FM_IMAGE_SIDE,
    FM_DATA_FILES = 4,
};

/* Images and their labels, one file pair. */
typedef struct fm_images {
    size_t count;
    size_t pixels;        /* of one image: FM_PIXELS for Fashion-MNIST */
    const uint8_t *image; /* [count][pixels], 0 is black, 255 white */
    const uint8_t *label; /* [count], each below FM_CLASSES */
} fm_images;

typedef struct fm_data_file {
    const char *name; /* file name as found, "train-images-idx3-ubyte.gz" */
    char sha256[65];  /* of the file's bytes as they are on disk, lower-case hexadecimal */
} fm_data_file;

typedef struct fm_dataset fm_dataset;

/* Finds the folder to read: `wanted` when it is not NULL; else $FMNIST_DATA (the caller passes it
 * as `environment`, NULL when unset); else the first that holds the files among
 * PROGRAM_FOLDER/../data/fashion-mnist, PROGRAM_FOLDER/data/fashion-mnist, ./data/fashion-mnist
 * and the system package's /usr/share/datasets/fashion-mnist. program_folder may be NULL.
 * Writes the folder's name into out[size]. Fails with FM_E_FILE, and a hint that names the package
 * and data/fetch.sh, when nothing was found. */
int fm_dataset_find(char *out, size_t size, const char *wanted, const char *environment,
                    const char *program_folder, fm_error *error);

/* Reads train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
 * t10k-labels-idx1-ubyte from a folder, each plain or with .gz (plain is preferred). Every byte
 * that is used has been checked: magic, dimensions (28 x 28), counts that agree, labels below 10,
 * no more and no fewer bytes than promised. Fails with FM_E_FILE, FM_E_FORMAT or FM_E_MEMORY.
 * Free with fm_dataset_free. */
int fm_dataset_load(fm_dataset **out, const char *folder, fm_error *error);
void fm_dataset_free(fm_dataset *dataset);

/* Views into the data set, valid as long as it. */
fm_images fm_dataset_train(const fm_dataset *dataset);
fm_images fm_dataset_test(const fm_dataset *dataset);
const char *fm_dataset_folder(const fm_dataset *dataset);
/* index below FM_DATA_FILES: training images, training labels, test images, test labels. */
const fm_data_file *fm_dataset_file(const fm_dataset *dataset, size_t index);

/* "T-shirt/top" ... "Ankle boot"; NULL when label is not below FM_CLASSES. */
const char *fm_dataset_class_name(unsigned label);

/* Which images of the training file are trained on and which are for validation. */
typedef struct fm_split {
    size_t train_count;
    size_t val_count;
    uint32_t *train; /* [train_count] indices into the training file */
    uint32_t *val;   /* [val_count] */
} fm_split;

/* Splits count images at random: round(count * val_fraction) go to validation. Depends on seed
 * alone. With shuffle 0 the first part is for training, in file order. val_fraction is in [0, 1);
 * at least one image must be left to train on. Free with fm_split_free.
 * Fails with FM_E_ARGUMENT or FM_E_MEMORY. */
int fm_split_create(fm_split *out, size_t count, double val_fraction, uint64_t seed, int shuffle,
                    fm_error *error);
void fm_split_free(fm_split *split);

#endif
