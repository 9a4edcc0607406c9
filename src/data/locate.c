#include "data/locate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/count.h"

const char *const fm_data_stems[FM_DATA_FILES] = {
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
};

static const char package_folder[] = "/usr/share/datasets/fashion-mnist";

static int fits(int length, size_t size) {
    return length >= 0 && (size_t)length < size;
}

/* The places of a file, in the order in which they are tried. Programs unpack
 * "train-images-idx3-ubyte" also as "train-images.idx3-ubyte", or into a folder of the file's name.
 */
enum { NESTED, PLAIN, WAYS };
enum { NAMES = 4 }; /* two spellings, each without and with .gz */

static int name_file(char *out, size_t size, const char *folder, const char *stem, int number) {
    const int spelling = number / WAYS;
    char name[64];
    snprintf(name, sizeof name, "%s%s", stem, spelling % 2 ? ".gz" : "");
    if (spelling / 2)
        *strstr(name, "-idx") = '.';
    return number % WAYS == NESTED ? fits(snprintf(out, size, "%s/%s/%s", folder, name, name), size)
                                   : fits(snprintf(out, size, "%s/%s", folder, name), size);
}

int fm_locate_file(char *out, size_t size, const char *folder, const char *stem) {
    int unsure = -1;
    for (int i = 0; i < NAMES * WAYS; i++) {
        if (!name_file(out, size, folder, stem, i))
            continue;
        if (access(out, F_OK) == 0)
            return 1;
        if (errno == EIO || errno == ENOMEM)
            unsure = i;
    }
    /* If the system cannot tell whether the file exists, report it as found: opening it gives the
     * reason. */
    return unsure >= 0 && name_file(out, size, folder, stem, unsure);
}

static int holds_all(const char *folder) {
    char path[FM_PATH_SIZE];
    for (size_t i = 0; i < FM_DATA_FILES; i++)
        if (!fm_locate_file(path, sizeof path, folder, fm_data_stems[i]))
            return 0;
    return 1;
}

/* Uses the folder that the caller named, or the folder below it in which other loaders keep the
 * files: torchvision in FashionMNIST/raw, the data set's own repository in data/fashion. Loading
 * reports missing files. */
static int take(char *out, size_t size, const char *folder, fm_error *error) {
    if (!*folder)
        return fm_error_set(error, FM_E_FILE, "data set", "the folder's name is empty");
    if (!fits(snprintf(out, size, "%s", folder), size))
        return fm_error_set(error, FM_E_FILE, folder, "the folder's name is too long");
    static const char *const below[] = {"FashionMNIST/raw", "raw", "fashion-mnist", "data/fashion"};
    char path[FM_PATH_SIZE];
    for (size_t i = 0; i < FM_COUNT(below) && !holds_all(folder); i++)
        if (fits(snprintf(path, sizeof path, "%s/%s", folder, below[i]), size) && holds_all(path))
            return memcpy(out, path, strlen(path) + 1), FM_OK;
    return FM_OK;
}

int fm_dataset_find(char *out, size_t size, const char *wanted, const char *environment,
                    const char *program_folder, fm_error *error) {
    if (wanted)
        return take(out, size, wanted, error);
    if (environment && *environment)
        return take(out, size, environment, error);
    if (program_folder) {
        static const char *const beside[] = {"../data/fashion-mnist", "data/fashion-mnist"};
        for (size_t i = 0; i < 2; i++)
            if (fits(snprintf(out, size, "%s/%s", program_folder, beside[i]), size) &&
                holds_all(out))
                return FM_OK;
    }
    const char *const fixed[] = {"data/fashion-mnist", package_folder};
    for (size_t i = 0; i < 2; i++)
        if (fits(snprintf(out, size, "%s", fixed[i]), size) && holds_all(out))
            return FM_OK;
    fm_error_set(
        error, FM_E_FILE, "data set",
        "not found in data/fashion-mnist (beside the program, or in the current folder), nor in %s",
        package_folder);
    fm_error_hint(error, "install the package dataset-fashion-mnist, or run data/fetch.sh, or name "
                         "the folder with --data");
    return FM_E_FILE;
}
