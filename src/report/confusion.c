#include "report/confusion.h"

#include <math.h>

/* The share of the true class's images in this cell. */
static double share(const fm_evaluation *evaluation, unsigned actual, unsigned predicted) {
    const size_t support = evaluation->classes[actual].support;
    return support ? (double)evaluation->confusion[actual][predicted] / (double)support : 0;
}

static double most_frequent_share(const fm_evaluation *evaluation) {
    double most_frequent = 0;
    for (unsigned actual = 0; actual < FM_CLASSES; actual++)
        for (unsigned predicted = 0; predicted < FM_CLASSES; predicted++)
            if (actual != predicted)
                most_frequent = fmax(most_frequent, share(evaluation, actual, predicted));
    return most_frequent;
}

/* Mistakes are shaded relative to the most frequent one, because they are rare. */
static void write_shaded(FILE *out, const fm_evaluation *evaluation, unsigned actual,
                         unsigned predicted, double most_frequent) {
    const size_t count = evaluation->confusion[actual][predicted];
    const double part = share(evaluation, actual, predicted);
    if (actual == predicted) {
        const int grey = 40 + (int)(60 * part);
        fprintf(out, "\033[38;2;255;255;255;48;2;%d;%d;%dm %4zu \033[0m", grey, grey, grey, count);
    } else if (count == 0) {
        fputs("\033[2m    .\033[0m ", out);
    } else {
        /* The root makes small shares visible. */
        const double heat = sqrt(part / most_frequent);
        fprintf(out, "\033[38;2;255;255;255;48;2;%d;%d;%dm %4zu \033[0m", 30 + (int)(190 * heat),
                20 + (int)(10 * heat), 20 + (int)(10 * heat), count);
    }
}

void fm_confusion_write(FILE *out, const fm_evaluation *evaluation, int shaded) {
    const double most_frequent = most_frequent_share(evaluation);
    fprintf(out, "rows: true class, columns: predicted class\n%-16s", "");
    for (unsigned i = 0; i < FM_CLASSES; i++)
        fprintf(out, "%5u ", i);
    fputc('\n', out);
    for (unsigned actual = 0; actual < FM_CLASSES; actual++) {
        fprintf(out, "%u %-14s", actual, fm_dataset_class_name(actual));
        for (unsigned predicted = 0; predicted < FM_CLASSES; predicted++) {
            if (shaded)
                write_shaded(out, evaluation, actual, predicted, most_frequent);
            else
                fprintf(out, "%5zu ", evaluation->confusion[actual][predicted]);
        }
        fputc('\n', out);
    }
}
