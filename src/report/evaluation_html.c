#include "report/evaluation_html.h"

#include <math.h>

static size_t most_mistakes(const fm_evaluation *evaluation) {
    fm_confusion most;
    return fm_evaluation_confused(&most, 1, evaluation) ? most.count : 0;
}

static void add_matrix(fm_html *page, const fm_evaluation *evaluation) {
    const char *heads[FM_CLASSES + 1] = {"true \\ predicted"};
    size_t most = most_mistakes(evaluation);
    for (unsigned c = 0; c < FM_CLASSES; c++)
        heads[c + 1] = fm_dataset_class_name(c);
    fm_html_table_begin(page, "Confusion matrix: rows are true classes, columns predictions", heads,
                        "lcccccccccc");
    for (unsigned row = 0; row < FM_CLASSES; row++) {
        fm_html_row(page);
        fm_html_head_cell(page, "%s", fm_dataset_class_name(row));
        for (unsigned column = 0; column < FM_CLASSES; column++) {
            size_t count = evaluation->confusion[row][column];
            /* The root makes rare mistakes visible. */
            double share = row == column ? evaluation->classes[row].recall
                           : most        ? sqrt((double)count / (double)most)
                                         : 0;
            fm_html_shaded(page, row == column, share, "%zu", count);
        }
    }
    fm_html_table_end(page);
    fm_html_note(page, "Blue: correct predictions, the stronger the larger their share of the "
                       "row. Orange: mistakes, the stronger the more frequent.");
}

static void add_pairs(fm_html *page, const fm_evaluation *evaluation) {
    enum { PAIRS = 5 };
    static const char *const heads[] = {"true class", "prediction", "images"};
    fm_confusion pairs[PAIRS];
    size_t count = fm_evaluation_confused(pairs, PAIRS, evaluation);
    if (!count)
        return;
    fm_html_table_begin(page, "Most frequent mistakes", heads, "llr");
    for (size_t i = 0; i < count; i++) {
        fm_html_row(page);
        fm_html_head_cell(page, "%s", fm_dataset_class_name(pairs[i].actual));
        fm_html_cell(page, "%s", fm_dataset_class_name(pairs[i].predicted));
        fm_html_number(page, "%zu", pairs[i].count);
    }
    fm_html_table_end(page);
}

/* A dash stands for a figure that is not defined. */
static void add_share(fm_html *page, double share) {
    if (isnan(share))
        fm_html_number(page, "-");
    else
        fm_html_number(page, "%.3f", share);
}

static void add_classes(fm_html *page, const fm_evaluation *evaluation) {
    static const char *const heads[] = {"class", "precision", "recall", "F1", "images"};
    fm_html_table_begin(page, "Results per class", heads, "lrrrr");
    for (unsigned c = 0; c < FM_CLASSES; c++) {
        const fm_class_score *class = &evaluation->classes[c];
        fm_html_row(page);
        fm_html_head_cell(page, "%s", fm_dataset_class_name(c));
        add_share(page, class->precision);
        add_share(page, class->recall);
        add_share(page, class->f1);
        fm_html_number(page, "%zu", class->support);
    }
    fm_html_table_end(page);
}

void fm_evaluation_html_add(fm_html *page, const fm_evaluation *evaluation) {
    add_matrix(page, evaluation);
    fm_html_figures_begin(page);
    add_pairs(page, evaluation);
    add_classes(page, evaluation);
    fm_html_figures_end(page);
}
