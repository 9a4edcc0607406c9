/* An HTML page in one file, without scripts and external resources; it is also valid XML. All texts
 * are escaped. Only fm_html_write reports errors, at the end. */
#ifndef FM_REPORT_HTML_H
#define FM_REPORT_HTML_H

#include <stddef.h>

#include "base/text.h"
#include "report/plot.h"

typedef struct fm_html {
    fm_text text;
    int in_row;    /* a table's row is open */
    int has_plots; /* 0: a plot could not be drawn, so no more are tried */
} fm_html;

/* Starts a page with a title and a subtitle. End it with fm_html_write or fm_html_free. */
void fm_html_begin(fm_html *out, const char *title, const char *subtitle, ...) FM_PRINTF(3, 4);
void fm_html_free(fm_html *page);

/* Ends the page, writes it to report.html in the folder (completely or not at all), and frees it,
 * even after a failure. FM_E_FILE or FM_E_MEMORY. */
int fm_html_write(fm_html *page, const char *folder, fm_error *error);

/* level 2 for a section, 3 within one. */
void fm_html_heading(fm_html *page, int level, const char *text);
void fm_html_paragraph(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* A paragraph in smaller, paler text. */
void fm_html_note(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* A command to copy: its spaces and lines are kept. */
void fm_html_command(fm_html *page, const char *text);

/* A collapsed section. */
void fm_html_details_begin(fm_html *page, const char *summary);
void fm_html_details_end(fm_html *page);

/* The most important numbers, side by side: "88.10 %", "test accuracy". */
void fm_html_cards_begin(fm_html *page);
void fm_html_card(fm_html *page, const char *label, const char *format, ...) FM_PRINTF(3, 4);
void fm_html_cards_end(fm_html *page);

/* A list of names and values. */
void fm_html_facts_begin(fm_html *page);
void fm_html_fact(fm_html *page, const char *name, const char *format, ...) FM_PRINTF(3, 4);
void fm_html_facts_end(fm_html *page);

/* A table that scrolls in its own box if the page is too narrow. align has a letter per column: l,
 * c or r. A cell belongs to the row that fm_html_row began. */
void fm_html_table_begin(fm_html *page, const char *caption, const char *const *heads,
                         const char *align);
void fm_html_row(fm_html *page);
void fm_html_cell(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* A cell with a sentence, which may wrap. */
void fm_html_words(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* The header cell of a row. */
void fm_html_head_cell(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* A number in a right-aligned column. */
void fm_html_number(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* A coloured cell: blue if `good`, otherwise orange, with the intensity `share` in [0, 1]. */
void fm_html_shaded(fm_html *page, int good, double share, const char *format, ...) FM_PRINTF(4, 5);
void fm_html_table_end(fm_html *page);

/* Figures between these two calls are side by side if there is room. */
void fm_html_figures_begin(fm_html *page);
void fm_html_figures_end(fm_html *page);
/* A plot with its title. If gnuplot cannot draw it, a sentence says why and what to install, and
 * later plots are not tried. */
void fm_html_plot(fm_html *page, const fm_plot *plot);
/* A PNG file with sharp pixels. `description` is the alternative text. */
void fm_html_png(fm_html *page, const void *bytes, size_t size, const char *description);

#endif
