#include "report/terminal_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { LABEL_SIZE = 16, MOST_TICKS = 128 };

/* A cell of the drawing. */
typedef struct cell {
    unsigned char dots;  /* of a braille character, in Unicode's order; plain: the character */
    unsigned char owner; /* the series that colours it, from 1; 0: empty */
} cell;

typedef struct tick {
    size_t at; /* row from the top, or column */
    char label[LABEL_SIZE];
} tick;

typedef struct ticks {
    tick tick[MOST_TICKS];
    size_t count;
} ticks;

typedef struct canvas {
    const fm_plot *plot;
    fm_plot_range x, y;
    size_t columns, rows; /* of cells */
    size_t across, down;  /* dots of a cell */
    int drawn;
    cell *cells;
} canvas;

static const char symbols[FM_PLOT_SERIES] = {'*', 'o', '+', 'x', '#', '@', '%', '&'};

/* ---- Positions ---- */

/* The position within the range, 0 to 1. */
static double x_share(const canvas *c, double x) {
    return c->plot->log_x ? log(x / c->x.low) / log(c->x.high / c->x.low)
                          : (x - c->x.low) / (c->x.high - c->x.low);
}

static double y_share(const canvas *c, double y) {
    return (c->y.high - y) / (c->y.high - c->y.low);
}

/* Converts a share of 0 to 1 into one of `count` positions. */
static size_t position(double share, size_t count) {
    double at = share * (double)count;
    return at >= (double)count ? count - 1 : at > 0 ? (size_t)at : 0;
}

/* ---- Points and lines ---- */

