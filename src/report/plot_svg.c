/* Draws plots with gnuplot: a script with data is its input, SVG its output, without files. */
#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/statistics.h"
#include "base/text.h"
#include "base/utf8.h"
#include "report/child.h"

enum { WIDTH = 420, HEIGHT = 280, FONT = 14, CHARACTER = 9 /* width of a digit with a gap */ };

/* Contrast of at least 3:1 on light and dark pages; distinguishable for colour-blind readers. */
static const char *const colours[FM_PLOT_SERIES] = {"#2f7fd6", "#d9660a", "#0e9277", "#b1529e",
                                                    "#7a7f87", "#a8780c", "#6d63d8", "#d6455d"};
static const int points[FM_PLOT_SERIES] = {7, 5, 9, 13, 7, 5, 9, 13};

/* In single quotes, gnuplot only interprets doubled quotes. A line end would end the command. */
static void add_quoted(fm_text *script, const char *text) {
    fm_text_add(script, "'");
    for (; *text; text++) {
        if (*text == '\'')
            fm_text_add(script, "''");
        else
            fm_text_add_bytes(script, *text == '\n' || *text == '\t' ? " " : text, 1);
    }
    fm_text_add(script, "'");
}

static void add_label(fm_text *script, const char *axis, const char *text) {
    fm_text_print(script, "set %slabel ", axis);
    add_quoted(script, text ? text : "");
    fm_text_add(script, "\n");
}

static void add_style(fm_text *script) {
    fm_text_print(script, "set terminal svg size %d,%d dynamic noenhanced font 'sans-serif,%d'\n",
                  WIDTH, HEIGHT, FONT);
    fm_text_add(script, "set encoding utf8\nset pointintervalbox 0\n"
                        "set border 3\nset tics nomirror\nset tics scale 0.5\n"
                        "set grid ytics lt 1 lc rgb '#dddddd'\nset key above samplen 2\n");
}

/* ---- The x axis ---- */

static void add_categories(fm_text *script, const fm_plot *plot) {
    enum { LONGEST_ROW = 42 }; /* characters side by side; longer labels are rotated */
    size_t characters = 0;
    for (size_t i = 0; i < plot->category_count; i++)
        for (const char *at = plot->categories[i]; *at; at++)
            characters++;
    fm_text_print(script, "set xtics %s(", characters > LONGEST_ROW ? "rotate by -35 " : "");
    for (size_t i = 0; i < plot->category_count; i++) {
        fm_text_add(script, i ? ", " : "");
        add_quoted(script, plot->categories[i]);
        fm_text_print(script, " %zu", i + 1);
    }
    fm_text_add(script, ")\n");
}

/* The number of a tick, and its place on a logarithmic axis. */
typedef struct tick {
    char number[32];
    double left, right;
} tick;

static tick place(double value, fm_plot_range range) {
    enum { AXIS = WIDTH - 90 }; /* approximately */
    tick out;
    int digits = snprintf(out.number, sizeof out.number, "%g", value);
    double middle = AXIS * log(value / range.low) / log(range.high / range.low);
    out.left = middle - digits * CHARACTER / 2.0;
    out.right = middle + digits * CHARACTER / 2.0;
    return out;
}

/* Adds ticks at the points, as far as their numbers do not overlap. */
static void add_point_ticks(fm_text *script, const fm_plot *plot, fm_plot_range range) {
    enum { MOST = 256 };
    double values[MOST], taken = -INFINITY;
    size_t count = 0;
    for (size_t s = 0; s < plot->series_count; s++) {
        for (size_t i = 0; i < plot->series[s].count && count < MOST; i++) {
            double y, error;
            count += (size_t)fm_plot_point(&values[count], &y, &error, plot, s, i);
        }
    }
    fm_sort(values, count);
    fm_text_add(script, "set xtics (");
    const char *between = "";
    for (size_t i = 0; i < count; i++) {
        tick last = place(values[count - 1], range), this = place(values[i], range);
        /* The last tick is always drawn; overlapping ones are left out. */
        if (i + 1 < count && (this.left < taken || this.right > last.left))
            continue;
        fm_text_print(script, "%s'%s' %.17g", between, this.number, values[i]);
        taken = this.right;
        between = ", ";
    }
    fm_text_add(script, ")\n");
}

