#include "report/contact_sheet.h"

#include <string.h>

#include "report/text_rendering.h"

enum { PAPER = 255, INK = 0, TEXT_LINES = 2 };

/* All lengths are in pixels. */
typedef struct layout {
    size_t columns, zoom;
    size_t side;   /* of an image */
    size_t margin; /* around and between tiles */
    size_t line;   /* height of a line of text */
    size_t lines;  /* of text under each image */
} layout;

static layout plan(const fm_tile *tiles, size_t count, size_t columns, size_t zoom) {
    layout l = {.columns = columns < count ? columns : count, .zoom = zoom, .margin = 3 * zoom};
    l.side = FM_IMAGE_SIDE * zoom;
    l.line = 3 * zoom; /* so 15 characters are as wide as an image */
    for (size_t i = 0; i < count; i++)
        for (size_t line = 0; line < TEXT_LINES; line++)
            if (tiles[i].line[line][0] && l.lines <= line)
                l.lines = line + 1;
    return l;
}

static void draw_image(fm_picture *out, size_t left, size_t top, const uint8_t *image,
                       size_t zoom) {
    const size_t side = FM_IMAGE_SIDE * zoom;
    for (size_t y = 0; y < side; y++)
        for (size_t x = 0; x < side; x++)
            out->pixel[(top + y) * out->width + left + x] =
                image[y / zoom * FM_IMAGE_SIDE + x / zoom];
}

static int draw_tile(fm_picture *out, const layout *l, size_t place, const fm_tile *tile,
                     fm_text_renderer *renderer, fm_error *error) {
    int status = FM_OK;
    const size_t tile_height = l->side + l->lines * l->line + l->margin;
    const size_t left = l->margin + place % l->columns * (l->side + l->margin);
    const size_t top = l->margin + place / l->columns * tile_height;
    draw_image(out, left, top, tile->image, l->zoom);
    for (size_t line = 0; !status && line < l->lines; line++)
        status =
            fm_text_renderer_draw(renderer, out, left, top + l->side + line * l->line + l->zoom / 2,
                                  tile->line[line], INK, error);
    return status;
}

int fm_contact_sheet_draw(fm_picture *out, const fm_tile *tiles, size_t count, size_t columns,
                          size_t zoom, fm_error *error) {
    const layout l = plan(tiles, count, columns, zoom);
    const size_t rows = (count + l.columns - 1) / l.columns;
    fm_text_renderer *renderer = NULL;
    int status = fm_picture_create(out, l.margin + l.columns * (l.side + l.margin),
                                   l.margin + rows * (l.side + l.lines * l.line + l.margin),
                                   "a contact sheet", error);
    if (!status)
        status = fm_text_renderer_create(&renderer, (unsigned)l.line, error);
    if (status) {
        fm_picture_free(out);
        return status;
    }
    memset(out->pixel, PAPER, out->width * out->height);
    for (size_t i = 0; !status && i < count; i++)
        status = draw_tile(out, &l, i, &tiles[i], renderer, error);
    fm_text_renderer_free(renderer);
    if (status)
        fm_picture_free(out);
    return status;
}
