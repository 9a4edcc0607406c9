/* Adds an experiment to a page. */
#ifndef FM_REPORT_EXPERIMENT_HTML_H
#define FM_REPORT_EXPERIMENT_HTML_H

#include "fmnist_cl/experiment.h"
#include "fmnist_cl/study_report.h"
#include "report/html.h"

/* Adds a section: an explanation of the varied setting, the plot, the conclusion, and a table of
 * all values. `title` is its heading. */
void fm_experiment_html_add(fm_html *page, const char *title, const fm_experiment *experiment,
                            const fm_conclusion *conclusion);

/* Adds the last section: how to reproduce the results, and their device and data set. */
void fm_experiment_html_add_basis(fm_html *page, const fm_report_basis *basis);

#endif
