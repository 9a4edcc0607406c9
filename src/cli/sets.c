#include "cli/sets.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const char *const cli_set_names[] = {
    [CLI_TRAIN] = "train", [CLI_VAL] = "val", [CLI_TEST] = "test", NULL};

static int gather(cli_images *out, const fm_images *from, const uint32_t *indices, size_t count,
                  fm_error *error) {
    const size_t pixels = from->pixels;
    int status = fm_memory_allocate(&out->memory, count, pixels + 1, "images", error);
    if (status)
        return status;
    uint8_t *label = out->memory + count * pixels;
    for (size_t i = 0; i < count; i++) {
        memcpy(out->memory + i * pixels, from->image + indices[i] * pixels, pixels);
        label[i] = from->label[indices[i]];
    }
    out->view = (fm_images){count, pixels, out->memory, label};
    return FM_OK;
}

int cli_images_select(cli_images *out, const fm_dataset *dataset, enum cli_set set,
                      const fm_train_options *options, fm_error *error) {
    *out = (cli_images){.view = fm_dataset_test(dataset)};
    if (set == CLI_TEST)
        return FM_OK;
    const fm_images images = fm_dataset_train(dataset);
    fm_split split = {0};
    int status = fm_split_create(&split, images.count, options->val_fraction, options->seed,
                                 options->shuffle, error);
    if (status)
        return status;
    status = set == CLI_TRAIN ? gather(out, &images, split.train, split.train_count, error)
                              : gather(out, &images, split.val, split.val_count, error);
    fm_split_free(&split);
    return status;
}

void cli_images_free(cli_images *images) {
    free(images->memory);
    *images = (cli_images){.memory = NULL};
}
