/* Pages: escaped texts, embedded pictures, written completely or not at all. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "report/explain.h"
#include "report/html.h"
#include "support/check.h"
#include "support/temporary.h"

#define HOSTILE "</p><script>alert('x')</script>&\"\x01"
#define ESCAPED "&lt;/p&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;?"

static char *finish(fm_html *page, const char *folder) {
    fm_error error = {0};
    size_t size;
    CHECK_OK(fm_html_write(page, folder, &error), &error);
    assert_null(page->text.bytes);
    char *text = (char *)temporary_read(temporary_path(folder, "report.html"), &size);
    text = realloc(text, size + 1);
    assert_non_null(text);
    text[size] = '\0';
    return text;
}

static void test_every_text_is_escaped(void **state) {
    static const char *const heads[] = {HOSTILE};
    static const unsigned char byte[] = {0};
    fm_html page;
    fm_html_begin(&page, HOSTILE, "%s", HOSTILE);
    fm_html_heading(&page, 2, HOSTILE);
    fm_html_heading(&page, 3, HOSTILE);
    fm_html_paragraph(&page, "%s", HOSTILE);
    fm_html_note(&page, "%s", HOSTILE);
    fm_html_command(&page, HOSTILE);
    fm_html_details_begin(&page, HOSTILE);
    fm_html_details_end(&page);
    fm_html_cards_begin(&page);
    fm_html_card(&page, HOSTILE, "%s", HOSTILE);
    fm_html_cards_end(&page);
    fm_html_facts_begin(&page);
    fm_html_fact(&page, HOSTILE, "%s", HOSTILE);
    fm_html_facts_end(&page);
    fm_html_table_begin(&page, HOSTILE, heads, "l");
    fm_html_row(&page);
    fm_html_cell(&page, "%s", HOSTILE);
    fm_html_head_cell(&page, "%s", HOSTILE);
    fm_html_number(&page, "%s", HOSTILE);
    fm_html_shaded(&page, 1, 0.5, "%s", HOSTILE);
    fm_html_table_end(&page);
    fm_html_png(&page, byte, 1, HOSTILE);
    char *text = finish(&page, *state);
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, ESCAPED)); at++)
        found++;
    assert_int_equal(found, 21);
    assert_null(strstr(text, "<script"));
    assert_null(strchr(text, '\x01'));
    free(text);
}

/* Longer than the pieces in which it is encoded: no padding in the middle. */
static void test_pictures_are_base64(void **state) {
    enum { SIZE = 3001 };
    static const unsigned char zeros[SIZE];
    fm_html page;
    fm_html_begin(&page, "x", "y");
    fm_html_png(&page, zeros, SIZE, "what");
    char *text = finish(&page, *state);
    static const char tag[] = "<img class=\"pixels\" alt=\"what\" src=\"data:image/png;base64,";
    const char *start = strstr(text, tag);
    assert_non_null(start);
    start += strlen(tag);
    assert_int_equal(strspn(start, "A"), 4002);
    assert_memory_equal(start + 4002, "==\"", 3);
    free(text);
}

static void test_tables(void **state) {
    static const char *const heads[] = {"a", "b", "c"};
    fm_html page;
    fm_html_begin(&page, "x", "y");
    fm_html_table_begin(&page, "none", heads, "lrc");
    fm_html_table_end(&page);
    fm_html_table_begin(&page, "two", heads, "l");
    fm_html_row(&page);
    fm_html_shaded(&page, 0, 7, "over");
    fm_html_row(&page);
    fm_html_shaded(&page, 1, 0, "none");
    fm_html_table_end(&page);
    char *text = finish(&page, *state);
    assert_non_null(strstr(text, "<th class=\"n\" scope=\"col\">b</th>\n<th class=\"s\" "
                                 "scope=\"col\">c</th>\n</tr></thead>\n<tbody>\n</tbody>"));
    assert_non_null(strstr(text,
                           "<tr>\n<td class=\"s\" style=\"background:rgba(226,104,10,0.700)\">"
                           "over</td>\n</tr>\n<tr>\n<td class=\"s\">none</td>\n</tr>\n"));
    free(text);
}

static void test_a_page_that_cannot_be_written(void **state) {
    const char *folder = temporary_path(*state, "folder");
    const char *path = temporary_path(*state, "folder/report.html");
    fm_error error = {0};
    fm_html page;
    struct stat info;
    fm_html_begin(&page, "x", "y");
    assert_int_equal(fm_html_write(&page, folder, &error), FM_E_FILE);
    assert_string_equal(error.what, path);
    assert_null(page.text.bytes);
    assert_int_equal(mkdir(folder, 0777), 0);
    fm_html_begin(&page, "x", "y");
    page.text.failed = 1;
    assert_int_equal(fm_html_write(&page, folder, &error), FM_E_MEMORY);
    assert_int_not_equal(stat(path, &info), 0);
}

static void test_explanations(void **state) {
    static const char *const wanted[] = {"epochs",     "batch-size", "lr",        "layers", "nodes",
                                         "activation", "loss",       "optimizer", "seed"};
    assert_null(fm_explain_find("nothing"));
    fm_html page;
    fm_html_begin(&page, "x", "y");
    fm_explain_add(&page);
    char *text = finish(&page, *state);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const fm_explanation *e = fm_explain_find(wanted[i]);
        assert_non_null(e);
        assert_non_null(strstr(text, e->title));
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_text_is_escaped),
        cmocka_unit_test(test_pictures_are_base64),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_a_page_that_cannot_be_written),
        cmocka_unit_test(test_explanations),
    };
    return cmocka_run_group_tests(tests, temporary_setup, temporary_teardown);
}
