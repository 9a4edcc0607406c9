#include "report/html.h"

#include <nettle/base64.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "fmnist_cl/version.h"
#include "io/file.h"
#include "report/html_style.h"

/* ---- Text ---- */

static void add(fm_html *page, const char *markup) {
    fm_text_add(&page->text, markup);
}

static void add_escaped(fm_html *page, const char *text) {
    for (; *text; text++) {
        const char *escaped = *text == '&'    ? "&amp;"
                              : *text == '<'  ? "&lt;"
                              : *text == '>'  ? "&gt;"
                              : *text == '"'  ? "&quot;"
                              : *text == '\'' ? "&#39;"
                                              : NULL;
        if (escaped)
            add(page, escaped);
        else
            fm_text_add_bytes(&page->text, text, 1);
    }
}

/* <name attributes>text</name>, and a line end. */
static void add_element(fm_html *page, const char *name, const char *attributes, const char *text) {
    fm_text_print(&page->text, "<%s%s>", name, attributes);
    add_escaped(page, text);
    fm_text_print(&page->text, "</%s>\n", name);
}

FM_PRINTF(4, 0)
static void add_formatted(fm_html *page, const char *name, const char *attributes,
                          const char *format, va_list arguments) {
    fm_text text = {0};
    fm_text_vprint(&text, format, arguments);
    if (text.failed)
        page->text.failed = 1;
    else
        add_element(page, name, attributes, text.bytes);
    fm_text_free(&text);
}

#define ADD_FORMATTED(page, name, attributes, format)                                              \
    do {                                                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        add_formatted((page), (name), (attributes), (format), arguments);                          \
        va_end(arguments);                                                                         \
    } while (0)

/* ---- The page ---- */

void fm_html_begin(fm_html *out, const char *title, const char *subtitle, ...) {
    *out = (fm_html){.has_plots = 1};
    add(out, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
             "<meta charset=\"utf-8\"/>\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
             "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
             "<meta http-equiv=\"Content-Security-Policy\" "
             "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"/>\n"
             "<link rel=\"icon\" href=\"data:,\"/>\n");
    add_element(out, "title", "", title);
    add(out, "<style>\n");
    add(out, fm_html_style);
    add(out, "</style>\n</head>\n<body>\n<main>\n");
    add_element(out, "h1", "", title);
    ADD_FORMATTED(out, "p", " class=\"subtitle\"", subtitle);
}

void fm_html_free(fm_html *page) {
    fm_text_free(&page->text);
}

int fm_html_write(fm_html *page, const char *folder, fm_error *error) {
    char *text;
    fm_text_print(&page->text,
                  "<footer class=\"note\">Written by fmnist-cl %s. This file is complete in "
                  "itself.</footer>\n</main>\n</body>\n</html>\n",
                  FM_VERSION);
    int status = fm_text_take(&text, &page->text, "report.html", error);
    if (!status) {
        fm_utf8_clean(text, 1); /* texts come from users and drivers */
        status = fm_file_write_text(folder, "report.html", text, error);
    }
    free(text);
    return status;
}

void fm_html_heading(fm_html *page, int level, const char *text) {
    add_element(page, level <= 2 ? "h2" : "h3", "", text);
}

void fm_html_paragraph(fm_html *page, const char *format, ...) {
    ADD_FORMATTED(page, "p", "", format);
}

void fm_html_note(fm_html *page, const char *format, ...) {
    ADD_FORMATTED(page, "p", " class=\"note\"", format);
}

void fm_html_command(fm_html *page, const char *text) {
    add_element(page, "pre", "", text);
}

void fm_html_details_begin(fm_html *page, const char *summary) {
    add(page, "<details>\n");
    add_element(page, "summary", "", summary);
}

void fm_html_details_end(fm_html *page) {
    add(page, "</details>\n");
}

/* ---- Numbers and names ---- */

void fm_html_cards_begin(fm_html *page) {
    add(page, "<div class=\"cards\">\n");
}

void fm_html_card(fm_html *page, const char *label, const char *format, ...) {
    add(page, "<div class=\"card\">");
    ADD_FORMATTED(page, "b", "", format);
    add_element(page, "span", "", label);
    add(page, "</div>\n");
}

void fm_html_cards_end(fm_html *page) {
    add(page, "</div>\n");
}

void fm_html_facts_begin(fm_html *page) {
    add(page, "<dl>\n");
}

void fm_html_fact(fm_html *page, const char *name, const char *format, ...) {
    add_element(page, "dt", "", name);
    ADD_FORMATTED(page, "dd", "", format);
}

void fm_html_facts_end(fm_html *page) {
    add(page, "</dl>\n");
}

