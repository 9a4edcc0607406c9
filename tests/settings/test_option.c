/* Rows of every kind, in a table of its own. */
#include <math.h>
#include <string.h>

#include "settings/option.h"
#include "support/check.h"
#include "support/setting_values.h"

typedef struct values {
    int on, off_is_one;
    size_t size, list_count, list[5];
    uint64_t any, limit;
    double real, open;
    size_t real_count;
    double reals[3];
    enum { RED, GREEN, BLUE } choice;
    const char *text;
} values;

#define AT(member) offsetof(values, member)

static const char *const colours[] = {"red", "green", "blue", NULL};

static const fm_option table[] = {
    {"on", FM_OPTION_FLAG, 0, NULL, NULL, "", .offset = AT(on), .value = 1},
    {"off-is-one", FM_OPTION_FLAG, 0, NULL, NULL, "", .offset = AT(off_is_one), .value = 0},
    {"size", FM_OPTION_SIZE, 0, "N", "3", "", .offset = AT(size), .low = 2, .high = 100},
    {"any", FM_OPTION_UNSIGNED, 0, "N", "7", "", .offset = AT(any)},
    {"limit", FM_OPTION_UNSIGNED, 0, "N", "none", "", .offset = AT(limit), .low = 1, .high = 9,
     .or_none = 1},
    {"real", FM_OPTION_REAL, 0, "X", "0.1", "", .offset = AT(real), .low = -1, .high = 1e38},
    {"open", FM_OPTION_REAL, 0, "X", "0.5", "", .offset = AT(open), .low_open = 1, .high = 1,
     .high_open = 1},
    {"choice", FM_OPTION_CHOICE, 0, "C", "green", "", .offset = AT(choice), .names = colours},
    {"list", FM_OPTION_SIZES, 0, "N,N", "4,6", "", .offset = AT(list_count), .low = 1, .high = 8,
     .most = 5},
    {"count", FM_OPTION_COUNT, 0, "N", NULL, "", .offset = AT(list_count), .high = 5, .most = 5},
    {"each", FM_OPTION_EACH, 0, "N", NULL, "", .offset = AT(list_count), .low = 1, .high = 8,
     .most = 5},
    {"reals", FM_OPTION_REALS, 0, "X,X", "0.5,0.25", "", .offset = AT(real_count), .high = 1,
     .high_open = 1, .most = 3},
    {.name = NULL},
};

static const fm_option *find(const char *name) {
    const fm_option *row = table;
    while (strcmp(row->name, name) != 0)
        row++;
    return row;
}

static values defaults(void) {
    values out = {0};
    fm_error error = {0};
    for (const fm_option *row = table; row->name; row++)
        CHECK_OK(fm_option_reset(&out, row, &error), &error);
    return out;
}

/* Of the value, until the next call. */
static const char *print(const values *from, const fm_option *row) {
    static char text[FM_OPTION_TEXT_SIZE];
    fm_option_print(text, from, row);
    return text;
}

static void test_defaults(void **state) {
    (void)state;
    const values v = defaults();
    assert_int_equal(v.on, 0);
    assert_int_equal(v.off_is_one, 1);
    assert_true(v.size == 3 && v.any == 7 && v.limit == 0 && v.real == 0.1 && v.open == 0.5);
    assert_int_equal(v.choice, GREEN);
    assert_true(v.list_count == 2 && v.list[0] == 4 && v.list[1] == 6);
    assert_true(v.real_count == 2 && v.reals[0] == 0.5 && v.reals[1] == 0.25);
}

/* What is printed is read back as the same, at both ends of every range; a copy is the same, and no
 * other member changes. */
