/* Sanitizes a plotting program's SVG for use inside a page. */
#ifndef FM_REPORT_SVG_H
#define FM_REPORT_SVG_H

#include "base/text.h"

/* Placeholder colours (red, green, blue) for the colour of the page's text, and a paler one. */
#define FM_SVG_INK  1, 2, 3
#define FM_SVG_GRID 1, 2, 4

/* Appends the shapes of svg with geometry and colours, and its text. Scripts, styles, filters,
 * links, fonts and ids are left out, so that several drawings can share a page. `label` is the
 * alternative text. FM_E_FORMAT, with out unchanged, if the document is not SVG or not well-formed;
 * out records a lack of memory. */
int fm_svg_add(fm_text *out, const char *svg, const char *label, fm_error *error);

#endif
