/* Tuning parameters: how a device's kernels are built and launched, such as tile sizes and numbers
 * of work-groups. They affect only the speed. Results are bit-identical for all values, because
 * each element's sum keeps its order. */
#ifndef FMNIST_CL_CHOICES_H
#define FMNIST_CL_CHOICES_H

#include <stddef.h>

#include "fmnist_cl/decls.h"

FM_BEGIN_DECLS

typedef struct fm_choices {
    /* For CPU kernels, which run with a work-group size of 1. */
    int panels; /* panels (16 outputs each) in a tile of two rows, or of two inputs' parameters */
    int lines;  /* blocks of 16 inputs that reuse a block of gradients while it is in the cache */
    int inputs; /* inputs in a tile of an input gradient, 16 rows high */
    int groups; /* work-groups per compute unit, for launches divided by parameters */
    int row_groups; /* work-groups per compute unit, for launches divided by rows of the batch */
    /* For GPU kernels, which use larger work-groups. */
    int side;  /* side of a work-group's tile of a product */
    int work;  /* side of a work-item's tile */
    int depth; /* depth of the slices of both factors in local memory */
} fm_choices;

enum { FM_CHOICES = 8, FM_CHOICE_VALUES = 8 };

/* The description of one tuning parameter. */
typedef struct fm_choice {
    const char *name;
    size_t offset;                    /* in fm_choices */
    int in_groups;                    /* 0: for CPU kernels; 1: for GPU kernels */
    int values[FM_CHOICE_VALUES + 1]; /* the allowed values, ascending, ended by 0 */
} fm_choice;

/* index is below FM_CHOICES. */
const fm_choice *fm_choice_get(size_t index);
/* Whether the value is in the parameter's list. */
int fm_choice_allows(size_t index, long long value);
int fm_choice_value(const fm_choices *choices, size_t index);
void fm_choice_set(fm_choices *choices, size_t index, int value);

FM_END_DECLS

#endif
