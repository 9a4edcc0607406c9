/* Plots made of characters. */
#ifndef FM_REPORT_TERMINAL_PLOT_H
#define FM_REPORT_TERMINAL_PLOT_H

#include "report/plot.h"

/* Draws into *out (free() it) the plot in lines of at most `columns` columns (20 or more are used),
 * the curves `rows` lines high (3 or more), with axes, numbers and a key. drawn: with Unicode's
 * braille, eight dots a character, and a colour for each series; otherwise in plain ASCII, with a
 * character for each. The plot's texts are printed as they are. FM_E_MEMORY. */
int fm_terminal_plot(char **out, const fm_plot *plot, size_t columns, size_t rows, int drawn,
                     fm_error *error);

#endif
