#include "fmnist_cl/dataset.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/idx.h"
#include "data/locate.h"

enum { TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS };

typedef struct data_part {
    char path[FM_PATH_SIZE];
    fm_idx idx;
    fm_data_file file;
} data_part;

struct fm_dataset {
    char folder[FM_PATH_SIZE];
    data_part parts[FM_DATA_FILES];
};

/* Names what the folder holds instead of the missing file. */
static void say_found(const char *folder, const char *stem, fm_error *error) {
    enum { NAMED = 3 };
    struct dirent **entries;
    const int count = scandir(folder, &entries, NULL, alphasort);
    fm_text names = {0};
    int files = 0;
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.' && ++files <= NAMED)
            fm_text_print(&names, "%s%s", files > 1 ? ", " : "", entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    fm_error_set(error, FM_E_FILE, folder, "holds neither %s nor %s.gz, but %s%s", stem, stem,
                 names.bytes ? names.bytes : "nothing", files > NAMED ? ", and others" : "");
    fm_text_free(&names);
}

static int say_missing(const char *folder, const char *stem, fm_error *error) {
    struct stat found;
    if (stat(folder, &found) || (S_ISDIR(found.st_mode) && access(folder, X_OK)))
        fm_error_set(error, FM_E_FILE, folder, "cannot open the folder: %s", strerror(errno));
    else if (!S_ISDIR(found.st_mode))
        fm_error_set(error, FM_E_FILE, folder, "is not a folder");
    else
        say_found(folder, stem, error);
    fm_error_hint(error, "data/fetch.sh downloads the data set; --data names its folder");
    return FM_E_FILE;
}

static int load_part(data_part *part, const char *folder, size_t index, fm_error *error) {
    const char *stem = fm_data_stems[index];
    if (!fm_locate_file(part->path, sizeof part->path, folder, stem))
        return say_missing(folder, stem, error);
    int is_labels = index == TRAIN_LABELS || index == TEST_LABELS;
    int status =
        fm_idx_load(&part->idx, part->path, is_labels ? FM_IDX_LABELS : FM_IDX_IMAGES, error);
    if (status)
        return status;
    part->file.name = strrchr(part->path, '/') + 1;
    memcpy(part->file.sha256, part->idx.sha256, sizeof part->file.sha256);
    memcpy(part->file.content_sha256, part->idx.content_sha256, sizeof part->file.content_sha256);
    return FM_OK;
}

/* One file and the thread that reads it. */
typedef struct reading {
    data_part *part;
    const char *folder;
    size_t index;
    pthread_t thread;
    int threaded;
    int status;
    fm_error error;
} reading;

static void *read_part(void *argument) {
    reading *r = argument;
    r->status = load_part(r->part, r->folder, r->index, &r->error);
    return NULL;
}

/* Reads all files in parallel, because decompression takes most of the time. If several fail, the
 * error of the first one is reported. */
static int load_parts(fm_dataset *dataset, fm_error *error) {
    reading readings[FM_DATA_FILES];
    int status = FM_OK;
    for (size_t i = 0; i < FM_DATA_FILES; i++) {
        reading *r = &readings[i];
        *r = (reading){.part = &dataset->parts[i], .folder = dataset->folder, .index = i};
        r->threaded = i && !pthread_create(&r->thread, NULL, read_part, r);
    }
    for (size_t i = 0; i < FM_DATA_FILES; i++) {
        reading *r = &readings[i];
        if (r->threaded)
            pthread_join(r->thread, NULL);
        else
            read_part(r);
        if (!status && r->status) {
            status = r->status;
            if (error)
                *error = r->error;
        }
    }
    return status;
}

static int check_counts(const data_part *images, const data_part *labels, fm_error *error) {
    if (images->idx.count == labels->idx.count)
        return FM_OK;
    return fm_error_set(error, FM_E_FORMAT, labels->path, "has %zu labels, but %s has %zu images",
                        labels->idx.count, images->file.name, images->idx.count);
}

int fm_dataset_load(fm_dataset **out, const char *folder, fm_error *error) {
    fm_dataset *dataset = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&dataset, 1, sizeof *dataset, "data set", error);
    if (status)
        goto out;
    if (strlen(folder) >= sizeof dataset->folder) {
        status = fm_error_set(error, FM_E_FILE, folder, "the folder's name is too long");
        goto out;
    }
    memcpy(dataset->folder, folder, strlen(folder) + 1);
    status = load_parts(dataset, error);
    data_part *parts = dataset->parts;
    if (!status)
        status = check_counts(&parts[TRAIN_IMAGES], &parts[TRAIN_LABELS], error);
    if (!status)
        status = check_counts(&parts[TEST_IMAGES], &parts[TEST_LABELS], error);
    if (status)
        goto out;
    *out = dataset;
    dataset = NULL;
out:
    fm_dataset_free(dataset);
    return status;
}

void fm_dataset_free(fm_dataset *dataset) {
    if (!dataset)
        return;
    for (size_t i = 0; i < FM_DATA_FILES; i++)
        fm_idx_free(&dataset->parts[i].idx);
    free(dataset);
}

static fm_images view(const fm_idx *images, const fm_idx *labels) {
    return (fm_images){.count = images->count,
                       .pixels = FM_PIXELS,
                       .image = images->values,
                       .label = labels->values};
}

fm_images fm_dataset_train(const fm_dataset *dataset) {
    return view(&dataset->parts[TRAIN_IMAGES].idx, &dataset->parts[TRAIN_LABELS].idx);
}

fm_images fm_dataset_test(const fm_dataset *dataset) {
    return view(&dataset->parts[TEST_IMAGES].idx, &dataset->parts[TEST_LABELS].idx);
}

const char *fm_dataset_folder(const fm_dataset *dataset) {
    return dataset->folder;
}

const fm_data_file *fm_dataset_file(const fm_dataset *dataset, size_t index) {
    return index < FM_DATA_FILES ? &dataset->parts[index].file : NULL;
}

const char *fm_dataset_class_name(unsigned label) {
    static const char *const names[FM_CLASSES] = {
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot",
    };
    return label < FM_CLASSES ? names[label] : NULL;
}
