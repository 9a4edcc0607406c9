#include "data/picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int fm_picture_create(fm_picture *out, size_t width, size_t height, const char *name,
                      fm_error *error) {
    *out = (fm_picture){0};
    if (width < 1 || height < 1 || width > FM_PICTURE_MOST_SIDE || height > FM_PICTURE_MOST_SIDE)
        return fm_error_set(error, FM_E_ARGUMENT, name,
                            "has %zu x %zu pixels; each side must have 1 to %d", width, height,
                            FM_PICTURE_MOST_SIDE);
    int status = fm_memory_allocate(&out->pixel, width * height, 1, name, error);
    if (status)
        return status;
    out->width = width;
    out->height = height;
    return FM_OK;
}

void fm_picture_free(fm_picture *picture) {
    free(picture->pixel);
    *picture = (fm_picture){0};
}

/* Computes in units in which every overlap is a whole number: a source pixel is `to` units wide, a
 * pixel of the result `from` units. */
static size_t overlap(size_t source, size_t result, size_t from, size_t to) {
    size_t begin = source * to > result * from ? source * to : result * from;
    size_t end = (source + 1) * to < (result + 1) * from ? (source + 1) * to : (result + 1) * from;
    return end - begin;
}

static uint8_t mean(const fm_picture *picture, size_t x, size_t y, size_t width, size_t height) {
    const size_t first_x = x * picture->width / width, first_y = y * picture->height / height;
    uint64_t sum = 0; /* at most 255 x 2^28: the weights sum to width x height of the source */
    for (size_t sy = first_y; sy * height < (y + 1) * picture->height; sy++) {
        const uint8_t *row = picture->pixel + sy * picture->width;
        uint64_t in_row = 0;
        for (size_t sx = first_x; sx * width < (x + 1) * picture->width; sx++)
            in_row += row[sx] * (uint64_t)overlap(sx, x, picture->width, width);
        sum += in_row * overlap(sy, y, picture->height, height);
    }
    const uint64_t area = (uint64_t)picture->width * picture->height;
    return (uint8_t)((sum + area / 2) / area);
}

void fm_picture_scale(uint8_t *out, size_t out_width, size_t out_height,
                      const fm_picture *picture) {
    for (size_t y = 0; y < out_height; y++)
        for (size_t x = 0; x < out_width; x++)
            out[y * out_width + x] = mean(picture, x, y, out_width, out_height);
}

void fm_picture_fitting(size_t *width, size_t *height, const fm_picture *picture, size_t side) {
    const size_t w = picture->width, h = picture->height, longer = w > h ? w : h;
    *width = (2 * w * side + longer) / (2 * longer);
    *height = (2 * h * side + longer) / (2 * longer);
    *width = *width ? *width : 1;
    *height = *height ? *height : 1;
}

void fm_picture_to_image(uint8_t out[FM_PIXELS], const fm_picture *picture) {
    size_t width, height;
    uint8_t fitted[FM_PIXELS];
    fm_picture_fitting(&width, &height, picture, FM_IMAGE_SIDE);
    fm_picture_scale(fitted, width, height, picture);
    memset(out, 0, FM_PIXELS);
    const size_t left = (FM_IMAGE_SIDE - width) / 2, top = (FM_IMAGE_SIDE - height) / 2;
    for (size_t y = 0; y < height; y++)
        memcpy(out + (top + y) * FM_IMAGE_SIDE + left, fitted + y * width, width);
}
