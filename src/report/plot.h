/* The data of a plot. gnuplot draws it as SVG, or report/terminal_plot.h in the terminal. */
#ifndef FM_REPORT_PLOT_H
#define FM_REPORT_PLOT_H

#include <stddef.h>

#include "fmnist_cl/error.h"

enum { FM_PLOT_SERIES = 8 };

/* Points, connected in their order. A non-finite point is a gap. */
typedef struct fm_plot_series {
    const char *name;    /* in the key; NULL: not in the key */
    const double *x;     /* [count]; NULL: 1, 2, 3 ... With categories always NULL */
    const double *y;     /* [count] */
    const double *error; /* [count], half the length of the error bars; NULL: none */
    size_t count;
} fm_plot_series;

typedef struct fm_plot {
    const char *title;             /* above the plot, and its alternative text */
    const char *x_label, *y_label; /* with units: "accuracy (%)" */
    int log_x;                     /* all x are positive; ticks are at the points */
    const char *const *categories; /* names on the x axis, with a point of each series above each;
                                      not connected. NULL: x is a number */
    size_t category_count;
    fm_plot_series series[FM_PLOT_SERIES];
    size_t series_count;
} fm_plot;

typedef struct fm_plot_range {
    double low, high; /* low < high */
} fm_plot_range;

/* Gets point i of a series; returns 0 if it is a gap. */
int fm_plot_point(double *x, double *y, double *error, const fm_plot *plot, size_t series,
                  size_t i);

/* The range of an axis: all points with their bars, and a margin. */
fm_plot_range fm_plot_x_range(const fm_plot *plot);
fm_plot_range fm_plot_y_range(const fm_plot *plot);

/* Draws the plot as an SVG document on a transparent background; free() it. Takes about 0.05 s.
 * FM_E_ARGUMENT without points; FM_E_FILE if gnuplot is missing (with its package as hint), fails,
 * or hangs; FM_E_FORMAT if its output is not SVG; FM_E_MEMORY. */
int fm_plot_svg(char **out, const fm_plot *plot, fm_error *error);

#endif
