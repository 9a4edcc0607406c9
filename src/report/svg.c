#include "report/svg.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "report/xml.h"

enum { NAME_SIZE = 32, MOST_DEPTH = 32, MOST_ATTRIBUTES = 24 };

/* A parsed tag, as slices of the document. */
typedef struct slice {
    const char *start;
    size_t length;
} slice;

typedef struct tag {
    char name[NAME_SIZE];
    int closes, is_empty; /* </name>, <name/> */
    slice key[MOST_ATTRIBUTES], value[MOST_ATTRIBUTES];
    size_t count;
} tag;

/* The state of parsing a document. */
typedef struct reader {
    fm_text *out;
    const char *at, *label;
    char open[MOST_DEPTH][NAME_SIZE];
    size_t depth;
    size_t hidden; /* elements from this depth on are left out; 0: none */
} reader;

static int is(slice s, const char *text) {
    return s.length == strlen(text) && !memcmp(s.start, text, s.length);
}

static int listed(const char *const *list, slice s) {
    for (; *list; list++)
        if (is(s, *list))
            return 1;
    return 0;
}

static slice name_slice(const tag *t) {
    return (slice){t->name, strlen(t->name)};
}

/* ---- Reading ---- */

static const char blanks[] = " \t\r\n";
static const char name_end[] = " \t\r\n=/><\"'&";

static int read_attribute(tag *t, const char **at) {
    const char *start = *at;
    size_t length = strcspn(start, name_end);
    const char *quote = start + length;
    if (!length || *quote != '=' || t->count == MOST_ATTRIBUTES)
        return 0;
    quote++;
    if (*quote != '"' && *quote != '\'')
        return 0;
    const char *end = strchr(quote + 1, *quote);
    if (!end)
        return 0;
    t->key[t->count] = (slice){start, length};
    t->value[t->count++] = (slice){quote + 1, (size_t)(end - quote - 1)};
    *at = end + 1;
    return 1;
}

/* *at points behind the '<'. */
static int read_tag(tag *t, const char **at) {
    const char *next = *at;
    *t = (tag){.closes = *next == '/'};
    next += t->closes;
    size_t length = strcspn(next, name_end);
    if (!length || length >= NAME_SIZE)
        return 0;
    memcpy(t->name, next, length);
    next += length;
    for (;;) {
        next += strspn(next, blanks);
        if (*next == '>' || !strncmp(next, "/>", 2))
            break;
        if (t->closes || !read_attribute(t, &next))
            return 0;
    }
    t->is_empty = *next == '/';
    *at = next + 1 + t->is_empty;
    return !(t->closes && t->is_empty);
}

/* Skips <?...?>, <!DOCTYPE ...>, <!-- --> and similar; returns 0 if it does not end. */
static int skip_declaration(const char **at) {
    const char *end = !strncmp(*at, "!--", 3)        ? "-->"
                      : !strncmp(*at, "![CDATA[", 8) ? "]]>"
                      : **at == '?'                  ? "?>"
                                                     : ">";
    const char *found = strstr(*at, end);
    if (found)
        *at = found + strlen(end);
    return found != NULL;
}

/* ---- Writing ---- */

/* Adds a colour: a name, #rrggbb or rgb(...). White becomes the page's background. */
static void add_colour(fm_text *out, const char *key, slice value) {
    static const unsigned ink[] = {FM_SVG_INK}, grid[] = {FM_SVG_GRID};
    char text[40] = "";
    unsigned rgb[3];
    if (value.length >= sizeof text)
        return;
    memcpy(text, value.start, value.length);
    int is_rgb = sscanf(text, "rgb( %3u , %3u , %3u )", rgb, rgb + 1, rgb + 2) == 3;
    if (is_rgb && !memcmp(rgb, grid, sizeof rgb))
        fm_text_print(out, " %s=\"currentColor\" %s-opacity=\"0.15\"", key, key);
    else if (is_rgb && memcmp(rgb, ink, sizeof rgb) != 0)
        fm_text_print(out, " %s=\"#%02x%02x%02x\"", key, rgb[0] & 0xff, rgb[1] & 0xff,
                      rgb[2] & 0xff);
    else if (text[0] == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == value.length - 1)
        fm_text_print(out, " %s=\"%s\"", key, text);
    else
        fm_text_print(out, " %s=\"%s\"", key,
                      is(value, "none") || is(value, "white") ? "none" : "currentColor");
}

/* Adds geometry: letters, numbers, and separators. */
static void add_attribute(fm_text *out, slice key, slice value) {
    static const char *const geometry[] = {"d",
                                           "x",
                                           "y",
                                           "r",
                                           "cx",
                                           "cy",
                                           "width",
                                           "height",
                                           "transform",
                                           "viewBox",
                                           "points",
                                           "stroke-width",
                                           "stroke-linecap",
                                           "stroke-linejoin",
                                           "stroke-dasharray",
                                           "text-anchor",
                                           "font-size",
                                           NULL};
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               " .,()+-%\t\r\n";
    if (is(key, "fill") || is(key, "stroke")) {
        add_colour(out, is(key, "fill") ? "fill" : "stroke", value);
        return;
    }
    if (!listed(geometry, key) || !value.length)
        return;
    for (size_t i = 0; i < value.length; i++)
        if (!strchr(safe, value.start[i]))
            return;
    fm_text_print(out, " %.*s=\"%.*s\"", (int)key.length, key.start, (int)value.length,
                  value.start);
}

