#include "report/tile.h"

#include <stdio.h>

void fm_tile_mistake(fm_tile *out, const fm_images *images, const fm_mistake *mistake) {
    out->image = images->image + mistake->index * images->pixels;
    snprintf(out->line[0], sizeof out->line[0], "%s", fm_dataset_class_name(mistake->actual));
    snprintf(out->line[1], sizeof out->line[1], "as %s", fm_dataset_class_name(mistake->predicted));
}
