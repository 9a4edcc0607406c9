/* Grey pictures of any size, and how they become what the network knows: 28 x 28. */
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

/* A black picture. name is what the error is about. Free with fm_picture_free. FM_E_MEMORY, and
 * FM_E_ARGUMENT where a side is out of range. */
int fm_picture_create(fm_picture *out, size_t width, size_t height, const char *name,
                      fm_error *error);
void fm_picture_free(fm_picture *picture);

/* Scales to out_width x out_height pixels into out: each is the mean of the area of the picture
 * that it covers, exact to the rounding of the result. */
void fm_picture_scale(uint8_t *out, size_t out_width, size_t out_height, const fm_picture *picture);

/* The largest whole size that keeps the proportions and fits into side x side; 1 at least. */
void fm_picture_fitting(size_t *width, size_t *height, const fm_picture *picture, size_t side);

/* As an image of the data set: fitted into 28 x 28, centred, black around it. */
void fm_picture_to_image(uint8_t out[FM_PIXELS], const fm_picture *picture);

#endif
