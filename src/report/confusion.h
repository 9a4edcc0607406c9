/* The confusion matrix for people. */
#ifndef FM_REPORT_CONFUSION_H
#define FM_REPORT_CONFUSION_H

#include <stdio.h>

#include "fmnist_cl/evaluation.h"

/* Writes the matrix to out, rows are true classes. Shaded, for a terminal with 24-bit colours:
 * mistakes on red, brighter the more of a class they are, what is right on grey. Failures stay in
 * the stream's state. */
void fm_confusion_write(FILE *out, const fm_evaluation *evaluation, int shaded);

#endif
