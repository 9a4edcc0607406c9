/* The parser, on a table of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/help.h"
#include "cli/options.h"

typedef struct values {
    size_t count;
    uint64_t seed;
    double rate, part;
    const char *text;
    int loud, level;
} values;

static const fm_option first[] = {
    {"count", FM_OPTION_SIZE, 'c', "N", "3", "", .offset = offsetof(values, count), .low = 1,
     .high = 100},
    {"rate", FM_OPTION_REAL, 0, "X", "0.5", "", .offset = offsetof(values, rate), .low_open = 1,
     .high = 10},
    {"part", FM_OPTION_REAL, 0, "X", "0", "", .offset = offsetof(values, part), .high = 1,
     .high_open = 1},
    {.name = NULL},
};

static const fm_option second[] = {
    {"seed", FM_OPTION_UNSIGNED, 0, "N", "7", "", .offset = offsetof(values, seed)},
    {"text", FM_OPTION_TEXT, 't', "T", NULL, "", .offset = offsetof(values, text)},
    {"loud", FM_OPTION_FLAG, 'l', NULL, NULL, "", .offset = offsetof(values, loud), .value = 1},
    {"quiet", FM_OPTION_FLAG, 'q', NULL, NULL, "", .offset = offsetof(values, level), .value = -1},
    {"help", FM_OPTION_HELP, 'h', NULL, NULL, "", .offset = 0},
    {.name = NULL},
};

static const cli_group groups[] = {
    {"First", first, 0, 0}, {"Second", second, 0, 0}, {NULL, NULL, 0, 0}};

static cli_arguments arguments;
static values got;
static fm_error error;

/* Arguments as one text, split at blanks. */
static int parse(const char *line) {
    static char text[256];
    static char *words[16];
    int count = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        words[count++] = word;
    got = (values){0};
    error = (fm_error){0};
    return cli_options_parse(&arguments, &got, groups, count, words, &error);
}

static void fails(const char *line, const char *what, const char *why) {
    assert_int_equal(parse(line), FM_E_ARGUMENT);
    assert_string_equal(error.what, what);
    assert_string_equal(error.why, why);
}

static void test_defaults_are_those_of_the_table(void **state) {
    (void)state;
    assert_int_equal(parse(""), FM_OK);
    assert_int_equal(got.count, 3);
    assert_true(got.rate == 0.5);
    assert_int_equal(got.seed, 7);
    assert_null(got.text);
    assert_int_equal(arguments.given_count, 0);
}

static void test_every_way_to_write_an_option(void **state) {
    (void)state;
    assert_int_equal(parse("one --count 5 --rate=1e-3 -lq -t- two --text=a=b -- --loud"), FM_OK);
    assert_int_equal(got.count, 5);
    assert_true(got.rate == 1e-3);
    assert_string_equal(got.text, "a=b");
    assert_int_equal(got.loud, 1);
    assert_int_equal(got.level, -1);
    assert_int_equal(arguments.operand_count, 3);
    assert_string_equal(arguments.operands[0], "one");
    assert_string_equal(arguments.operands[1], "two");
    assert_string_equal(arguments.operands[2], "--loud");
    assert_true(cli_options_given(&arguments, "count"));
    assert_false(cli_options_given(&arguments, "part"));
    assert_int_equal(parse("-c9 -"), FM_OK);
    assert_int_equal(got.count, 9);
    assert_string_equal(arguments.operands[0], "-");
}

static void test_the_last_of_two_counts(void **state) {
    (void)state;
    assert_int_equal(parse("--count 5 --count 6"), FM_OK);
    assert_int_equal(got.count, 6);
    assert_int_equal(arguments.given_count, 1);
}

static void test_help_ends_the_reading(void **state) {
    (void)state;
    assert_int_equal(parse("--help --nonsense"), FM_OK);
    assert_true(arguments.help);
    assert_int_equal(parse("-h --count x"), FM_OK);
    assert_true(arguments.help);
}

static void test_whole_numbers_are_strict(void **state) {
    (void)state;
    fails("--count 0", "--count", "0 is below 1");
    fails("--count -4", "--count", "-4 is below 1");
    fails("--count 101", "--count", "101 is above 100");
    fails("--count 1.5", "--count", "'1.5' is not a whole number");
    fails("--count 5x", "--count", "'5x' is not a whole number");
    fails("--count 0x5", "--count", "'0x5' is not a whole number");
    fails("--count=", "--count", "'' is not a whole number");
    fails("--count 99999999999999999999", "--count",
          "99999999999999999999 is too large for a number");
    fails("--seed -1", "--seed", "-1 is below 0");
    assert_int_equal(parse("--seed 18446744073709551615"), FM_OK);
    assert_true(got.seed == UINT64_MAX);
}

static void test_real_numbers_are_strict(void **state) {
    (void)state;
    fails("--rate abc", "--rate", "'abc' is not a number");
    fails("--rate nan", "--rate", "'nan' is not a number");
    fails("--rate inf", "--rate", "'inf' is not a number");
    fails("--rate 0x1p3", "--rate", "'0x1p3' is not a number");
    fails("--rate 1e", "--rate", "'1e' is not a number");
    fails("--rate 1,5", "--rate", "'1,5' is not a number");
    fails("--rate 1e999", "--rate", "1e999 is too large for a number");
    fails("--rate 1e-999", "--rate", "1e-999 is too small for a number");
    fails("--rate 0", "--rate", "0 is not above 0");
    fails("--rate 11", "--rate", "11 is above 10");
    fails("--part 1", "--part", "1 is not below 1");
    fails("--part -0.1", "--part", "-0.1 is below 0");
    assert_int_equal(parse("--rate 10 --part 0.999"), FM_OK);
}

static void test_wrong_usage(void **state) {
    (void)state;
    fails("--count", "--count", "needs N");
    fails("-c", "--count", "needs N");
    fails("--loud=1", "--loud", "takes no argument");
    fails("--text=", "--text", "must not be empty");
    fails("--nonsense", "--nonsense", "no such option");
    assert_string_equal(error.hint, "");
    fails("-x", "-x", "no such option");
    fails("--cuont 5", "--cuont", "no such option");
    assert_string_equal(error.hint, "did you mean --count?");
}

static void test_names_are_not_abbreviated(void **state) {
    (void)state;
    fails("--coun 5", "--coun", "no such option");
    assert_string_equal(error.hint, "did you mean --count?");
    fails("--countess 5", "--countess", "no such option");
}

static void test_help_shows_every_default(void **state) {
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cli_options_help(stream, groups);
    fclose(stream);
    assert_non_null(strstr(text, "First:"));
    assert_non_null(strstr(text, "-c, --count N"));
    assert_non_null(strstr(text, "[0.5]"));
    assert_non_null(strstr(text, "--seed N"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_those_of_the_table),
        cmocka_unit_test(test_every_way_to_write_an_option),
        cmocka_unit_test(test_the_last_of_two_counts),
        cmocka_unit_test(test_help_ends_the_reading),
        cmocka_unit_test(test_whole_numbers_are_strict),
        cmocka_unit_test(test_real_numbers_are_strict),
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_names_are_not_abbreviated),
        cmocka_unit_test(test_help_shows_every_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
