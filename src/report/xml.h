/* Escapes untrusted texts for a page. Characters that XML does not allow (control characters, bytes
 * that are not UTF-8) become U+FFFD. */
#ifndef FM_REPORT_XML_H
#define FM_REPORT_XML_H

#include "base/text.h"

/* Appends a text that is valid between tags and in attributes with double or single quotes. */
void fm_xml_add(fm_text *out, const char *text);

/* Bytes of the UTF-8 character at `text` (zero-terminated); 0 if XML does not allow it. */
size_t fm_xml_character(const char *text);

#endif
