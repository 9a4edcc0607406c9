/* An experiment as a section of a page. */
#ifndef FM_REPORT_EXPERIMENT_HTML_H
#define FM_REPORT_EXPERIMENT_HTML_H

#include "fmnist_cl/experiment.h"
#include "fmnist_cl/study_report.h"
#include "report/html.h"

/* What is varied and what that means, the plot, what is concluded, and all values as a table. title
 * is the section's heading. FM_E_MEMORY. */
int fm_experiment_html_add(fm_html *page, const char *title, const fm_experiment *experiment,
                           const fm_conclusion *conclusion, fm_error *error);

/* The page's last section: how to repeat it, and what the results rest on. */
void fm_experiment_html_add_basis(fm_html *page, const fm_report_basis *basis);

#endif
