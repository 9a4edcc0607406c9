#include "report/experiment_plot.h"

#include <math.h>
#include <stdlib.h>

static const struct {
    const char *x_label, *title;
    int log_x; /* the study's values are spread over decades */
    int named; /* values are names */
} looks[] = {
    [FM_FACTOR_EPOCHS] = {"epochs", "Accuracy by number of epochs", 0, 0},
    [FM_FACTOR_LAYERS] = {"hidden layers", "Accuracy by number of hidden layers", 0, 0},
    [FM_FACTOR_NODES] = {"nodes in each hidden layer", "Accuracy by number of nodes", 1, 0},
    [FM_FACTOR_BATCH_SIZE] = {"batch size (images)", "Accuracy by batch size", 1, 0},
    [FM_FACTOR_LR] = {"learning rate", "Accuracy by learning rate", 1, 0},
    [FM_FACTOR_ACTIVATION] = {"activation", "Accuracy by activation", 0, 1},
    [FM_FACTOR_LOSS] = {"loss", "Accuracy by loss", 0, 1},
    [FM_FACTOR_OPTIMIZER] = {"optimizer", "Accuracy by optimizer", 0, 1},
    [FM_FACTOR_FINAL] = {"", "Accuracy of the final run", 0, 1},
};

void fm_experiment_plot_make(fm_experiment_plot *out, const fm_plan *plan,
                             const fm_conclusion *conclusion) {
    const size_t count = plan->value_count;
    const int named = looks[plan->factor].named;
    for (size_t v = 0; v < count; v++) {
        const fm_value_result *r = &conclusion->value[v];
        out->x[v] = strtod(plan->value[v], NULL);
        out->mean[v] = r->n ? 100 * r->mean : (double)NAN;
        out->sd[v] = 100 * r->sd;
        out->names[v] = plan->value[v];
    }
    out->plot = (fm_plot){
        .title = looks[plan->factor].title,
        .x_label = looks[plan->factor].x_label,
        .y_label = "validation accuracy (%)",
        .log_x = looks[plan->factor].log_x,
        .categories = named ? out->names : NULL,
        .category_count = named ? count : 0,
        .series = {{.x = named ? NULL : out->x, .y = out->mean, .error = out->sd, .count = count}},
        .series_count = 1,
    };
}
