/* Graphs of stacks of linear layers, as a network would describe them, and unusual ones: any
 * mixture of activations, losses, exposed tensors, layers without update, orders of the operations.
 */
#ifndef FM_TESTS_STACKS_H
#define FM_TESTS_STACKS_H

#include "backend/backend.h"
#include "base/random.h"
#include "fmnist_cl/optimizer.h"

enum { STACK_LAYERS = 6, STACK_IMAGES = 260 };

/* Which of a stack's graphs. They may be graphs of one plan. */
enum stack_graph {
    STACK_STEP,   /* forward, loss, gradients, each with its update right after it */
    STACK_PASS,   /* the same without updates, the gradients exposed */
    STACK_UPDATE, /* the updates alone, with the gradients of an earlier pass */
    STACK_SCORE,  /* forward and outcomes */
};

typedef struct stack {
    size_t rows; /* of the largest batch */
    size_t layers, width[STACK_LAYERS + 1];
    enum fm_activation activation[STACK_LAYERS];
    enum fm_loss loss;
    fm_optimizer optimizer;
    unsigned keep_z;    /* bit l: z of layer l is kept, although it needs none */
    unsigned exposed;   /* bit l: the host may read y, dy and the gradient of layer l */
    unsigned apart;     /* bit l: its activation's derivative is an operation of its own */
    unsigned frozen;    /* bit l: no update */
    int input_gradient; /* also for the images; exposed */
    int is_interleaved; /* each gradient and update as soon as its dy is there */
    int updates_last;   /* after all gradients */
    uint64_t seed;      /* of images and parameters */
} stack;

/* A stack for STACK_STEP as a network would describe it. */
stack stack_plain(size_t layers, const size_t *widths, enum fm_activation activation, size_t rows);
/* Any. */
stack stack_random(fm_random *random);
void stack_text(char *out, size_t size, const stack *s);

/* Numbers of the tensors. */
int stack_y(size_t layer);
int stack_dy(size_t layer);
int stack_gradient(size_t layer);

/* Not checked yet. Free with fm_graph_free. */
fm_graph *stack_graph(const stack *s, enum stack_graph which);

/* A stack on a back end. */
typedef struct stack_device {
    const stack *of;
    fm_backend *backend;
    fm_graph *graph[FM_PLAN_GRAPHS];
    fm_parameters *parameters[2 * STACK_LAYERS];
    size_t parameter_count;
    fm_samples *samples;
    fm_outcomes *outcomes;
    fm_plan *plan;
    uint8_t *image, *label;
    uint64_t step;
} stack_device;

/* Compiles these graphs, in this order. */
stack_device stack_open(const stack *s, fm_backend *backend, enum fm_compile how, size_t count,
                        const enum stack_graph *graphs);
void stack_close(stack_device *d);
/* Runs a graph; each STACK_STEP and STACK_UPDATE is the optimizer's next step. */
void stack_run(stack_device *d, size_t graph, size_t first, size_t rows);

/* All results: parameters with their state, and outcomes, as floats. free() them. *count is their
 * number. */
float *stack_results(stack_device *d, size_t *count);

#endif
