/* JSON documents: numbers are written without loss. */
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "support/check.h"

static char *write(json_t *document) {
    fm_error error = {0};
    char *text;
    CHECK_OK(fm_json_write(&text, document, &error), &error);
    return text;
}

static void test_shortest_digits(void **state) {
    (void)state;
    char *text =
        write(json_pack("{s:f, s:{s:[f, f]}}", "lr", 0.003, "more", "betas", 100.0, 0.999));
    CHECK_SAYS(text, "\"lr\": 0.003,");
    CHECK_SAYS(text, "100.0,");
    CHECK_SAYS(text, "0.999\n");
    free(text);
}

static void test_numbers_round_trip(void **state) {
    (void)state;
    static const double numbers[] = {0.1 + 0.2, 1.0 / 3, 0.003, 5e-324, 1.7976931348623157e308};
    enum { COUNT = sizeof numbers / sizeof *numbers };
    json_t *document = json_array();
    for (size_t i = 0; i < COUNT; i++)
        fm_json_append(&document, json_pack("{s:[f]}", "deep", numbers[i]));
    char *text = write(document);
    json_t *again = json_loads(text, 0, NULL);
    for (size_t i = 0; i < COUNT; i++) {
        const json_t *number = json_array_get(json_object_get(json_array_get(again, i), "deep"), 0);
        assert_memory_equal(&(double){json_real_value(number)}, &numbers[i], sizeof(double));
    }
    json_decref(again);
    free(text);
}

static void test_text_that_is_not_utf8(void **state) {
    (void)state;
    json_t *text = fm_json_text("caf\xc3\xa9"), *wrong = fm_json_text("caf\xe9");
    assert_string_equal(json_string_value(text), "caf\xc3\xa9");
    assert_string_equal(json_string_value(wrong), "caf?");
    json_decref(text);
    json_decref(wrong);
}

/* If one part could not be created, the whole document is NULL: one check at the end suffices. */
static void test_missing_parts(void **state) {
    (void)state;
    for (int missing = 0; missing < 4; missing++) {
        json_t *array = json_array(), *object = json_object();
        char *text;
        fm_json_set(&object, "a", missing == 1 ? NULL : json_integer(1));
        fm_json_update(&object, missing == 2 ? NULL : json_pack("{s:i, s:i}", "a", 2, "b", 3));
        fm_json_append(&array, object);
        fm_json_append(&array, missing == 3 ? NULL : json_null());
        assert_int_equal(fm_json_write(&text, array, NULL), missing ? FM_E_MEMORY : FM_OK);
        if (!missing)
            assert_string_equal(text, "[\n  {\n    \"a\": 2,\n    \"b\": 3\n  },\n  null\n]\n");
        free(text);
    }
}

static void test_wrong_documents(void **state) {
    (void)state;
    static const char *const wrong[][2] = {{"{\"a\": nil}", "nil"},
                                           {"{\"a\": 1, \"a\": 2}", "duplicate"}};
    for (size_t i = 0; i < 2; i++) {
        json_error_t problem;
        int no_memory = 1;
        assert_null(fm_json_parse(&no_memory, wrong[i][0], strlen(wrong[i][0]), &problem));
        assert_false(no_memory);
        CHECK_SAYS(problem.text, wrong[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shortest_digits),       cmocka_unit_test(test_numbers_round_trip),
        cmocka_unit_test(test_text_that_is_not_utf8), cmocka_unit_test(test_missing_parts),
        cmocka_unit_test(test_wrong_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
