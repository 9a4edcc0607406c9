/* An image of the data set with what is to be said about it, for pictures of several. */
#ifndef FM_REPORT_TILE_H
#define FM_REPORT_TILE_H

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/evaluation.h"

typedef struct fm_tile {
    const uint8_t *image; /* [FM_PIXELS] */
    char line[2][24];     /* under it, in ASCII; empty where there is nothing to say */
} fm_tile;

/* The image with its true class and the one it was taken for. */
void fm_tile_mistake(fm_tile *out, const fm_images *images, const fm_mistake *mistake);

#endif
