/* Texts from outside as parts of a page: what XML reads as its own is escaped, what it does not
 * allow (control characters, bytes that are not UTF-8) becomes U+FFFD. */
#ifndef FM_REPORT_XML_H
#define FM_REPORT_XML_H

#include "base/text.h"

/* For text between tags and for attributes in double or single quotes. */
void fm_xml_add(fm_text *out, const char *text);

/* Bytes of the UTF-8 character at text (which a zero ends) that XML allows, 0 when it is none. */
size_t fm_xml_character(const char *text);

#endif
