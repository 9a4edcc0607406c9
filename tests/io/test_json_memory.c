/* A guarded jansson that lacks memory while it reads says so: once and from there on, for each of
 * its allocations. */
/* wrap: malloc free */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fmnist_cl/json_memory.h"
#include "io/json.h"
#include "io/json_memory.h"

void *__real_malloc(size_t size);
void __real_free(void *bytes);

static int allowed = -1; /* allocations until one fails; -1: none does */
static int lasts, held;

void *__wrap_malloc(size_t size) {
    int is_failing = allowed == 0;
    if (allowed > 0 || (is_failing && !lasts))
        allowed--;
    if (is_failing)
        return NULL;
    held++;
    return __real_malloc(size);
}

void __wrap_free(void *bytes) {
    held -= bytes != NULL;
    __real_free(bytes);
}

static const char nested[] =
    "{\"a key that is long\": [1.5, -2, true, null, \"a text that is longer than that\"],"
    " \"another\": {\"a\": {\"b\": [[], {}]}}, \"\\u00e9\\ud83d\\ude00 and so on, and so on\": 1}";
static const char *const texts[] = {
    /* What is dropped may be the quote, a part of an escape, or the text's end. */
    "[\"fifteen letters\", \"sixteen letters.\", \"fourteen letter\\n and an escape\"]",
    nested,
    "[\"0123456789012\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"]",
};
enum { TEXTS = sizeof texts / sizeof *texts };

static void test_reads_or_lacks_memory(void **state) {
    (void)state;
    for (int i = 0; i < 2 * TEXTS; i++) {
        const char *text = texts[i / 2];
        int no_memory, failures = -1, before = held;
        json_error_t problem;
        json_t *whole = json_loads(text, 0, &problem), *document = NULL;
        assert_non_null(whole);
        const int with_whole = held;
        lasts = i % 2;
        while (!document) {
            allowed = ++failures;
            document = fm_json_memory_load(&no_memory, text, strlen(text), 0, &problem);
            assert_int_equal(no_memory, !document);
            assert_true(document || held == with_whole);
        }
        allowed = -1;
        assert_true(failures > 5);
        assert_true(json_equal(document, whole));
        json_decref(document);
        json_decref(whole);
        assert_int_equal(held, before);
    }
}

/* What is wrong with a text is told as ever, and nothing stays behind. */
static void test_wrong_texts(void **state) {
    (void)state;
    static const char wrong[] =
        "{\"a key that is long\": [\"a text that is longer than that\", nil]}";
    int no_memory, before = held;
    json_error_t problem;
    assert_null(fm_json_memory_load(&no_memory, wrong, strlen(wrong), 0, &problem));
    assert_false(no_memory);
    assert_non_null(strstr(problem.text, "nil"));
    assert_int_equal(held, before);
}

/* What was read is changed, written and freed as ever; valgrind and sanitizers see what is left. */
static void test_what_was_read_lives_on(void **state) {
    (void)state;
    int no_memory;
    char *text = NULL;
    json_error_t problem;
    json_t *document = fm_json_parse(&no_memory, nested, strlen(nested), &problem);
    assert_false(no_memory);
    assert_int_equal(json_object_del(document, "another"), 0);
    json_object_set_new(document, "more", json_string("a text that is longer than that"));
    assert_int_equal(fm_json_write(&text, document, NULL), FM_OK);
    assert_non_null(strstr(text, "\"more\": \"a text that is longer than that\""));
    free(text);
}

static int guard(void **state) {
    (void)state;
    fm_json_memory_guard();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_or_lacks_memory),
        cmocka_unit_test(test_wrong_texts),
        cmocka_unit_test(test_what_was_read_lives_on),
    };
    return cmocka_run_group_tests(tests, guard, NULL);
}
