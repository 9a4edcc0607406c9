/* The printed confusion matrix. */
#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>

#include "report/confusion.h"
#include "support/check.h"

static void matrix_text(char **text, const fm_evaluation *evaluation, int shaded) {
    size_t size;
    FILE *out = open_memstream(text, &size);
    assert_non_null(out);
    fm_confusion_write(out, evaluation, shaded);
    assert_int_equal(fclose(out), 0);
}

static fm_evaluation example(void) {
    fm_evaluation evaluation = {.count = 3000};
    for (size_t c = 0; c < FM_CLASSES; c++)
        evaluation.confusion[c][c] = evaluation.classes[c].support = 300;
    evaluation.confusion[6][0] = 120;
    evaluation.confusion[6][6] = 180;
    evaluation.confusion[2][4] = 30;
    evaluation.confusion[2][2] = 270;
    return evaluation;
}

static void test_plain(void **state) {
    const fm_evaluation evaluation = example();
    char *text;
    (void)state;
    matrix_text(&text, &evaluation, 0);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "6 Shirt           120     0     0     0     0     0   180 "));
    assert_non_null(strstr(text, "2 Pullover          0     0   270     0    30     0     0 "));
    free(text);
}

/* The red component of the cell with this number. */
static int red_of(const char *text, const char *number) {
    const char *cell = strstr(text, number);
    int red = -1;
    assert_non_null(cell);
    size_t at = (size_t)(cell - text);
    while (at > 0 && text[at] != '\033')
        at--;
    assert_int_equal(sscanf(text + at, "\033[38;2;255;255;255;48;2;%d;", &red), 1);
    return red;
}

/* The larger the share of a class, the brighter; correct and wrong cells differ in hue. */
static void test_shaded(void **state) {
    const fm_evaluation evaluation = example();
    char *text;
    (void)state;
    matrix_text(&text, &evaluation, 1);
    assert_int_equal(red_of(text, " 120 "), 220);
    assert_int_equal(red_of(text, "  30 "), 125);
    assert_non_null(strstr(text, "48;2;76;76;76m  180 "));
    assert_non_null(strstr(text, "48;2;100;100;100m  300 "));
    free(text);
}

static void test_empty(void **state) {
    const fm_evaluation evaluation = {0};
    (void)state;
    for (int shaded = 0; shaded < 2; shaded++) {
        char *text;
        matrix_text(&text, &evaluation, shaded);
        assert_null(strstr(text, "nan"));
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_shaded),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
