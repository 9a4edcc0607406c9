/* Prints the confusion matrix. */
#ifndef FM_REPORT_CONFUSION_H
#define FM_REPORT_CONFUSION_H

#include <stdio.h>

#include "fmnist_cl/evaluation.h"

/* Writes the matrix to out; rows are true classes. With `shaded`, for a terminal with 24-bit
 * colours, mistakes are red, the brighter the larger their share of the class; correct predictions
 * are grey. Failures stay in the stream's state. */
void fm_confusion_write(FILE *out, const fm_evaluation *evaluation, int shaded);

#endif
