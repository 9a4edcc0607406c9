/* Contact sheets: images of the data set, enlarged and labelled, in one picture. */
#ifndef FM_REPORT_CONTACT_SHEET_H
#define FM_REPORT_CONTACT_SHEET_H

#include "data/picture.h"
#include "report/tile.h"

/* Draws `count` tiles (at least 1), `columns` per row, each pixel zoom x zoom large. Free with
 * fm_picture_free. FM_E_MEMORY, FM_E_ARGUMENT if the picture would be too large, FM_E_FORMAT. */
int fm_contact_sheet_draw(fm_picture *out, const fm_tile *tiles, size_t count, size_t columns,
                          size_t zoom, fm_error *error);

#endif
