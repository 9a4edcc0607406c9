/* Compares operations on random numbers with the reference. */
#ifndef FM_CHECK_PARITY_H
#define FM_CHECK_PARITY_H

#include "check/job.h"

/* Runs all cases (check/cases.c). thorough: with many sizes, including unusual ones and those of a
 * real training, instead of a few small ones. FM_E_WRONG, and errors of the back end. */
int fm_check_parity(fm_backend *backend, fm_backend *reference, int thorough, int with_prelu,
                    fm_error *error);

/* Runs the three products of one linear layer, the last one with Adam's update. */
int fm_check_layer(fm_backend *backend, fm_backend *reference, size_t rows, size_t inputs,
                   size_t outputs, enum fm_activation activation, fm_error *error);

#endif
