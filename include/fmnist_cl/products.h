/* The matrix products of a training step, one by one, for who wants to know what computes them
 * fastest. */
#ifndef FMNIST_CL_PRODUCTS_H
#define FMNIST_CL_PRODUCTS_H

#include <stddef.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/device.h"

enum fm_product_kind {
    FM_PRODUCT_FORWARD,    /* y = x W^T: [rows x outputs], over the inputs */
    FM_PRODUCT_INPUT,      /* dx = dy W: [rows x inputs], over the outputs */
    FM_PRODUCT_PARAMETERS, /* dW = dy^T x: [outputs x inputs], over the rows */
};

typedef struct fm_product {
    enum fm_product_kind kind;
    size_t layer; /* from 0 on */
    size_t rows, inputs, outputs;
} fm_product;

enum { FM_MOST_PRODUCTS = 3 * (FM_MAX_HIDDEN + 1) };

/* Those of a step in their order, into out[FM_MOST_PRODUCTS]: forward, and for each layer from the
 * last to the first its input's gradient (not the first's) and its parameters'. Returns how many.
 */
size_t fm_products_list(fm_product *out, const fm_architecture *architecture, size_t batch_size);

/* "forward", "input", "parameters"; and the operations of one: 2 rows inputs outputs. */
const char *fm_product_name(enum fm_product_kind kind);
double fm_product_flop(const fm_product *product);

/* Times a product of dense random numbers on each of so many devices, in turn; the bias is added,
 * as it always is. seconds[count]: the median of some rounds, each many products in a row.
 * FM_E_OPENCL, FM_E_MEMORY. */
int fm_product_measure(double *seconds, fm_device *const *devices, size_t count,
                       const fm_product *product, fm_error *error);

#endif
