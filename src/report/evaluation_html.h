/* Adds an evaluation to a page. */
#ifndef FM_REPORT_EVALUATION_HTML_H
#define FM_REPORT_EVALUATION_HTML_H

#include "fmnist_cl/evaluation.h"
#include "report/html.h"

/* Adds the confusion matrix with shaded cells, the most frequent mistakes, and precision, recall
 * and F1 of each class. */
void fm_evaluation_html_add(fm_html *page, const fm_evaluation *evaluation);

#endif
