/* The curves of a training as plots. */
#ifndef FM_REPORT_HISTORY_PLOT_H
#define FM_REPORT_HISTORY_PLOT_H

#include "fmnist_cl/trainer.h"
#include "report/html.h"

typedef struct fm_history_plot {
    fm_plot plot;
    double *values; /* to which the plot's series point */
} fm_history_plot;

/* Training accuracy and, if there is one, validation accuracy per epoch, in percent. FM_E_MEMORY.
 * Free with fm_history_plot_free. */
int fm_history_plot_accuracy(fm_history_plot *out, const fm_epoch *epochs, size_t count,
                             fm_error *error);
/* The same for the loss. */
int fm_history_plot_loss(fm_history_plot *out, const fm_epoch *epochs, size_t count,
                         enum fm_loss loss, fm_error *error);
void fm_history_plot_free(fm_history_plot *plot);

/* Adds both plots to a page, side by side. */
void fm_history_plot_add(fm_html *page, const fm_epoch *epochs, size_t count, enum fm_loss loss);

#endif