/* gnuplot draws points by references to shapes that it defines; this draws the shape itself. */
static void add_point(fm_text *out, const tag *t) {
    static const struct {
        const char *link, *shape;
    } shapes[] = {
        {"#gpPt4", "path d=\"M-1,-1 h2 v2 h-2 z\""},
        {"#gpPt8", "path d=\"M0,-1.33 L-1.33,0.67 L1.33,0.67 z\""},
        {"#gpPt12", "path d=\"M0,-1.41 L1.41,0 L0,1.41 L-1.41,0 z\""},
    };
    const char *shape = "circle r=\"1\"";
    for (size_t a = 0; a < t->count; a++) {
        if (is(t->key[a], "color") && is(t->value[a], "white"))
            return; /* gnuplot's background behind a point */
        for (size_t s = 0; is(t->key[a], "xlink:href") && s < FM_COUNT(shapes); s++)
            if (is(t->value[a], shapes[s].link))
                shape = shapes[s].shape;
    }
    fm_text_print(out, "<%s stroke=\"none\"", shape);
    for (size_t a = 0; a < t->count; a++) {
        if (is(t->key[a], "transform"))
            add_attribute(out, t->key[a], t->value[a]);
        else if (is(t->key[a], "color"))
            add_colour(out, "fill", t->value[a]);
    }
    fm_text_add(out, "/>");
}

static void add_start(reader *r, const tag *t) {
    if (!strcmp(t->name, "use")) {
        add_point(r->out, t);
        return;
    }
    fm_text_print(r->out, "<%s", t->name);
    if (!strcmp(t->name, "svg")) {
        fm_text_add(r->out, " xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"");
        fm_xml_add(r->out, r->label);
        fm_text_add(r->out, "\"");
    }
    for (size_t i = 0; i < t->count; i++)
        add_attribute(r->out, t->key[i], t->value[i]);
    fm_text_add(r->out, t->is_empty ? "/>" : ">");
}

static int take_tag(reader *r, const tag *t) {
    static const char *const shown[] = {"svg",    "g",    "path",     "text",    "tspan", "rect",
                                        "circle", "line", "polyline", "polygon", "use",   NULL};
    if (t->closes) {
        if (!r->depth || strcmp(r->open[r->depth - 1], t->name) != 0)
            return 0;
        if (!r->hidden && strcmp(t->name, "use") != 0)
            fm_text_print(r->out, "</%s>", t->name);
        if (r->hidden == r->depth)
            r->hidden = 0;
        r->depth--;
        return 1;
    }
    /* Only the root element is an svg. */
    if ((r->depth == 0) != !strcmp(t->name, "svg") || r->depth == MOST_DEPTH)
        return 0;
    int is_shown = !r->hidden && listed(shown, name_slice(t));
    if (is_shown)
        add_start(r, t);
    if (!t->is_empty) {
        memcpy(r->open[r->depth++], t->name, NAME_SIZE);
        if (!is_shown && !r->hidden)
            r->hidden = r->depth;
    }
    return 1;
}

/* Keeps text only inside <text> and <tspan>. It is already escaped; anything else gets escaped. */
static void take_text(reader *r, size_t length) {
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#39;"};
    const char *end = r->at + length, *top = r->depth ? r->open[r->depth - 1] : "";
    if (r->hidden || (strcmp(top, "text") != 0 && strcmp(top, "tspan") != 0)) {
        r->at = end;
        return;
    }
    while (r->at < end) {
        char character[5] = "";
        size_t known = 0, size = fm_xml_character(r->at);
        for (size_t i = 0; *r->at == '&' && !known && i < FM_COUNT(entities); i++)
            if (!strncmp(r->at, entities[i], strlen(entities[i])))
                known = strlen(entities[i]);
        if (known) {
            fm_text_add_bytes(r->out, r->at, known);
        } else {
            memcpy(character, r->at, size ? size : 1);
            fm_xml_add(r->out, character);
        }
        r->at += known ? known : size ? size : 1;
    }
}

static int read_document(reader *r) {
    int begun = 0;
    while (*r->at) {
        if (*r->at != '<') {
            take_text(r, strcspn(r->at, "<"));
            continue;
        }
        r->at++;
        tag t;
        if (*r->at == '?' || *r->at == '!') {
            if (!skip_declaration(&r->at))
                return 0;
            continue;
        }
        if ((begun && !r->depth) || !read_tag(&t, &r->at) || !take_tag(r, &t))
            return 0;
        begun = 1;
    }
    return begun && !r->depth;
}

int fm_svg_add(fm_text *out, const char *svg, const char *label, fm_error *error) {
    fm_text clean = {0};
    reader r = {.out = &clean, .at = svg, .label = label};
    int status = FM_OK;
    if (!read_document(&r))
        status = fm_error_set(error, FM_E_FORMAT, "SVG", "is not well-formed at byte %zu of %zu",
                              (size_t)(r.at - svg), strlen(svg));
    else if (clean.failed)
        out->failed = 1;
    else
        fm_text_add_bytes(out, clean.bytes, clean.length);
    fm_text_free(&clean);
    return status;
}
