/* Prints the confusion matrix. */
#ifndef FM_REPORT_CONFUSION_H
#define FM_REPORT_CONFUSION_H

#include <stdio.h>

#include "fmnist_cl/evaluation.h"
#include "report/terminal_picture.h"

/* Writes the matrix to out; rows are true classes. It fits the terminal's columns, from 40 up. With
 * colours, mistakes are red and correct predictions blue, the stronger the larger their share of
 * the class; zero has no colour. Failures stay in the stream's state. */
void fm_confusion_write(FILE *out, const fm_evaluation *evaluation, const fm_terminal *terminal);

#endif
