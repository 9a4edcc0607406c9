/* The style of a page. */
#ifndef FM_REPORT_HTML_STYLE_H
#define FM_REPORT_HTML_STYLE_H

/* A style sheet without characters that XML would need escaped. */
extern const char fm_html_style[];

#endif