static void set_dot(canvas *c, double x, double y, size_t series, int is_point) {
    /* Unicode numbers a character's dots 1 2 3 7 down the left side, 4 5 6 8 down the right. */
    static const unsigned char bits[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
    size_t across = position(x, c->columns * c->across), down = position(y, c->rows * c->down);
    cell *at = &c->cells[down / c->down * c->columns + across / c->across];
    if (c->drawn)
        at->dots |= bits[across % c->across][down % c->down];
    else if (is_point || !at->owner)
        at->dots = (unsigned char)(is_point ? symbols[series] : '.');
    at->owner = (unsigned char)(series + 1);
}

/* Draws a line; coordinates are shares of the drawing. */
static void draw_line(canvas *c, double x0, double y0, double x1, double y1, size_t series) {
    double across = fabs(x1 - x0) * (double)(c->columns * c->across);
    double down = fabs(y1 - y0) * (double)(c->rows * c->down);
    size_t steps = (size_t)(across > down ? across : down) + 1;
    for (size_t i = 0; i <= steps; i++) {
        double way = (double)i / (double)steps;
        set_dot(c, x0 + (x1 - x0) * way, y0 + (y1 - y0) * way, series, 0);
    }
}

/* Draws three dots, because a single one would not be visible on a line or bar. */
static void draw_point(canvas *c, double x, double y, size_t series) {
    const fm_plot *plot = c->plot;
    double dot = 1 / (double)(c->columns * c->across);
    set_dot(c, x, y, series, 1);
    if (c->drawn && (plot->categories || plot->series[series].error))
        draw_line(c, x - dot, y, x + dot, y, series);
}

static void draw_series(canvas *c, size_t series, int points) {
    double last_x = 0, last_y = 0;
    int joined = 0;
    for (size_t i = 0; i < c->plot->series[series].count; i++) {
        double x, y, error;
        if (!fm_plot_point(&x, &y, &error, c->plot, series, i)) {
            joined = 0;
            continue;
        }
        double at_x = x_share(c, x), at_y = y_share(c, y);
        if (points)
            draw_point(c, at_x, at_y, series);
        else if (error > 0)
            draw_line(c, at_x, y_share(c, y + error), at_x, y_share(c, y - error), series);
        if (!points && joined && !c->plot->categories)
            draw_line(c, last_x, last_y, at_x, at_y, series);
        last_x = at_x;
        last_y = at_y;
        joined = 1;
    }
}

/* ---- Ticks ---- */

/* The smallest 1, 2 or 5 times a power of ten that is at least `least`. */
static double round_step(double least) {
    double power = pow(10, floor(log10(least)));
    double times = least / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void print_tick(char out[LABEL_SIZE], double value, double step) {
    int digits = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
    if (fabs(value) >= 1e6 || digits > 6)
        snprintf(out, LABEL_SIZE, "%.3g", value);
    else
        snprintf(out, LABEL_SIZE, "%.*f", digits, fabs(value) < step / 2 ? 0.0 : value);
}

static void find_y_ticks(ticks *out, const canvas *c) {
    enum { ROWS_APART = 2 };
    double span = c->y.high - c->y.low;
    double step = round_step(span * ROWS_APART / (double)c->rows);
    const double first = ceil(c->y.low / step);
    for (out->count = 0; out->count < MOST_TICKS; out->count++) {
        tick *t = &out->tick[out->count];
        const double y = (first + (double)out->count) * step;
        if (!(y <= c->y.high))
            break;
        t->at = position(y_share(c, y), c->rows);
        print_tick(t->label, y, step);
    }
}

static void add_x_tick(ticks *out, const canvas *c, double x, const char *label) {
    if (out->count == MOST_TICKS)
        return;
    tick *t = &out->tick[out->count++];
    t->at = position(x_share(c, x), c->columns);
    snprintf(t->label, LABEL_SIZE, "%s", label);
}

static int by_place(const void *a, const void *b) {
    const tick *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void find_x_ticks(ticks *out, const canvas *c) {
    enum { COLUMNS_APART = 8 };
    const fm_plot *plot = c->plot;
    char label[LABEL_SIZE];
    out->count = 0;
    for (size_t i = 0; plot->categories && i < plot->category_count; i++)
        add_x_tick(out, c, (double)(i + 1), plot->categories[i]);
    if (plot->categories)
        return;
    for (size_t s = 0; plot->log_x && s < plot->series_count; s++) {
        for (size_t i = 0; i < plot->series[s].count; i++) {
            double x, y, error;
            if (!fm_plot_point(&x, &y, &error, plot, s, i))
                continue;
            snprintf(label, sizeof label, "%g", x);
            add_x_tick(out, c, x, label);
        }
    }
    qsort(out->tick, out->count, sizeof *out->tick, by_place);
    if (plot->log_x)
        return;
    double step = round_step((c->x.high - c->x.low) * COLUMNS_APART / (double)c->columns);
    step = step < 1 && c->x.high - c->x.low > 1 ? 1 : step; /* no half epochs */
    const double first = ceil(c->x.low / step);
    while (out->count < MOST_TICKS) {
        const double x = (first + (double)out->count) * step;
        if (!(x <= c->x.high))
            break;
        print_tick(label, x, step);
        add_x_tick(out, c, x, label);
    }
}

/* ---- Lines of text ---- */

static void add_repeated(fm_text *out, const char *text, size_t count) {
    for (size_t i = 0; i < count; i++)
        fm_text_add(out, text);
}

static void set_colour(fm_text *out, const canvas *c, unsigned series) {
    static const int colours[] = {0,  94, 31, 32, 35,
                                  36, 91, 34, 95}; /* seen on black and on white */
    ;
    if (c->drawn)
        fm_text_print(out, "\033[%dm", colours[series]);
}

static void add_cell(fm_text *out, const canvas *c, const cell *at) {
    if (!at->owner) {
        fm_text_add(out, " ");
    } else if (!c->drawn) {
        fm_text_print(out, "%c", at->dots);
    } else {
        unsigned code = 0x2800u + at->dots;
        char utf8[] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
                       (char)(0x80 | (code & 0x3f)), '\0'};
        fm_text_add(out, utf8);
    }
}

/* Adds a line of the drawing with its number on the left, without trailing blanks. */
static void add_row(fm_text *out, const canvas *c, size_t row, const ticks *numbers, int width) {
    const char *label = "";
    for (size_t i = 0; i < numbers->count; i++)
        label = numbers->tick[i].at == row ? numbers->tick[i].label : label;
    fm_text_print(out, "%*s %s", width, label,
                  !c->drawn ? (*label ? "+" : "|") : (*label ? "\xe2\x94\xa4" : "\xe2\x94\x82"));
    const cell *cells = c->cells + row * c->columns;
    size_t end = c->columns;
    while (end > 0 && !cells[end - 1].owner)
        end--;
    unsigned owner = 0;
    for (size_t i = 0; i < end; i++) {
        if (cells[i].owner && cells[i].owner != owner)
            set_colour(out, c, owner = cells[i].owner);
        add_cell(out, c, &cells[i]);
    }
    if (owner)
        set_colour(out, c, 0);
    fm_text_add(out, "\n");
}

static size_t width_of(const char *text) {
    size_t columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80; /* not within a character */
    return columns;
}

/* Adds the axis with its ticks, and the numbers below that do not overlap. */
static void add_x_axis(fm_text *out, const canvas *c, const ticks *numbers, size_t width) {
    add_repeated(out, " ", width + 1);
    fm_text_add(out, c->drawn ? "\xe2\x94\x94" : "+");
    for (size_t i = 0, next = 0; i < c->columns; i++) {
        int is_tick = 0;
        for (; next < numbers->count && numbers->tick[next].at <= i; next++)
            is_tick = 1;
        fm_text_add(out, !c->drawn ? (is_tick ? "+" : "-")
                                   : (is_tick ? "\xe2\x94\xac" : "\xe2\x94\x80"));
    }
    fm_text_add(out, "\n");
    size_t column = 0, offset = width + 2, end = offset + c->columns;
    for (size_t i = 0; i < numbers->count; i++) {
        const tick *t = &numbers->tick[i];
        size_t length = width_of(t->label), start = offset + t->at;
        start -= length / 2 < start ? length / 2 : start;
        if (start + length > end && length <= end)
            start = end - length;
        if (column && start < column + 1)
            continue;
        add_repeated(out, " ", start - column);
        fm_text_add(out, t->label);
        column = start + length;
    }
    fm_text_add(out, "\n");
}

/* Adds the axis label and the key of the curves. */
static void add_key(fm_text *out, const canvas *c, size_t width) {
    const fm_plot *plot = c->plot;
    size_t column = width + 2 + width_of(plot->x_label ? plot->x_label : "");
    add_repeated(out, " ", width + 2);
    fm_text_add(out, plot->x_label ? plot->x_label : "");
    for (size_t s = 0; s < plot->series_count; s++) {
        const char *name = plot->series[s].name;
        if (!name)
            continue;
        if (column + 5 + width_of(name) > width + 2 + c->columns && column > width + 2) {
            fm_text_add(out, "\n");
            add_repeated(out, " ", width + 2);
            column = width + 2;
        } else {
            fm_text_add(out, "  ");
            column += 3;
        }
        set_colour(out, c, (unsigned)s + 1);
        if (c->drawn)
            fm_text_add(out, "\xe2\xa0\xa4\xe2\xa0\xa4");
        else
            fm_text_print(out, "%c", symbols[s]);
        set_colour(out, c, 0);
        fm_text_print(out, " %s", name);
        column += 3 + width_of(name);
    }
    fm_text_add(out, "\n");
}

int fm_terminal_plot(char **out, const fm_plot *plot, size_t columns, size_t rows, int drawn,
                     fm_error *error) {
    enum { LEAST_COLUMNS = 20, MOST_COLUMNS = 1000, LEAST_ROWS = 3, MOST_ROWS = 200 };
    canvas c = {.plot = plot,
                .x = fm_plot_x_range(plot),
                .y = fm_plot_y_range(plot),
                .rows = rows < LEAST_ROWS  ? LEAST_ROWS
                        : rows > MOST_ROWS ? MOST_ROWS
                                           : rows,
                .across = drawn ? 2 : 1,
                .down = drawn ? 4 : 1,
                .drawn = drawn};
    ticks y_ticks, x_ticks;
    fm_text text = {0};
    size_t width = 0;
    *out = NULL;
    find_y_ticks(&y_ticks, &c);
    for (size_t i = 0; i < y_ticks.count; i++) {
        size_t length = strlen(y_ticks.tick[i].label);
        width = length > width ? length : width;
    }
    columns = columns < LEAST_COLUMNS  ? LEAST_COLUMNS
              : columns > MOST_COLUMNS ? MOST_COLUMNS
                                       : columns;
    c.columns = columns > width + 4 ? columns - width - 2 : 2;
    find_x_ticks(&x_ticks, &c);
    int status = fm_memory_allocate(&c.cells, c.columns * c.rows, sizeof *c.cells, "plot", error);
    if (status)
        return status;
    for (int points = 0; points < 2; points++)
        for (size_t s = 0; s < plot->series_count; s++)
            draw_series(&c, s, points);
    fm_text_print(&text, "%s\n", plot->y_label ? plot->y_label : "");
    for (size_t row = 0; row < c.rows; row++)
        add_row(&text, &c, row, &y_ticks, (int)width);
    add_x_axis(&text, &c, &x_ticks, width);
    add_key(&text, &c, width);
    free(c.cells);
    return fm_text_take(out, &text, "plot", error);
}
