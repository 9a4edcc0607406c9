#include "report/confusion.h"

#include <math.h>

/* How the matrix is written. */
typedef struct layout {
    int name, cell; /* columns of a class and of a number */
    int percents;   /* of the true class, where counts have no room */
    const fm_terminal *terminal;
    double most_frequent; /* the largest share of a mistake */
} layout;

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

/* A shade between the background's neighbour and a strong colour. */
static fm_colour mix(fm_colour weak, fm_colour strong, double share) {
    const double rest = 1 - share;
    return (fm_colour){(unsigned)(rest * weak.red + share * strong.red),
                       (unsigned)(rest * weak.green + share * strong.green),
                       (unsigned)(rest * weak.blue + share * strong.blue)};
}

/* More is further from the background, which zero has: brighter on a dark terminal, darker on a
 * light one. Mistakes are shaded relative to the most frequent one, because they are rare. */
static void set_shade(FILE *out, double share, int is_right, const fm_terminal *terminal) {
    static const fm_colour black = {0, 0, 0}, white = {255, 255, 255};
    const fm_colour strong = is_right ? (fm_colour){60, 110, 200} : (fm_colour){220, 30, 30};
    const fm_colour weak =
        terminal->is_light ? (fm_colour){245, 235, 235} : (fm_colour){40, 30, 30};
    const fm_colour text = terminal->is_light && share < 0.5 ? black : white;
    fm_terminal_colour(out, FM_FOREGROUND, text, terminal->colours);
    fm_terminal_colour(out, FM_BACKGROUND, mix(weak, strong, share), terminal->colours);
}

static void write_cell(FILE *out, const fm_evaluation *evaluation, unsigned actual,
                       unsigned predicted, const layout *l) {
    const size_t count = evaluation->confusion[actual][predicted];
    const double part = share(evaluation, actual, predicted);
    const size_t number = l->percents ? (size_t)(100 * part + 0.5) : count;
    const int shaded = l->terminal->colours != FM_COLOURS_NONE && count > 0;
    if (shaded) /* the root makes small shares visible */
        set_shade(out, actual == predicted ? part : sqrt(part / l->most_frequent),
                  actual == predicted, l->terminal);
    fprintf(out, "%*zu%s", l->cell, number, shaded ? "\033[0m" : "");
}

/* The widest form for which there is room: names and counts, counts, percents. */
static layout choose(const fm_evaluation *evaluation, const fm_terminal *terminal) {
    enum { NAME = 16, NUMBER = 2, WIDE = 6, PERCENT = 3 };
    layout l = {.name = NAME,
                .cell = WIDE,
                .terminal = terminal,
                .most_frequent = most_frequent_share(evaluation)};
    size_t most = 0;
    int digits = 1;
    for (unsigned i = 0; i < FM_CLASSES * FM_CLASSES; i++)
        most = evaluation->confusion[i / FM_CLASSES][i % FM_CLASSES] > most
                   ? evaluation->confusion[i / FM_CLASSES][i % FM_CLASSES]
                   : most;
    for (; most >= 10; most /= 10)
        digits++;
    if (terminal->columns > NAME + FM_CLASSES * WIDE)
        return l;
    l.name = NUMBER;
    l.cell = digits + 1;
    if (terminal->columns > NUMBER + FM_CLASSES * (size_t)l.cell)
        return l;
    l.cell = PERCENT;
    l.percents = 1;
    return l;
}

void fm_confusion_write(FILE *out, const fm_evaluation *evaluation, const fm_terminal *terminal) {
    const layout l = choose(evaluation, terminal);
    fprintf(out, "rows: true class%s\ncolumns: predicted class\n%*s",
            l.percents ? ", in % of it" : "", l.name, "");
    for (unsigned i = 0; i < FM_CLASSES; i++)
        fprintf(out, "%*u", l.cell, i);
    fputc('\n', out);
    for (unsigned actual = 0; actual < FM_CLASSES; actual++) {
        fprintf(out, "%u %-*s", actual, l.name - 2,
                l.name > 2 ? fm_dataset_class_name(actual) : "");
        for (unsigned predicted = 0; predicted < FM_CLASSES; predicted++)
            write_cell(out, evaluation, actual, predicted, &l);
        fputc('\n', out);
    }
}
