/* Fashion-MNIST: reads and checks the four IDX files; splits the training images. */
#ifndef FMNIST_CL_DATASET_H
#define FMNIST_CL_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/decls.h"
#include "fmnist_cl/error.h"

FM_BEGIN_DECLS

enum {
    FM_CLASSES = 10,
    FM_IMAGE_SIDE = 28,
    FM_PIXELS = FM_IMAGE_SIDE * FM_IMAGE_SIDE,
    FM_DATA_FILES = 4,
};

/* Images and their labels, from a pair of files. */
typedef struct fm_images {
    size_t count;
    size_t pixels;        /* per image: FM_PIXELS for Fashion-MNIST */
    const uint8_t *image; /* [count][pixels], 0 is black, 255 white */
    const uint8_t *label; /* [count], each below FM_CLASSES */
} fm_images;

typedef struct fm_data_file {
    const char *name; /* name of the file that was read, such as "train-images-idx3-ubyte.gz" */
    char sha256[65];  /* of the file on disk, in lower-case hexadecimal */
    char content_sha256[65]; /* of its bytes after decompression: the same for a file with .gz and
                              * the unpacked one */
} fm_data_file;

typedef struct fm_dataset fm_dataset;

/* Finds the data set's folder: `wanted` if not NULL; else $FMNIST_DATA (the caller passes its value
 * as `environment`, NULL if unset); of both also a folder below it in which other loaders keep the
 * files, such as FashionMNIST/raw; else the first of these that has all files:
 * PROGRAM_FOLDER/../data/fashion-mnist, PROGRAM_FOLDER/data/fashion-mnist, ./data/fashion-mnist,
 * /usr/share/datasets/fashion-mnist (the system's package). program_folder may be NULL. Writes the
 * folder's name to out[size]. If none is found, FM_E_FILE with a hint that names the package and
 * data/fetch.sh. */
int fm_dataset_find(char *out, size_t size, const char *wanted, const char *environment,
                    const char *program_folder, fm_error *error);

/* Reads train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
 * t10k-labels-idx1-ubyte from a folder. Each may be plain or have .gz, and may be spelled .idx3 and
 * .idx1; plain is preferred. Checks
 * magic numbers, dimensions (28 x 28), equal counts of images and labels, labels below 10, and
 * exact file sizes. Free with fm_dataset_free. FM_E_FILE, FM_E_FORMAT or FM_E_MEMORY. */
int fm_dataset_load(fm_dataset **out, const char *folder, fm_error *error);
void fm_dataset_free(fm_dataset *dataset);

/* Views into the data set, valid as long as it. */
fm_images fm_dataset_train(const fm_dataset *dataset);
fm_images fm_dataset_test(const fm_dataset *dataset);
const char *fm_dataset_folder(const fm_dataset *dataset);
/* index is below FM_DATA_FILES. The order is: training images, training labels, test images, test
 * labels. */
const fm_data_file *fm_dataset_file(const fm_dataset *dataset, size_t index);

/* "T-shirt/top" ... "Ankle boot"; NULL if label is not below FM_CLASSES. */
const char *fm_dataset_class_name(unsigned label);

/* A division of the training file's images into training and validation images. */
typedef struct fm_split {
    size_t train_count;
    size_t val_count;
    uint32_t *train; /* [train_count] indices into the training file */
    uint32_t *val;   /* [val_count] */
} fm_split;

/* Splits count images at random: round(count * val_fraction) become validation images. The result
 * depends only on the arguments. Without shuffle, the first images in file order are for training.
 * val_fraction is in [0, 1), and at least one image must remain for training. Free with
 * fm_split_free. FM_E_ARGUMENT or FM_E_MEMORY. */
int fm_split_create(fm_split *out, size_t count, double val_fraction, uint64_t seed, int shuffle,
                    fm_error *error);
void fm_split_free(fm_split *split);

FM_END_DECLS

#endif