static void test_round_trip(void **state) {
    (void)state;
    setting_values inside;
    for (const fm_option *row = table; row->name; row++) {
        setting_values_inside(&inside, row);
        for (size_t i = 0; i < inside.count; i++) {
            fm_error error = {0};
            values v = defaults(), again = defaults(), copy = defaults();
            CHECK_OK(fm_option_parse(&v, row, inside.text[i], &error), &error);
            CHECK_OK(fm_option_check(&v, row, &error), &error);
            const char *text = print(&v, row);
            CHECK_OK(fm_option_parse(&again, row, text, &error), &error);
            assert_true(fm_option_same(&v, &again, row));
            assert_memory_equal(&v, &again, sizeof v);
            fm_option_copy(&copy, &v, row);
            assert_memory_equal(&v, &copy, sizeof v);
            if (row->kind == FM_OPTION_CHOICE || row->kind == FM_OPTION_FLAG)
                assert_string_equal(text, inside.text[i]);
        }
        for (size_t i = 1; i < inside.count; i++) {
            values a = defaults(), b = defaults();
            assert_int_equal(fm_option_parse(&a, row, inside.text[i - 1], NULL), FM_OK);
            assert_int_equal(fm_option_parse(&b, row, inside.text[i], NULL), FM_OK);
            assert_false(fm_option_same(&a, &b, row));
        }
    }
}

static void test_what_is_refused_changes_nothing(void **state) {
    (void)state;
    setting_values outside;
    for (const fm_option *row = table; row->name; row++) {
        setting_values_outside(&outside, row);
        for (size_t i = 0; i < outside.count; i++) {
            fm_error error = {0};
            values v = defaults();
            const values before = v;
            if (fm_option_parse(&v, row, outside.text[i], &error) != FM_E_ARGUMENT)
                fail_msg("%s takes '%s'", row->name, outside.text[i]);
            assert_string_equal(error.what, row->name);
            assert_memory_equal(&v, &before, sizeof v);
        }
    }
}

/* Values that no text stands for. */
static void test_check(void **state) {
    (void)state;
    values v = defaults();
    v.real = (double)NAN;
    assert_int_equal(fm_option_check(&v, find("real"), NULL), FM_E_ARGUMENT);
    v.real = (double)-INFINITY;
    assert_int_equal(fm_option_check(&v, find("real"), NULL), FM_E_ARGUMENT);
    v.size = SIZE_MAX;
    assert_int_equal(fm_option_check(&v, find("size"), NULL), FM_E_ARGUMENT);
    v.limit = 10;
    assert_int_equal(fm_option_check(&v, find("limit"), NULL), FM_E_ARGUMENT);
    v.choice = 3;
    assert_int_equal(fm_option_check(&v, find("choice"), NULL), FM_E_ARGUMENT);
    v.list_count = 6;
    assert_int_equal(fm_option_check(&v, find("list"), NULL), FM_E_ARGUMENT);
    v.reals[1] = 1;
    assert_int_equal(fm_option_check(&v, find("reals"), NULL), FM_E_ARGUMENT);
    v.open = 1e-60; /* 0 in single precision */
    assert_int_equal(fm_option_check(&v, find("open"), NULL), FM_E_ARGUMENT);
}

/* Count and width of a list say the same in either order. */
static void test_aliases(void **state) {
    (void)state;
    for (int order = 0; order < 2; order++) {
        values v = defaults();
        assert_int_equal(
            fm_option_parse(&v, find(order ? "count" : "each"), order ? "4" : "8", NULL), FM_OK);
        assert_int_equal(
            fm_option_parse(&v, find(order ? "each" : "count"), order ? "8" : "4", NULL), FM_OK);
        const char *text = print(&v, find("list"));
        assert_string_equal(text, "8,8,8,8");
    }
    values v = defaults(), other = defaults();
    assert_int_equal(fm_option_parse(&v, find("count"), "3", NULL), FM_OK);
    const char *text = print(&v, find("list"));
    assert_string_equal(text, "4,4,4");
    assert_false(fm_option_same(&other, &v, find("each"))); /* 4,6 are not all 4 */
    assert_string_equal(print(&other, find("each")), "4,6");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_what_is_refused_changes_nothing),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_aliases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
