/* A page in one file: built piece by piece, every text escaped, nothing taken from elsewhere, no
 * script. Pieces never fail: one check at the end, in fm_html_write, is enough. The page is XML as
 * well as HTML. */
#ifndef FM_REPORT_HTML_H
#define FM_REPORT_HTML_H

#include <stddef.h>

#include "base/text.h"
#include "report/plot.h"

typedef struct fm_html {
    fm_text text;
    int in_row;    /* a table's row is open */
    int has_plots; /* 0: one could not be drawn, and none is tried any more */
} fm_html;

/* Starts a page: its title, and a line below it. End with fm_html_write or fm_html_free. */
void fm_html_begin(fm_html *out, const char *title, const char *subtitle);
void fm_html_free(fm_html *page);

/* Ends the page, writes it as report.html into the folder, whole or not at all, and frees it, also
 * when that failed. FM_E_FILE or FM_E_MEMORY. */
int fm_html_write(fm_html *page, const char *folder, fm_error *error);

/* level 2 for a section, 3 within one. */
void fm_html_heading(fm_html *page, int level, const char *text);
void fm_html_paragraph(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* In smaller, paler letters. */
void fm_html_note(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* A command to copy: its spaces and lines are kept. */
void fm_html_command(fm_html *page, const char *text);

/* What is folded away until it is asked for. */
void fm_html_details_begin(fm_html *page, const char *summary);
void fm_html_details_end(fm_html *page);

/* Numbers that should be seen first, side by side: "88.10 %", "test accuracy". */
void fm_html_cards_begin(fm_html *page);
void fm_html_card(fm_html *page, const char *label, const char *format, ...) FM_PRINTF(3, 4);
void fm_html_cards_end(fm_html *page);

/* Names and what stands for them. */
void fm_html_facts_begin(fm_html *page);
void fm_html_fact(fm_html *page, const char *name, const char *format, ...) FM_PRINTF(3, 4);
void fm_html_facts_end(fm_html *page);

/* A table that scrolls within its own box where the page is too narrow. align has a letter for each
 * column and its head: l, c or r. A cell belongs to the row that fm_html_row began. */
void fm_html_table_begin(fm_html *page, const char *caption, const char *const *heads,
                         const char *align);
void fm_html_row(fm_html *page);
void fm_html_cell(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* The same for a sentence: it may take several lines. */
void fm_html_words(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* At the left of a row, naming it. */
void fm_html_head_cell(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* For a column that is aligned right: digits stand below each other. */
void fm_html_number(fm_html *page, const char *format, ...) FM_PRINTF(2, 3);
/* Coloured as strongly as share says, [0, 1]: blue for what is good, orange for what is not. */
void fm_html_shaded(fm_html *page, int good, double share, const char *format, ...) FM_PRINTF(4, 5);
void fm_html_table_end(fm_html *page);

/* Pictures between these two stand side by side where there is room. */
void fm_html_figures_begin(fm_html *page);
void fm_html_figures_end(fm_html *page);
/* The plot under its title; where gnuplot cannot draw it, a sentence that says why and what to
 * install. Plots after one that failed are not tried. */
void fm_html_plot(fm_html *page, const fm_plot *plot);
/* A PNG file's bytes, shown at most `width` CSS pixels wide (0: as wide as it is), each of its
 * pixels with sharp edges. description is for who cannot see it; caption may be NULL. */
void fm_html_png(fm_html *page, const void *bytes, size_t size, unsigned width,
                 const char *description, const char *caption);

#endif
