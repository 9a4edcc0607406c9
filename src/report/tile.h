/* An image of the data set with what is to be said about it, for pictures of several. */
#ifndef FM_REPORT_TILE_H
#define FM_REPORT_TILE_H

#include <stdint.h>

typedef struct fm_tile {
    const uint8_t *image; /* [FM_PIXELS] */
    char line[2][24];     /* under it, in ASCII; empty where there is nothing to say */
} fm_tile;

#endif
