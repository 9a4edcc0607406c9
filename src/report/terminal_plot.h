/* Plots in the terminal. */
#ifndef FM_REPORT_TERMINAL_PLOT_H
#define FM_REPORT_TERMINAL_PLOT_H

#include "report/plot.h"

/* Draws the plot with axes, numbers and a key into *out; free() it. Lines have at most `columns`
 * columns (at least 20), the drawing has `rows` lines (at least 3). drawn: Unicode braille with
 * eight dots per character, and a colour per series; otherwise plain ASCII, with a character per
 * series. Texts of the plot are not escaped. FM_E_MEMORY. */
int fm_terminal_plot(char **out, const fm_plot *plot, size_t columns, size_t rows, int drawn,
                     fm_error *error);

#endif