/* ---- Tables ---- */

void fm_html_table_begin(fm_html *page, const char *caption, const char *const *heads,
                         const char *align) {
    /* tabindex: the table can be scrolled with the keyboard. */
    add(page, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"");
    add_escaped(page, caption);
    add(page, "\"><table>\n");
    add_element(page, "caption", "", caption);
    add(page, "<thead><tr>\n");
    for (size_t i = 0; align[i]; i++)
        add_element(page, "th",
                    align[i] == 'r'   ? " class=\"n\" scope=\"col\""
                    : align[i] == 'c' ? " class=\"s\" scope=\"col\""
                                      : " scope=\"col\"",
                    heads[i]);
    add(page, "</tr></thead>\n<tbody>\n");
    page->in_row = 0;
}

void fm_html_row(fm_html *page) {
    add(page, page->in_row ? "</tr>\n<tr>\n" : "<tr>\n");
    page->in_row = 1;
}

void fm_html_cell(fm_html *page, const char *format, ...) {
    ADD_FORMATTED(page, "td", "", format);
}

void fm_html_words(fm_html *page, const char *format, ...) {
    ADD_FORMATTED(page, "td", " class=\"w\"", format);
}

void fm_html_head_cell(fm_html *page, const char *format, ...) {
    ADD_FORMATTED(page, "th", " scope=\"row\"", format);
}

void fm_html_number(fm_html *page, const char *format, ...) {
    ADD_FORMATTED(page, "td", " class=\"n\"", format);
}

void fm_html_shaded(fm_html *page, int good, double share, const char *format, ...) {
    const double strongest = 0.7; /* text stays readable on it, on light and dark pages */
    char style[96] = " class=\"s\"";
    if (share > 0)
        snprintf(style, sizeof style, " class=\"s\" style=\"background:rgba(%s,%.3f)\"",
                 good ? "47,127,214" : "226,104,10", strongest * (share < 1 ? share : 1));
    ADD_FORMATTED(page, "td", style, format);
}

void fm_html_table_end(fm_html *page) {
    add(page, page->in_row ? "</tr>\n</tbody>\n</table></div>\n" : "</tbody>\n</table></div>\n");
    page->in_row = 0;
}

/* ---- Pictures ---- */

void fm_html_figures_begin(fm_html *page) {
    add(page, "<div class=\"figures\">\n");
}

void fm_html_figures_end(fm_html *page) {
    add(page, "</div>\n");
}

static void add_base64(fm_text *out, const uint8_t *bytes, size_t size) {
    enum { PIECE = 3 * 256 }; /* a multiple of three bytes, which become four characters */
    char encoded[BASE64_ENCODE_RAW_LENGTH(PIECE)];
    for (size_t at = 0; at < size; at += PIECE) {
        size_t count = size - at < PIECE ? size - at : PIECE;
        base64_encode_raw(encoded, count, bytes + at);
        fm_text_add_bytes(out, encoded, BASE64_ENCODE_RAW_LENGTH(count));
    }
}

static void add_image(fm_html *page, const char *class, const char *type, const void *bytes,
                      size_t size, const char *description) {
    fm_text_print(&page->text, "<img class=\"%s\" alt=\"", class);
    add_escaped(page, description);
    fm_text_print(&page->text, "\" src=\"data:image/%s;base64,", type);
    add_base64(&page->text, bytes, size);
    add(page, "\"/>\n");
}

void fm_html_plot(fm_html *page, const fm_plot *plot) {
    fm_error error = {0};
    char *svg = NULL;
    if (!page->has_plots)
        return;
    int status = fm_plot_svg(&svg, plot, &error);
    if (status == FM_E_MEMORY) {
        page->text.failed = 1;
    } else if (status == FM_E_ARGUMENT) {
        fm_html_note(page, "%s: no data.", plot->title);
    } else if (status) {
        page->has_plots = 0;
        fm_html_note(page, "Plots are missing: %s: %s.%s%s%s", error.what, error.why,
                     error.hint[0] ? " Hint: " : "", error.hint, error.hint[0] ? "." : "");
    } else {
        /* As an image, the drawing can neither load anything nor clash with other parts of the
         * page. */
        add(page, "<figure>\n");
        add_element(page, "b", "", plot->title);
        add_image(page, "plot", "svg+xml", svg, strlen(svg), plot->title);
        add(page, "</figure>\n");
    }
    free(svg);
}

void fm_html_png(fm_html *page, const void *bytes, size_t size, const char *description) {
    add(page, "<figure>\n");
    add_image(page, "pixels", "png", bytes, size, description);
    add(page, "</figure>\n");
}
