/* An experiment as a plot: the validation accuracy of each value, with its standard deviation. */
#ifndef FM_REPORT_EXPERIMENT_PLOT_H
#define FM_REPORT_EXPERIMENT_PLOT_H

#include "fmnist_cl/experiment.h"
#include "report/plot.h"

/* The plot and the memory to which it points. */
typedef struct fm_experiment_plot {
    fm_plot plot;
    double x[FM_MAX_VALUES], mean[FM_MAX_VALUES], sd[FM_MAX_VALUES];
    const char *names[FM_MAX_VALUES];
    char title[64], x_label[64];
} fm_experiment_plot;

/* Fills *out. Neither *out nor the plan and its values may move afterwards. A value whose trials
 * all failed is a gap. */
void fm_experiment_plot_make(fm_experiment_plot *out, const fm_plan *plan,
                             const fm_conclusion *conclusion);

#endif
