/* A plot: what is drawn, apart from how. Drawn as SVG by gnuplot, which is looked for when a plot
 * is wanted, or in the terminal (report/terminal_plot.h). */
#ifndef FM_REPORT_PLOT_H
#define FM_REPORT_PLOT_H

#include <stddef.h>

#include "base/text.h"

enum { FM_PLOT_SERIES = 8 };

/* Points, joined in their order. One that is not finite leaves a gap. */
typedef struct fm_plot_series {
    const char *name;    /* in the key; NULL: not there */
    const double *x;     /* [count]; NULL: 1, 2, 3 ... With categories always NULL */
    const double *y;     /* [count] */
    const double *error; /* [count], the half length of the bars; NULL: none */
    size_t count;
} fm_plot_series;

typedef struct fm_plot {
    const char *title; /* what it shows, for who cannot see it; may stand above the plot */
    const char *x_label, *y_label; /* with units: "accuracy (%)" */
    int log_x;                     /* all x are above 0; ticks stand at the points */
    const char *const *categories; /* names on the x axis, a point of each series above each; not
                                      joined. NULL: x is a number */
    size_t category_count;
    fm_plot_series series[FM_PLOT_SERIES];
    size_t series_count;
} fm_plot;

typedef struct fm_plot_range {
    double low, high; /* low < high */
} fm_plot_range;

/* Point i of a series; 0 when it is not to be drawn. */
int fm_plot_point(double *x, double *y, double *error, const fm_plot *plot, size_t series,
                  size_t i);

/* What an axis spans: all points with their bars, and a margin. */
fm_plot_range fm_plot_x_range(const fm_plot *plot);
fm_plot_range fm_plot_y_range(const fm_plot *plot);

/* Appends the plot as an SVG element for an HTML page, fm_svg_add has more: its colours can be read
 * on light and dark pages. Takes about 0.05 s. FM_E_FILE when gnuplot is not there (with the
 * package that brings it as hint), fails, or hangs; FM_E_FORMAT when it does not draw SVG;
 * FM_E_MEMORY. */
int fm_plot_svg(fm_text *out, const fm_plot *plot, fm_error *error);

#endif
