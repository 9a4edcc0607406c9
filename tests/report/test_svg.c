/* Only shapes and text of a drawing get into a page. */
#include <stdlib.h>
#include <string.h>

#include "report/svg.h"
#include "report/xml.h"
#include "support/check.h"

#define HEAD "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"a &lt;b&gt;\""

static void expect(const char *svg, const char *wanted) {
    fm_text out = {0};
    fm_error error = {0};
    fm_text_add(&out, "before ");
    CHECK_OK(fm_svg_add(&out, svg, "a <b>", &error), &error);
    assert_string_equal(out.bytes + strlen("before "), wanted);
    fm_text_free(&out);
}

static void test_shapes_are_kept(void **state) {
    (void)state;
    expect("<?xml version='1.0'?><!DOCTYPE svg><!-- <svg> --><svg viewBox='0 0 4 3' id='a'\n"
           "xmlns='http://www.w3.org/2000/svg'><g fill='none'><path d='M1,2 L3,4'/></g></svg>\n",
           HEAD " viewBox=\"0 0 4 3\"><g fill=\"none\"><path d=\"M1,2 L3,4\"/></g></svg>");
}

static void test_colours(void **state) {
    (void)state;
    expect("<svg><rect fill='rgb(  1,   2,   3)' stroke=\"black\"/></svg>",
           HEAD "><rect fill=\"currentColor\" stroke=\"currentColor\"/></svg>");
    expect("<svg><rect stroke='rgb(1,2,4)'/></svg>",
           HEAD "><rect stroke=\"currentColor\" stroke-opacity=\"0.15\"/></svg>");
    expect("<svg><rect fill='rgb(255, 16, 0)' stroke='#12ab9F'/></svg>",
           HEAD "><rect fill=\"#ff1000\" stroke=\"#12ab9F\"/></svg>");
    expect("<svg><rect fill='white' stroke='url(#x)'/></svg>",
           HEAD "><rect fill=\"none\" stroke=\"currentColor\"/></svg>");
}

static void test_points_keep_their_positions(void **state) {
    (void)state;
    expect("<svg xmlns:xlink='x'><defs><circle id='gpPt6' r='1'/></defs>"
           "<use xlink:href='#gpPt6' transform='translate(1,2)' color='white'/>"
           "<use xlink:href='#gpPt6' transform='translate(1,2)' color='rgb(1,2,5)'/>"
           "<use xlink:href='#gpPt4' transform='scale(2)' color='rgb(1,2,5)'/></svg>",
           HEAD "><circle r=\"1\" stroke=\"none\" transform=\"translate(1,2)\" fill=\"#010205\"/>"
                "<path d=\"M-1,-1 h2 v2 h-2 z\" stroke=\"none\" transform=\"scale(2)\" "
                "fill=\"#010205\"/></svg>");
}

static void test_everything_else_is_left_out(void **state) {
    (void)state;
    expect("<svg onload='x()' style='y'><script>alert(1)</script><g><g></g></g></svg>",
           HEAD "><g><g></g></g></svg>");
    expect("<svg><style>p{}</style><a href='http://x'><text>in</text></a><text>out</text>"
           "<image xlink:href='http://x'/><foreignObject><p><b/></p></foreignObject></svg>",
           HEAD "><text>out</text></svg>");
    expect("<svg>loose<g class='\"' font-family='x' id='y' transform='url(javascript:1)'/></svg>",
           HEAD "><g/></svg>");
    expect("<svg><rect x='1&quot; onclick=&quot;'/></svg>", HEAD "><rect/></svg>");
}

static void test_text_stays_text(void **state) {
    (void)state;
    expect("<svg><text>a &amp; b &lt;i> &evil; &#39; \"\x01\xff</text></svg>",
           HEAD "><text>a &amp; b &lt;i&gt; &amp;evil; &#39; "
                "&quot;\xef\xbf\xbd\xef\xbf\xbd</text></svg>");
    expect("<svg><text>caf\xc3\xa9<tspan>x</tspan></text></svg>",
           HEAD "><text>caf\xc3\xa9<tspan>x</tspan></text></svg>");
}

static void test_invalid_documents(void **state) {
    (void)state;
    static const char *const cases[] = {"",
                                        "text",
                                        "<svg>",
                                        "<svg><g></svg>",
                                        "<svg></g>",
                                        "<svg></svg></svg>",
                                        "<svg></svg><svg></svg>",
                                        "<svg><svg/></svg>",
                                        "<g></g>",
                                        "<svg",
                                        "<svg a=1></svg>",
                                        "<svg a></svg>",
                                        "<svg a='1></svg>",
                                        "<svg></svg",
                                        "<svg></svg a='1'>",
                                        "<svg><!-- </svg>",
                                        "<svg><></svg>",
                                        "<svg><g/ ></svg>",
                                        "</svg>"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_text out = {0};
        fm_text_add(&out, "before");
        if (fm_svg_add(&out, cases[i], "x", NULL) != FM_E_FORMAT)
            fail_msg("taken for a drawing: %s", cases[i]);
        assert_string_equal(out.bytes, "before");
        fm_text_free(&out);
    }
}

/* A document that is cut anywhere or nested too deeply is refused. */
static void test_cut_and_deep(void **state) {
    (void)state;
    static const char whole[] = "<svg a='1'><g><text>x&amp;</text><use color='red'/></g></svg>";
    for (size_t length = 0; length + 1 < sizeof whole; length++) {
        char part[sizeof whole] = "";
        fm_text out = {0};
        memcpy(part, whole, length);
        assert_int_equal(fm_svg_add(&out, part, "x", NULL), FM_E_FORMAT);
        fm_text_free(&out);
    }
    fm_text deep = {0}, out = {0};
    fm_text_add(&deep, "<svg>");
    for (int i = 0; i < 1000; i++)
        fm_text_add(&deep, "<g>");
    assert_int_equal(fm_svg_add(&out, deep.bytes, "x", NULL), FM_E_FORMAT);
    fm_text_free(&deep);
    fm_text_free(&out);
}

static void expect_xml(const char *text, const char *wanted) {
    fm_text out = {0};
    fm_xml_add(&out, text);
    assert_string_equal(out.bytes, wanted);
    fm_text_free(&out);
}

#define BAD "\xef\xbf\xbd"

static void test_untrusted_texts(void **state) {
    (void)state;
    expect_xml("<a href=\"x\">'&amp;", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;");
    expect_xml("tab\tline\n\r\033[31m\x7f", "tab\tline\n" BAD BAD "[31m" BAD);
    expect_xml("\xc3\xa9\xe2\x86\x92\xf0\x9f\x91\x95", "\xc3\xa9\xe2\x86\x92\xf0\x9f\x91\x95");
    expect_xml("\xc0\xaf", BAD BAD);         /* '/' in two bytes */
    expect_xml("\xe0\x80\xaf", BAD BAD BAD); /* in three */
    expect_xml("\xed\xa0\x80", BAD BAD BAD); /* half a pair of UTF-16 */
    expect_xml("\xef\xbf\xbf", BAD BAD BAD); /* no character */
    expect_xml("\xf4\x90\x80\x80", BAD BAD BAD BAD);
    expect_xml("\xe2\x80\xae", BAD BAD BAD); /* right-to-left override */
    expect_xml("\xc2\x85\xc3", BAD BAD BAD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes_are_kept),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_points_keep_their_positions),
        cmocka_unit_test(test_everything_else_is_left_out),
        cmocka_unit_test(test_text_stays_text),
        cmocka_unit_test(test_invalid_documents),
        cmocka_unit_test(test_cut_and_deep),
        cmocka_unit_test(test_untrusted_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
