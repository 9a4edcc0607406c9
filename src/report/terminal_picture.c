#include "report/terminal_picture.h"

#include <string.h>

enum {
    MOST_SIDE = 4 * FM_IMAGE_SIDE,
    PLAIN_SIDE = 2 * FM_IMAGE_SIDE, /* two characters per pixel, a line per row */
    TEN = 10,                       /* tiles per row, if there is room */
    LEAST_TILE = 14,                /* the longest class name fits, and shapes are recognizable */
    LEAST_PLAIN_TILE = 18,
    TEXT_LINES = 2,
    TEXT_ROOM = 18, /* lines for text above and below a picture */
};

/* A scaled picture. Drawn: two rows of values per line; plain: one. */
typedef struct cells {
    size_t columns, lines;
    int drawn;
    enum fm_colours colours;
    uint8_t value[MOST_SIDE * (MOST_SIDE + 1)];
} cells;

static void fill(cells *out, const fm_picture *picture, size_t side, const fm_terminal *terminal) {
    const int drawn = terminal->drawn;
    size_t width, height;
    fm_picture_fitting(&width, &height, picture, side);
    *out = (cells){
        .columns = width, .lines = (height + 1) / 2, .drawn = drawn, .colours = terminal->colours};
    /* Characters are about twice as high as wide. */
    fm_picture_scale(out->value, width, drawn ? height : out->lines, picture);
}

static fm_colour grey(uint8_t value) {
    return (fm_colour){value, value, value};
}

static void write_drawn(FILE *out, const cells *c, size_t line) {
    const uint8_t *top = c->value + 2 * line * c->columns, *bottom = top + c->columns;
    for (size_t x = 0; x < c->columns; x++) {
        if (!x || top[x] != top[x - 1])
            fm_terminal_colour(out, FM_FOREGROUND, grey(top[x]), c->colours);
        if (!x || bottom[x] != bottom[x - 1])
            fm_terminal_colour(out, FM_BACKGROUND, grey(bottom[x]), c->colours);
        fputs("\xe2\x96\x80", out); /* U+2580, the upper half */
    }
    fputs("\033[0m", out);
}

static void write_line(FILE *out, const cells *c, size_t line) {
    static const char ramp[] = " .:-=+*#%@"; /* by ink: light on a dark terminal */
    if (c->drawn) {
        write_drawn(out, c, line);
        return;
    }
    const uint8_t *row = c->value + line * c->columns;
    for (size_t x = 0; x < c->columns; x++)
        fputc(ramp[row[x] * (sizeof ramp - 1) / 256], out);
}

/* The last column stays empty: after a character there, some terminals start a new line. */
static size_t room_of(const fm_terminal *terminal) {
    return terminal->columns > 2 ? terminal->columns - 1 : 1;
}

void fm_terminal_picture(FILE *out, const fm_picture *picture, const fm_terminal *terminal) {
    const size_t room = room_of(terminal);
    const size_t lines = terminal->rows > TEXT_ROOM ? terminal->rows - TEXT_ROOM : 0;
    size_t side = FM_IMAGE_SIDE;
    if (terminal->drawn) {
        /* Integer multiples, so that all pixels have the same size. */
        while (side + FM_IMAGE_SIDE <= room && side + FM_IMAGE_SIDE <= 2 * lines &&
               side < MOST_SIDE)
            side += FM_IMAGE_SIDE;
    } else if (room >= PLAIN_SIDE) {
        side = PLAIN_SIDE;
    }
    cells drawn;
    fill(&drawn, picture, side < room ? side : room, terminal);
    for (size_t line = 0; line < drawn.lines; line++) {
        write_line(out, &drawn, line);
        fputc('\n', out);
    }
}

static size_t tile_side(size_t room, size_t count, int drawn) {
    const size_t least = drawn ? LEAST_TILE : LEAST_PLAIN_TILE;
    size_t in_row = count < TEN ? count : TEN;
    size_t side = (room + 1) / in_row > 1 ? (room + 1) / in_row - 1 : 1;
    side = side < least ? least : side;
    side = side < FM_IMAGE_SIDE ? side : FM_IMAGE_SIDE;
    return side < room ? side : room;
}

static void write_texts(FILE *out, const fm_tile *tiles, size_t count, size_t side) {
    for (size_t line = 0; line < TEXT_LINES; line++) {
        int any = 0;
        for (size_t i = 0; i < count; i++)
            any |= tiles[i].line[line][0] != '\0';
        for (size_t i = 0; i < count && any; i++)
            fprintf(out, "%-*.*s%s", (int)side, (int)side, tiles[i].line[line],
                    i + 1 < count ? " " : "\n");
    }
}

static void write_row(FILE *out, const fm_tile *tiles, size_t count, size_t side,
                      const fm_terminal *terminal) {
    cells row[TEN];
    row[0].lines = 0; /* the row is empty */
    for (size_t i = 0; i < count; i++) {
        /* The cast is safe: the picture is only read. */
        const fm_picture picture = {FM_IMAGE_SIDE, FM_IMAGE_SIDE, (uint8_t *)tiles[i].image};
        fill(&row[i], &picture, side, terminal);
    }
    for (size_t line = 0; line < row[0].lines; line++) {
        for (size_t i = 0; i < count; i++) {
            write_line(out, &row[i], line);
            fputc(i + 1 < count ? ' ' : '\n', out);
        }
    }
    write_texts(out, tiles, count, side);
}

void fm_terminal_tiles(FILE *out, const fm_tile *tiles, size_t count, const fm_terminal *terminal) {
    if (!count)
        return;
    const size_t room = room_of(terminal);
    const size_t side = tile_side(room, count, terminal->drawn);
    size_t in_row = (room + 1) / (side + 1);
    in_row = in_row < 1 ? 1 : in_row < TEN ? in_row : TEN;
    for (size_t i = 0; i < count; i += in_row) {
        if (i)
            fputc('\n', out);
        write_row(out, tiles + i, count - i < in_row ? count - i : in_row, side, terminal);
    }
}
