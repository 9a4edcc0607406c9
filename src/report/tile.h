/* An image of the data set with two lines of text, for contact sheets. */
#ifndef FM_REPORT_TILE_H
#define FM_REPORT_TILE_H

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/evaluation.h"

typedef struct fm_tile {
    const uint8_t *image; /* [FM_PIXELS] */
    char line[2][24];     /* below the image, in ASCII; may be empty */
} fm_tile;

/* Makes a tile of a mistake: the image, its true class and the prediction. */
void fm_tile_mistake(fm_tile *out, const fm_images *images, const fm_mistake *mistake);

#endif
