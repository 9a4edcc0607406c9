/* What a plotting program drew, made fit to stand inside a page. */
#ifndef FM_REPORT_SVG_H
#define FM_REPORT_SVG_H

#include "base/text.h"

/* Colours that stand for the page's: whatever is drawn in them takes the colour of the text around
 * it, the second one pale. As red, green, blue. */
#define FM_SVG_INK  1, 2, 3
#define FM_SVG_GRID 1, 2, 4

/* Appends the drawing in svg: shapes, their geometry and colours, and text. Everything else is left
 * out: scripts, styles, filters, links, fonts and ids, so that several drawings can share a page.
 * label says what it shows to who cannot see it. FM_E_FORMAT, and out is as it was, when the
 * document is none or not well-formed; FM_E_MEMORY shows in out. */
int fm_svg_add(fm_text *out, const char *svg, const char *label, fm_error *error);

#endif
