/* Runs one operation on given numbers: compiles and runs a graph of this one node. Everything
 * follows from the operation's row in graph/operation.c, so a new operation only needs cases
 * (check/cases.c). */
#ifndef FM_CHECK_JOB_H
#define FM_CHECK_JOB_H

#include "backend/backend.h"
#include "fmnist_cl/optimizer.h"

/* The source of a product's operand x. Back ends skip zeros only in tensors that fm_graph_check
 * marks as sparse. */
enum fm_check_x {
    FM_CHECK_WRITTEN,  /* the host writes it */
    FM_CHECK_GATHERED, /* pixels, gathered by the same graph */
    FM_CHECK_RELU,     /* the ReLU output of a layer on such pixels */
};

/* Optional operands that a case leaves out: bit i for operand i of the operation's row. */
enum {
    FM_CHECK_NO_Z = 1 << 1,       /* of linear_forward */
    FM_CHECK_NO_SLOPE = 1 << 4,   /* of linear_forward */
    FM_CHECK_NO_DLOGITS = 1 << 0, /* of loss */
    FM_CHECK_NO_X = 1 << 3,       /* of linear_backward_input */
};

typedef struct fm_check_case {
    enum fm_operation operation;
    unsigned without;
    enum fm_activation activation;
    enum fm_loss loss;
    float rate; /* of dropout */
    enum fm_check_x x;
    /* For the operation update, or for the update that follows a gradient. NULL: the gradient
     * itself is the result. */
    const fm_optimizer *optimizer;
    size_t rows;            /* of the batch */
    size_t inputs, outputs; /* sizes of the operation's row: gather's pixels, the loss's classes */
} fm_check_case;

enum { FM_CHECK_FIRST = 2 }; /* position in the order where the batch begins */

/* The input values: operand[i] for each operand that is read, in the order of the operation's row.
 * A batch is [rows][cols]. Parameters are [1 + slots][outputs * (inputs + 1)], each slot with the
 * weights and then the biases; gradients are the same without slots. */
typedef struct fm_check_operands {
    const float *operand[FM_MOST_OPERANDS];
    const float *updated; /* the parameters of the update that follows, or NULL */
    const float *below;   /* with FM_CHECK_RELU, the layer before: [inputs * (inputs + 1)] */
    const uint8_t *image; /* [FM_CHECK_FIRST + rows][inputs] */
    const uint8_t *label; /* [FM_CHECK_FIRST + rows] */
    const uint32_t *order;
} fm_check_operands;

/* The results: operands in the order of the operation's row, with separate arrays for weights and
 * biases, then the outcomes. */
enum { FM_CHECK_ARRAYS = 8 };

typedef struct fm_check_array {
    char name[24]; /* "dx", "weight's s0", "bias's gradient", "prediction" */
    size_t first, count, cols;
} fm_check_array;

typedef struct fm_check_result {
    float *values; /* of all arrays, one after the other */
    size_t count;
    fm_check_array array[FM_CHECK_ARRAYS];
    size_t array_count;
} fm_check_result;

/* Puts a case with its operands on a device. Close with fm_check_close. The operands must outlive
 * it. Errors of the back end. */
typedef struct fm_check_job fm_check_job;
int fm_check_open(fm_check_job **out, fm_backend *backend, const fm_check_case *which,
                  const fm_check_operands *operands, fm_error *error);
void fm_check_close(fm_check_job *job);
/* Queues the operation once. */
int fm_check_compute(fm_check_job *job, fm_error *error);
/* Reads the results. free() out->values, even after a failure. */
int fm_check_read(fm_check_result *out, const fm_check_job *job, fm_error *error);

/* Opens, computes, reads and closes. free() out->values, even after a failure. */
int fm_check_run(fm_check_result *out, fm_backend *backend, const fm_check_case *which,
                 const fm_check_operands *operands, fm_error *error);

/* Floats of an operand. */
size_t fm_check_operand_size(const fm_check_case *c, const fm_operand_info *o);
/* Whether the case has this operand; whether the operand is the x of enum fm_check_x. */
int fm_check_has_operand(const fm_check_case *c, size_t operand);
int fm_check_is_x(const fm_operand_info *operand);
/* Whether an update with the case's optimizer follows. */
int fm_check_is_updated(const fm_check_case *c);

/* Terms of the longest sum: rounding errors grow with its root. */
size_t fm_check_terms(const fm_check_case *c);

/* "linear_forward (7 x 784 to 10), relu, of pixels". */
void fm_check_case_text(char *out, size_t size, const fm_check_case *c);

#endif
