/* Grey images of any size, and their conversion to the network's 28 x 28 pixels. */
#ifndef FM_DATA_PICTURE_H
#define FM_DATA_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/dataset.h"

enum { FM_PICTURE_MOST_SIDE = 16384 };

typedef struct fm_picture {
    size_t width, height; /* 1 to FM_PICTURE_MOST_SIDE each */
    uint8_t *pixel;       /* [height][width], 0 is black, 255 white */
} fm_picture;

/* Creates a black picture. name is the error's what. Free with fm_picture_free. FM_E_MEMORY;
 * FM_E_ARGUMENT if a side is out of range. */
int fm_picture_create(fm_picture *out, size_t width, size_t height, const char *name,
                      fm_error *error);
void fm_picture_free(fm_picture *picture);

/* Scales the picture to out_width x out_height pixels (area averaging): each pixel of the result is
 * the rounded mean of the source area that it covers. */
void fm_picture_scale(uint8_t *out, size_t out_width, size_t out_height, const fm_picture *picture);

/* The largest size within side x side that keeps the aspect ratio, rounded; at least 1 x 1. */
void fm_picture_fitting(size_t *width, size_t *height, const fm_picture *picture, size_t side);

/* Converts to an image like those of the data set: scaled to fit 28 x 28, centred on black. */
void fm_picture_to_image(uint8_t out[FM_PIXELS], const fm_picture *picture);

#endif
