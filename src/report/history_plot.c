#include "report/history_plot.h"

#include <stdlib.h>

#include "base/memory.h"

static double accuracy(const fm_score *score) {
    return 100 * score->accuracy;
}

static double loss_of(const fm_score *score) {
    return score->loss;
}

static int create(fm_history_plot *out, const fm_epoch *epochs, size_t count,
                  double (*figure)(const fm_score *score), fm_error *error) {
    *out = (fm_history_plot){0};
    int status = fm_memory_allocate(&out->values, 3 * count, sizeof *out->values, "plot", error);
    if (status)
        return status;
    double *number = out->values, *train = number + count, *val = train + count;
    int has_val = count > 0 && epochs[0].has_val;
    for (size_t i = 0; i < count; i++) {
        number[i] = (double)epochs[i].number;
        train[i] = figure(&epochs[i].train);
        val[i] = figure(&epochs[i].val);
    }
    out->plot = (fm_plot){.x_label = "epoch",
                          .series = {{.name = "training", .x = number, .y = train, .count = count},
                                     {.name = "validation", .x = number, .y = val, .count = count}},
                          .series_count = has_val ? 2 : 1};
    return FM_OK;
}

int fm_history_plot_accuracy(fm_history_plot *out, const fm_epoch *epochs, size_t count,
                             fm_error *error) {
    int status = create(out, epochs, count, accuracy, error);
    out->plot.title = "Accuracy after each epoch";
    out->plot.y_label = "accuracy (%)";
    return status;
}

int fm_history_plot_loss(fm_history_plot *out, const fm_epoch *epochs, size_t count,
                         enum fm_loss loss, fm_error *error) {
    static const char *const labels[] = {
        [FM_CROSS_ENTROPY] = "loss (cross-entropy, nats)",
        [FM_NLL] = "loss (neg. log-likelihood, nats)",
        [FM_MSE] = "loss (mean squared error)",
    };
    int status = create(out, epochs, count, loss_of, error);
    out->plot.title = "Loss after each epoch";
    out->plot.y_label = labels[loss];
    return status;
}

void fm_history_plot_free(fm_history_plot *plot) {
    free(plot->values);
    *plot = (fm_history_plot){0};
}

void fm_history_plot_add(fm_html *page, const fm_epoch *epochs, size_t count, enum fm_loss loss) {
    fm_history_plot accuracies, losses = {0};
    page->text.failed |= fm_history_plot_accuracy(&accuracies, epochs, count, NULL) ||
                         fm_history_plot_loss(&losses, epochs, count, loss, NULL);
    if (!page->text.failed) {
        fm_html_figures_begin(page);
        fm_html_plot(page, &accuracies.plot);
        fm_html_plot(page, &losses.plot);
        fm_html_figures_end(page);
    }
    fm_history_plot_free(&accuracies);
    fm_history_plot_free(&losses);
}
