/* Images of the data set, enlarged and named, on one sheet: a picture for a file. */
#ifndef FM_REPORT_CONTACT_SHEET_H
#define FM_REPORT_CONTACT_SHEET_H

#include "data/picture.h"
#include "report/tile.h"

/* Draws count tiles (1 or more), `columns` in a row, each pixel zoom x zoom large.
 * Free with fm_picture_free. FM_E_MEMORY, FM_E_ARGUMENT where it would become too large,
 * FM_E_FORMAT. */
int fm_contact_sheet_draw(fm_picture *out, const fm_tile *tiles, size_t count, size_t columns,
                          size_t zoom, fm_error *error);

#endif
