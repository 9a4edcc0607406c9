#include "tune/images.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

/* Pixels of a row, and the minimum width and height of a piece of clothing. */
enum { ROW = 28, LEAST_WIDTH = 12, LEAST_HEIGHT = 16 };

/* Draws a bright rectangle in the middle with a few dark spots; its width depends on the class. */
static void draw(uint8_t *image, size_t pixels, uint32_t label, fm_random *random) {
    const uint32_t spread = (ROW - LEAST_WIDTH) / 2;
    const uint32_t wider = spread * label / (FM_CLASSES - 1);
    const uint32_t width = LEAST_WIDTH + wider + fm_random_below(random, spread + 1);
    const uint32_t height = LEAST_HEIGHT + fm_random_below(random, ROW - LEAST_HEIGHT + 1);
    const uint32_t left = (ROW - width) / 2, top = (ROW - height) / 2;
    for (size_t p = 0; p < pixels; p++) {
        const uint32_t x = (uint32_t)(p % ROW), y = (uint32_t)(p / ROW % ROW);
        const int inside = x - left < width && y - top < height;
        const uint32_t value = fm_random_below(random, 290);
        image[p] = (uint8_t)(inside && value < 256 ? value : 0);
    }
}

int fm_tune_images_create(fm_images *out, size_t count, size_t pixels, fm_error *error) {
    uint8_t *image = NULL, *label = NULL;
    fm_random random;
    *out = (fm_images){.count = count, .pixels = pixels};
    int status = fm_memory_allocate(&image, count * pixels, 1, "images for timing", error);
    if (!status)
        status = fm_memory_allocate(&label, count, 1, "images for timing", error);
    if (status) {
        free(image);
        return status;
    }
    fm_random_seed(&random, 1, FM_STREAM_TUNE);
    for (size_t i = 0; i < count; i++) {
        label[i] = (uint8_t)fm_random_below(&random, FM_CLASSES);
        draw(image + i * pixels, pixels, label[i], &random);
    }
    out->image = image;
    out->label = label;
    return FM_OK;
}

void fm_tune_images_free(fm_images *images) {
    free((uint8_t *)images->image);
    free((uint8_t *)images->label);
    *images = (fm_images){0};
}
