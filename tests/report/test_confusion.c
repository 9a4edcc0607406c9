/* The printed confusion matrix. */
#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>

#include "report/confusion.h"
#include "support/check.h"

static void matrix_text(char **text, const fm_evaluation *evaluation, fm_terminal terminal) {
    size_t size;
    FILE *out = open_memstream(text, &size);
    assert_non_null(out);
    fm_confusion_write(out, evaluation, &terminal);
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
    matrix_text(&text, &evaluation, (fm_terminal){.columns = 80});
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "6 Shirt            120     0     0     0     0     0   180 "));
    assert_non_null(strstr(text, "2 Pullover           0     0   270     0    30     0     0 "));
    free(text);
}

/* The red component of the background of the cell that ends with this number. */
static int red_of(const char *text, const char *number) {
    const char *cell = strstr(text, number);
    int red = -1;
    assert_non_null(cell);
    size_t at = (size_t)(cell - text);
    while (at > 0 && text[at] != '\033')
        at--;
    assert_int_equal(sscanf(text + at, "\033[48;2;%d;", &red), 1);
    return red;
}

/* The larger the share of a class, the further from the background: brighter on a dark terminal,
 * darker on a light one. Zero has the background's colour. */
static void test_shaded(void **state) {
    const fm_evaluation evaluation = example();
    (void)state;
    for (int is_light = 0; is_light < 2; is_light++) {
        char *text;
        matrix_text(&text, &evaluation,
                    (fm_terminal){.columns = 80, .colours = FM_COLOURS_TRUE, .is_light = is_light});
        const int most = red_of(text, " 120\033[0m"), few = red_of(text, "  30\033[0m");
        assert_int_equal(most, 220);
        assert_true(is_light ? few > most : few < most);
        assert_non_null(strstr(text, "48;2;")); /* the correct ones are shaded too */
        assert_non_null(strstr(text, "     0     0"));
        assert_null(strstr(text, " 0\033[0m"));
        free(text);
    }
}

/* From 40 columns up no line is longer; with fewer columns than counts need, percents stand there.
 */
static void test_widths(void **state) {
    fm_evaluation evaluation = example();
    (void)state;
    for (size_t c = 0; c < FM_CLASSES; c++)
        evaluation.confusion[c][c] = evaluation.classes[c].support = 100000;
    for (size_t columns = 40; columns < 120; columns++) {
        char *text;
        matrix_text(&text, &evaluation, (fm_terminal){.columns = columns});
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            assert_true(strcspn(line, "\n") < columns);
        assert_int_equal(strstr(text, "in % of it") != NULL, columns <= 72);
        free(text);
    }
}

static void test_empty(void **state) {
    const fm_evaluation evaluation = {0};
    (void)state;
    for (int shaded = 0; shaded < 2; shaded++) {
        char *text;
        matrix_text(
            &text, &evaluation,
            (fm_terminal){.columns = 80, .colours = shaded ? FM_COLOURS_16 : FM_COLOURS_NONE});
        assert_null(strstr(text, "nan"));
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_shaded),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
