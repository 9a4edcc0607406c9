#include "report/plot.h"

#include <math.h>

int fm_plot_point(double *x, double *y, double *error, const fm_plot *plot, size_t series,
                  size_t i) {
    const fm_plot_series *s = &plot->series[series];
    if (plot->categories ? i >= plot->category_count : i >= s->count)
        return 0;
    *x = !plot->categories && s->x ? s->x[i] : (double)(i + 1);
    *y = s->y[i];
    *error = s->error && isfinite(s->error[i]) ? fabs(s->error[i]) : 0;
    return isfinite(*x) && isfinite(*y) && (!plot->log_x || *x > 0);
}

static void include(fm_plot_range *range, double low, double high) {
    range->low = low < range->low ? low : range->low;
    range->high = high > range->high ? high : range->high;
}

/* The range of x if is_x, otherwise of y with its bars; of log(x) for a logarithmic axis. */
static fm_plot_range span(const fm_plot *plot, int is_x) {
    fm_plot_range range = {INFINITY, -INFINITY};
    for (size_t s = 0; s < plot->series_count; s++) {
        for (size_t i = 0; i < plot->series[s].count; i++) {
            double x, y, error;
            if (!fm_plot_point(&x, &y, &error, plot, s, i))
                continue;
            x = plot->log_x ? log10(x) : x;
            include(&range, is_x ? x : y - error, is_x ? x : y + error);
        }
    }
    if (!(range.low <= range.high))
        range = (fm_plot_range){0, 1};
    return range;
}

static fm_plot_range widen(fm_plot_range range, double share) {
    double margin = (range.high - range.low) * share;
    /* A single value gets a range around it. */
    if (!(margin > 1e-9 * fabs(range.high)))
        margin = range.high != 0 ? 0.05 * fabs(range.high) : 0.5;
    return (fm_plot_range){range.low - margin, range.high + margin};
}

fm_plot_range fm_plot_x_range(const fm_plot *plot) {
    if (plot->categories)
        return (fm_plot_range){0.5, (double)plot->category_count + 0.5};
    fm_plot_range range = span(plot, 1);
    if (range.low == range.high)
        return plot->log_x ? (fm_plot_range){pow(10, range.low - 0.5), pow(10, range.low + 0.5)}
                           : (fm_plot_range){range.low - 1, range.low + 1};
    range = widen(range, 0.03);
    return plot->log_x ? (fm_plot_range){pow(10, range.low), pow(10, range.high)} : range;
}

fm_plot_range fm_plot_y_range(const fm_plot *plot) {
    return widen(span(plot, 0), 0.06);
}
