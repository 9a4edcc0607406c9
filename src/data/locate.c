#include "data/locate.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

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

int fm_locate_file(char *out, size_t size, const char *folder, const char *stem) {
    static const char *const endings[] = {"", ".gz"};
    const char *unsure = NULL;
    for (size_t i = 0; i < 2; i++) {
        if (!fits(snprintf(out, size, "%s/%s%s", folder, stem, endings[i]), size))
            continue;
        if (access(out, F_OK) == 0)
            return 1;
        if (errno == EIO || errno == ENOMEM)
            unsure = endings[i];
    }
    /* If the system cannot tell whether the file exists, report it as found: opening it gives the
     * reason. */
    return unsure && fits(snprintf(out, size, "%s/%s%s", folder, stem, unsure), size);
}

static int holds_all(const char *folder) {
    char path[FM_PATH_SIZE];
    for (size_t i = 0; i < FM_DATA_FILES; i++)
        if (!fm_locate_file(path, sizeof path, folder, fm_data_stems[i]))
            return 0;
    return 1;
}

/* Uses the folder that the caller named, without a search. Loading reports missing files. */
static int take(char *out, size_t size, const char *folder, fm_error *error) {
    if (!*folder)
        return fm_error_set(error, FM_E_FILE, "data set", "the folder's name is empty");
    if (!fits(snprintf(out, size, "%s", folder), size))
        return fm_error_set(error, FM_E_FILE, folder, "the folder's name is too long");
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
