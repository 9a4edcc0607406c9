/* A training's curves as plots. */
#ifndef FM_REPORT_HISTORY_PLOT_H
#define FM_REPORT_HISTORY_PLOT_H

#include "fmnist_cl/trainer.h"
#include "report/html.h"

typedef struct fm_history_plot {
    fm_plot plot;
    double *values; /* that the plot's series point to */
} fm_history_plot;

/* Accuracy in per cent after each epoch, in training and, where there was one, in validation.
 * FM_E_MEMORY. Free with fm_history_plot_free. */
int fm_history_plot_accuracy(fm_history_plot *out, const fm_epoch *epochs, size_t count,
                             fm_error *error);
/* The same of the loss, which the axis names. */
int fm_history_plot_loss(fm_history_plot *out, const fm_epoch *epochs, size_t count,
                         enum fm_loss loss, fm_error *error);
void fm_history_plot_free(fm_history_plot *plot);

/* Both, side by side on a page. FM_E_MEMORY. */
int fm_history_plot_add(fm_html *page, const fm_epoch *epochs, size_t count, enum fm_loss loss,
                        fm_error *error);

#endif
