/* How a device's kernels are built and launched: sizes of tiles, numbers of groups. They decide how
 * fast a device computes and never what: each element's sum keeps its order, so that results are
 * the same bit for bit whatever is chosen. */
#ifndef FMNIST_CL_CHOICES_H
#define FMNIST_CL_CHOICES_H

#include <stddef.h>

typedef struct fm_choices {
    /* Of kernels whose work-items are alone in their groups: CPUs. */
    int panels;     /* of 16 outputs, of a tile of two rows, or of two inputs' parameters */
    int lines;      /* of 16 inputs, that share a block of gradients while it is in the cache */
    int inputs;     /* of a tile of a gradient that goes back through a layer, 16 rows high */
    int groups;     /* for each compute unit, in a launch along the parameters */
    int row_groups; /* for each compute unit, in a launch along the rows of a batch */
    /* Of kernels that work in groups: GPUs. */
    int side;  /* of a group's piece of a product */
    int work;  /* side of a work-item's piece */
    int depth; /* of the slices of both factors in local memory */
} fm_choices;

enum { FM_CHOICES = 8, FM_CHOICE_VALUES = 8 };

/* One of them: what may be chosen. */
typedef struct fm_choice {
    const char *name;
    size_t offset;                    /* in fm_choices */
    int in_groups;                    /* 0: of kernels for CPUs; 1: of kernels for GPUs */
    int values[FM_CHOICE_VALUES + 1]; /* ascending, ended by 0 */
} fm_choice;

/* Of number `index`, below FM_CHOICES. */
const fm_choice *fm_choice_get(size_t index);
/* Whether a value is one of those. */
int fm_choice_allows(size_t index, long long value);
int fm_choice_value(const fm_choices *choices, size_t index);
void fm_choice_set(fm_choices *choices, size_t index, int value);

#endif
