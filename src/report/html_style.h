/* How a page looks. */
#ifndef FM_REPORT_HTML_STYLE_H
#define FM_REPORT_HTML_STYLE_H

/* A style sheet without characters that XML reads as its own. */
extern const char fm_html_style[];

#endif
