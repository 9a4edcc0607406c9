/* One operation on given numbers: a graph of that one node, compiled and run. Everything follows
 * from the operation's row in graph/operation.c: a new operation needs nothing here, only its cases
 * (check/cases.c). */
#ifndef FM_CHECK_JOB_H
#define FM_CHECK_JOB_H

#include "backend/backend.h"
#include "fmnist_cl/optimizer.h"

/* Where the operand x of a product comes from. Back ends skip zeros only in tensors that the
 * graph's check calls sparse. */
enum fm_check_x {
    FM_CHECK_WRITTEN,  /* the host writes it */
    FM_CHECK_GATHERED, /* pixels, gathered by the same graph */
    FM_CHECK_RELU,     /* the ReLU of a layer over such pixels */
};

/* Optional operands that a case leaves out: bit i for number i of the operation's row. */
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
    /* Of an update; an operation that computes a gradient is followed by its update. NULL: the
     * gradient itself is the result. */
    const fm_optimizer *optimizer;
    size_t rows;            /* of the batch */
    size_t inputs, outputs; /* of the operation's row: of gather pixels, of the loss classes */
} fm_check_case;

enum { FM_CHECK_FIRST = 2 }; /* position in the order where the batch begins */

/* The numbers that it works on: operand[i] of those that it reads, in the order of its row. A batch
 * is [rows][cols]; parameters are [1 + slots][outputs * (inputs + 1)], of a slot the weights and
 * then the biases; so are gradients, without slots. */
typedef struct fm_check_operands {
    const float *operand[FM_MOST_OPERANDS];
    const float *updated; /* the parameters of the update that follows, or NULL */
    const float *below; /* those of the layer before, with FM_CHECK_RELU: [inputs * (inputs + 1)] */
    const uint8_t *image; /* [FM_CHECK_FIRST + rows][inputs] */
    const uint8_t *label; /* [FM_CHECK_FIRST + rows] */
    const uint32_t *order;
} fm_check_operands;

/* What it gave: results in the order of its row, of parameters and gradients weights and biases
 * apart, then the outcomes. */
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

/* A case with its operands on a device. Close with fm_check_close. The operands must outlive it.
 * Errors of the back end. */
typedef struct fm_check_job fm_check_job;
int fm_check_open(fm_check_job **out, fm_backend *backend, const fm_check_case *which,
                  const fm_check_operands *operands, fm_error *error);
void fm_check_close(fm_check_job *job);
/* Queues it once. */
int fm_check_compute(fm_check_job *job, fm_error *error);
/* What it gave. free() out->values, also after a failure. */
int fm_check_read(fm_check_result *out, const fm_check_job *job, fm_error *error);

/* All of that, once. free() out->values, also after a failure. */
int fm_check_run(fm_check_result *out, fm_backend *backend, const fm_check_case *which,
                 const fm_check_operands *operands, fm_error *error);

/* Floats of an operand. */
size_t fm_check_operand_size(const fm_check_case *which, const fm_operand_info *operand);
/* Whether the case gives its operation this operand, and whether it is the x of enum fm_check_x. */
int fm_check_has_operand(const fm_check_case *which, size_t operand);
int fm_check_is_x(const fm_operand_info *operand);
/* Whether an update with the case's optimizer follows. */
int fm_check_is_updated(const fm_check_case *which);

/* Terms of the longest sum: rounding errors grow with its root. */
size_t fm_check_terms(const fm_check_case *which);

/* "linear_forward (7 x 784 to 10), relu, of pixels". */
void fm_check_case_text(char *out, size_t size, const fm_check_case *which);

#endif
