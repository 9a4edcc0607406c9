/* The interface of a back end, which trains networks on one kind of device. A graph (graph/graph.h)
 * is compiled once into a plan, and the plan is run for each batch:
 *
 *   fm_parameters, fm_samples, fm_outcomes   live on the device, longer than any plan
 *   fm_plan_compile                          graphs ──> a few launches with fixed arguments
 *   fm_plan_run                              queues the launches of one graph for one batch
 *
 * Back ends: reference (plain C), cpu and gpu (OpenCL; gpu with its own matrix products or
 * CLBlast's). Each back end chooses the memory layout of its tensors; the host sees rows of floats.
 *
 * Queued work runs in the order of the calls. Only reads and writes wait for it. Arguments are
 * checked here, once for all back ends. A call that fails leaves its results undefined. Free
 * everything that was created on a back end before the back end; freeing NULL does nothing. */
#ifndef FM_BACKEND_BACKEND_H
#define FM_BACKEND_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "common/step.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/error.h"
#include "graph/graph.h"

typedef struct fm_backend fm_backend;

/* ---- Parameters ---- */

/* weight [outputs][inputs], bias [outputs], and for each of their values `slots` (0 to 2) values of
 * optimizer state. A PReLU's slope is the bias of 1 output and 0 inputs. Initially 0. */
typedef struct fm_parameters fm_parameters;
int fm_parameters_create(fm_parameters **out, fm_backend *backend, size_t outputs, size_t inputs,
                         size_t slots, fm_error *error);
void fm_parameters_free(fm_parameters *parameters);
/* Slot 0 holds the values, slots 1 and 2 the state s0 and s1. weight may be NULL if there are no
 * inputs. Both functions wait. */
int fm_parameters_write(fm_parameters *parameters, size_t slot, const float *weight,
                        const float *bias, fm_error *error);
int fm_parameters_read(float *weight, float *bias, fm_parameters *parameters, size_t slot,
                       fm_error *error);

/* ---- Samples and outcomes ---- */

/* Images and labels as bytes, and the order in which batches take them. The images must outlive the
 * samples: a device may read them in place. Labels may be NULL if no loss will be computed. */
typedef struct fm_samples fm_samples;
int fm_samples_create(fm_samples **out, fm_backend *backend, const fm_images *images,
                      fm_error *error);
void fm_samples_free(fm_samples *samples);
/* `order` has count indices, each below the number of images; initially it is 0, 1, 2 ... Waits. */
int fm_samples_set_order(fm_samples *samples, const uint32_t *order, size_t count, fm_error *error);

/* The loss and the prediction of each image of an epoch, by position in the order. The prediction
 * is the class with the largest logit, the first one on a tie. */
typedef struct fm_outcomes fm_outcomes;
int fm_outcomes_create(fm_outcomes **out, fm_backend *backend, size_t count, fm_error *error);
void fm_outcomes_free(fm_outcomes *outcomes);
/* Reads `count` of each, starting at position `first`. Waits. Either pointer may be NULL. */
int fm_outcomes_read(float *losses, uint8_t *predictions, fm_outcomes *outcomes, size_t first,
                     size_t count, fm_error *error);

/* ---- Plans ---- */

enum { FM_PLAN_GRAPHS = 4 };

enum fm_compile {
    FM_COMPILE_FUSED, /* as few launches as the back end can */
    /* For tests; the bits are the same: */
    FM_COMPILE_SEPARATE, /* one launch per operation; updates are not fused with gradients */
    FM_COMPILE_COLUMNS,  /* divided by columns of the batch wherever an operation allows it */
};

/* Compiles up to FM_PLAN_GRAPHS checked graphs of one network. They must declare the same tensors
 * in the same order: a tensor is the same memory in all of them, large enough for the graph with
 * the most rows that uses it. A parameter tensor is parameters[binding] of parameter_count. The
 * graphs must outlive the plan. FM_E_ARGUMENT, FM_E_MEMORY, FM_E_OPENCL. */
typedef struct fm_plan fm_plan;
int fm_plan_compile(fm_plan **out, fm_backend *backend, const fm_graph *const *graphs, size_t count,
                    fm_parameters *const *parameters, size_t parameter_count, enum fm_compile how,
                    fm_error *error);
void fm_plan_free(fm_plan *plan);

/* Queues graph number `graph` for the batch that step describes. samples and outcomes may be NULL
 * if the graph does not use them. It neither allocates nor waits, except inside CLBlast.
 * FM_E_ARGUMENT, FM_E_OPENCL. */
int fm_plan_run(fm_plan *plan, size_t graph, fm_samples *samples, fm_outcomes *outcomes,
                const fm_step *step, fm_error *error);

/* Write or read the first `rows` rows of an exposed tensor (fm_graph_expose) as floats:
 * [rows][cols] of a batch tensor, with 0 and 1 for a mask; weight [outputs][inputs] and then bias
 * [outputs] of a gradient, where `rows` is unused. Both wait. */
int fm_plan_write(fm_plan *plan, size_t graph, int tensor, const float *values, size_t rows,
                  fm_error *error);
int fm_plan_read(float *out, fm_plan *plan, size_t graph, int tensor, size_t rows, fm_error *error);

/* ---- The queue ---- */

/* Call after queueing each step. Limits the number of queued steps without letting the device
 * become idle, and writes to *queued how many steps may not have finished yet. */
int fm_backend_end_step(fm_backend *backend, size_t *queued, fm_error *error);
/* Waits until all queued work is done, and reports its failures. */
int fm_backend_finish(fm_backend *backend, fm_error *error);
void fm_backend_free(fm_backend *backend);

#endif
