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
    assert_non_null(strstr(text, "\"lr\": 0.003,"));
    assert_non_null(strstr(text, "100.0,"));
    assert_non_null(strstr(text, "0.999\n"));
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

static int allowed; /* allocations until one fails */

static void *failing_malloc(size_t size) {
    return allowed-- == 0 ? NULL : malloc(size);
}

/* Without memory for a string, nothing is written, rather than a wrong string. */
static void test_string_without_memory(void **state) {
    (void)state;
    static const char umlaut[] = "caf\xc3\xa9";
    json_t *text = NULL;
    int failures = -1;
    json_set_alloc_funcs(failing_malloc, free);
    while (!text) {
        allowed = ++failures;
        text = fm_json_text(umlaut);
    }
    assert_string_equal(json_string_value(text), umlaut);
    assert_true(failures > 0);
    json_decref(text);
    allowed = -1;
    text = fm_json_text("caf\xe9");
    assert_string_equal(json_string_value(text), "caf?");
    json_decref(text);
    json_set_alloc_funcs(malloc, free);
}

/* Likewise when reading. */
static void test_reading_without_memory(void **state) {
    (void)state;
    static const char text[] =
        "{\"a key that is long\": [1.5, \"a text that is longer than that\"]}";
    json_error_t problem;
    int no_memory = 1, failures = -1;
    json_t *document = NULL, *whole = json_loads(text, 0, NULL);
    json_set_alloc_funcs(failing_malloc, free);
    while (!document) {
        assert_true(no_memory);
        allowed = ++failures;
        document = fm_json_parse(&no_memory, text, strlen(text), &problem);
    }
    assert_false(no_memory);
    assert_true(failures > 10);
    assert_true(json_equal(document, whole));
    json_decref(document);
    json_decref(whole);
    allowed = -1;
    assert_null(fm_json_parse(&no_memory, "{\"a\": nil}", 10, &problem));
    assert_false(no_memory);
    assert_non_null(strstr(problem.text, "nil"));
    json_set_alloc_funcs(malloc, free);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shortest_digits),
        cmocka_unit_test(test_numbers_round_trip),
        cmocka_unit_test(test_string_without_memory),
        cmocka_unit_test(test_reading_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
