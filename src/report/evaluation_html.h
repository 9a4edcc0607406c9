/* An evaluation as parts of a page. */
#ifndef FM_REPORT_EVALUATION_HTML_H
#define FM_REPORT_EVALUATION_HTML_H

#include "fmnist_cl/evaluation.h"
#include "report/html.h"

/* The confusion matrix, its cells shaded so that the eye finds what is confused, the pairs confused
 * most, and precision, recall and F1 of each class. */
void fm_evaluation_html_add(fm_html *page, const fm_evaluation *evaluation);

#endif