static void add_x_axis(fm_text *script, const fm_plot *plot) {
    fm_plot_range range = fm_plot_x_range(plot);
    if (plot->log_x)
        fm_text_add(script, "set logscale x\n");
    fm_text_print(script, "set xrange [%.17g:%.17g]\n", range.low, range.high);
    if (plot->categories)
        add_categories(script, plot);
    else if (plot->log_x)
        add_point_ticks(script, plot, range);
    else if (range.high - range.low <= 12) /* no half epochs or layers */
        fm_text_add(script, "set xtics 1\n");
}

/* ---- Points ---- */

static void add_data(fm_text *script, const fm_plot *plot) {
    for (size_t s = 0; s < plot->series_count; s++) {
        fm_text_print(script, "$s%zu << FM_END\n", s);
        for (size_t i = 0; i < plot->series[s].count; i++) {
            double x, y, error;
            if (fm_plot_point(&x, &y, &error, plot, s, i))
                fm_text_print(script, "%.17g %.17g %.17g\n", x, y, error);
            else
                fm_text_add(script, "\n"); /* a blank line interrupts a line */
        }
        fm_text_add(script, "FM_END\n");
    }
}

static void add_drawing(fm_text *script, const fm_plot *plot) {
    enum { MOST_POINTS = 40 }; /* of a curve that can be distinguished */
    const char *between = "plot ";
    for (size_t s = 0; s < plot->series_count; s++) {
        const fm_plot_series *series = &plot->series[s];
        const char *style = plot->categories               ? "points"
                            : series->count <= MOST_POINTS ? "linespoints"
                                                           : "lines";
        if (series->error)
            /* Not with yerrorbars: it draws a white disc behind each point. */
            fm_text_print(script,
                          "%s$s%zu using 1:($2-$3):(0):(2*$3) with vectors heads "
                          "size screen 0.006,90 lc rgb '%s' notitle",
                          between, s, colours[s]);
        fm_text_print(script, "%s$s%zu using 1:2 with %s lc rgb '%s'",
                      series->error ? ", " : between, s, style, colours[s]);
        fm_text_print(script,
                      series->count <= MOST_POINTS || plot->categories ? " lw 1.5 pt %d ps 0.5 "
                                                                       : " lw 1.5 ",
                      points[s]);
        if (series->name) {
            fm_text_add(script, "title ");
            add_quoted(script, series->name);
        } else {
            fm_text_add(script, "notitle");
        }
        between = ", ";
    }
    fm_text_add(script, "\n");
}

/* gnuplot fails on a block without points. */
static int has_points(const fm_plot *plot, size_t s) {
    double x, y, error;
    for (size_t i = 0; i < plot->series[s].count; i++)
        if (fm_plot_point(&x, &y, &error, plot, s, i))
            return 1;
    return 0;
}

static int draw(char **out, const fm_plot *plot, fm_error *error) {
    static const char *const arguments[] = {"gnuplot", "--default-settings", NULL};
    const double seconds = 10;
    fm_text script = {0};
    char *input;
    add_style(&script);
    add_label(&script, "x", plot->x_label);
    add_label(&script, "y", plot->y_label);
    add_x_axis(&script, plot);
    fm_plot_range range = fm_plot_y_range(plot);
    fm_text_print(&script, "set yrange [%.17g:%.17g]\n", range.low, range.high);
    add_data(&script, plot);
    add_drawing(&script, plot);
    int status = fm_text_take(&input, &script, "plot", error);
    if (status)
        return status;
    fm_utf8_clean(input, 1);
    status = fm_child_run(out, arguments, input, seconds, error);
    if (status == FM_E_FILE && error && !strcmp(error->what, arguments[0]))
        fm_error_hint(error,
                      "install gnuplot: package gnuplot-nox on Debian and Ubuntu, gnuplot on other "
                      "systems");
    free(input);
    return status;
}

int fm_plot_svg(char **out, const fm_plot *plot, fm_error *error) {
    fm_plot drawn = *plot;
    *out = NULL;
    drawn.series_count = 0;
    for (size_t s = 0; s < plot->series_count && s < FM_PLOT_SERIES; s++)
        if (has_points(plot, s))
            drawn.series[drawn.series_count++] = plot->series[s];
    if (!drawn.series_count)
        return fm_error_set(error, FM_E_ARGUMENT, "plot", "no points to draw");
    int status = draw(out, &drawn, error);
    if (!status && !strstr(*out, "</svg>")) {
        free(*out);
        *out = NULL;
        status = fm_error_set(error, FM_E_FORMAT, "gnuplot", "did not draw an SVG picture");
    }
    return status;
}
