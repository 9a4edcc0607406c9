/* The interface of operations: what a device must be able to do so that a network can be trained
 * on it. The network, the optimisers' schedule and the trainer are written once above it.
 *
 * Three implementations: the reference (reference.c, plain C), OpenCL with our own kernels for a
 * CPU or a GPU, and OpenCL with CLBlast's matrix products (opencl.c and its linear_*.c).
 *
 * The operations are those of layers, not of matrices, so that an implementation may do a layer's
 * bias and activation at the end of its product, and the optimiser's update at the end of the
 * weight gradient, while the tile is still in registers. How the memory of a matrix or of
 * parameters is laid out is the device's own business: the host sees rows of floats.
 *
 * Work is queued and runs in the order of the calls; reads wait, nothing else does. Arguments are
 * checked here, in ops.c, once for all implementations. An operation that fails leaves its outputs
 * undefined. */
#ifndef FM_OPS_OPS_H
#define FM_OPS_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/activation.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/error.h"
#include "fmnist_cl/loss.h"
#include "ops/update.h"

typedef struct fm_ops fm_ops;

/* The widest matrix, and so the most inputs, outputs and pixels. */
enum { FM_MAX_COLS = 8192 };

/* ---- What lives on a device. Each is freed before its fm_ops; *_free(NULL) does nothing. ---- */

/* The values of a batch: rows images by cols features; zero at first. */
typedef struct fm_matrix fm_matrix;
int fm_matrix_create(fm_matrix **out, fm_ops *ops, size_t rows, size_t cols, fm_error *error);
void fm_matrix_free(fm_matrix *matrix);
/* The first rows rows, [rows][cols], from or to the host. Both wait. */
int fm_matrix_write(fm_matrix *matrix, const float *values, size_t rows, fm_error *error);
int fm_matrix_read(float *out, fm_matrix *matrix, size_t rows, fm_error *error);

/* What one layer learns: weight [outputs][inputs], bias [outputs], and beside each number `slots`
 * (0 to 2) numbers of optimiser state. A PReLU's slope is the bias of 1 output and 0 inputs.
 * Zero at first. */
typedef struct fm_parameters fm_parameters;
int fm_parameters_create(fm_parameters **out, fm_ops *ops, size_t outputs, size_t inputs,
                         size_t slots, fm_error *error);
void fm_parameters_free(fm_parameters *parameters);
/* slot 0 holds the values, slot 1 and 2 the state s0 and s1. weight may be NULL when there are no
 * inputs. Both wait. */
int fm_parameters_write(fm_parameters *parameters, size_t slot, const float *weight,
                        const float *bias, fm_error *error);
int fm_parameters_read(float *weight, float *bias, fm_parameters *parameters, size_t slot,
                       fm_error *error);

/* Images and labels, in bytes as they come from the file, and the order in which batches take
 * them. The host's images must stay as long as the samples: a device may compute on them in
 * place. Labels may be missing (NULL) where no loss will be asked for. */
typedef struct fm_samples fm_samples;
int fm_samples_create(fm_samples **out, fm_ops *ops, const fm_images *images, fm_error *error);
void fm_samples_free(fm_samples *samples);
/* count indices, each below the number of images; waits. At first the order is 0, 1, 2 ... */
int fm_samples_set_order(fm_samples *samples, const uint32_t *order, size_t count, fm_error *error);

/* What the loss leaves behind for each image of an epoch, by position in the order: its loss and
 * the class with the greatest logit (the first on a tie). */
enum { FM_MAX_CLASSES = 256 }; /* a class is kept in a byte */
typedef struct fm_outcomes fm_outcomes;
int fm_outcomes_create(fm_outcomes **out, fm_ops *ops, size_t count, fm_error *error);
void fm_outcomes_free(fm_outcomes *outcomes);
/* count of both from position first on; waits. Either pointer may be NULL. */
int fm_outcomes_read(float *losses, uint8_t *classes, fm_outcomes *outcomes, size_t first,
                     size_t count, fm_error *error);

/* ---- The operations. rows is the batch's size, at most the matrices' rows. ---- */

/* x[i] = images[order[first + i]] / 255 for i < rows. */
int fm_ops_gather(fm_ops *ops, fm_matrix *x, fm_samples *samples, size_t first, size_t rows,
                  fm_error *error);

/* y = activation(z), z = x W^T + b. z is NULL, or a matrix to keep z in (PReLU's backward needs
 * it). slope is PReLU's, NULL otherwise. */
int fm_ops_linear_forward(fm_ops *ops, fm_matrix *y, fm_matrix *z, fm_matrix *x,
                          fm_parameters *parameters, enum fm_activation activation,
                          fm_parameters *slope, size_t rows, fm_error *error);

/* dx = (dy W) * activation'(z of the layer below), where y is that layer's output. With
 * FM_IDENTITY y is NULL and dx the gradient of x itself. PReLU is not allowed here: see below. */
int fm_ops_linear_backward_input(fm_ops *ops, fm_matrix *dx, fm_matrix *dy,
                                 fm_parameters *parameters, enum fm_activation activation,
                                 fm_matrix *y, size_t rows, fm_error *error);

/* dW = dy^T x and db = column sums of dy, then the update with them. */
int fm_ops_linear_backward_parameters(fm_ops *ops, fm_parameters *parameters, fm_matrix *x,
                                      fm_matrix *dy, const fm_update *update, size_t rows,
                                      fm_error *error);

/* dz = dy * (z > 0 ? 1 : slope), in place of dy; the slope's gradient is the sum of dy * z over all
 * z <= 0, then the update with it. */
int fm_ops_prelu_backward(fm_ops *ops, fm_matrix *dy, fm_matrix *z, fm_parameters *slope,
                          const fm_update *update, size_t rows, fm_error *error);

/* For row i: loss and class of logits[i] against the label of sample order[first + i], written to
 * outcomes[first + i]; and dlogits[i], the gradient of the mean loss over the rows, unless dlogits
 * is NULL. */
int fm_ops_loss(fm_ops *ops, fm_matrix *dlogits, fm_outcomes *outcomes, fm_matrix *logits,
                fm_samples *samples, enum fm_loss loss, size_t first, size_t rows, fm_error *error);

/* ---- The queue. ---- */

/* Marks the end of a step. Keeps the number of queued steps bounded, without ever letting the
 * device run dry, and says in *queued how many marked steps may not have finished yet. */
int fm_ops_mark(fm_ops *ops, size_t *queued, fm_error *error);
/* Waits until all that was queued is done; failures of queued work come to light here. */
int fm_ops_finish(fm_ops *ops, fm_error *error);

void fm_ops_free(fm_ops *ops);

#endif
