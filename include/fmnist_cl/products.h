/* Benchmarks the matrix products of a training step one by one. */
#ifndef FMNIST_CL_PRODUCTS_H
#define FMNIST_CL_PRODUCTS_H

#include <stddef.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/device.h"

FM_BEGIN_DECLS

enum fm_product_kind {
    FM_PRODUCT_FORWARD,    /* y = x W^T: [rows x outputs], summed over the inputs */
    FM_PRODUCT_INPUT,      /* dx = dy W: [rows x inputs], summed over the outputs */
    FM_PRODUCT_PARAMETERS, /* dW = dy^T x: [outputs x inputs], summed over the rows */
};

typedef struct fm_product {
    enum fm_product_kind kind;
    size_t layer; /* from 0 */
    size_t rows, inputs, outputs;
} fm_product;

enum { FM_MOST_PRODUCTS = 3 * (FM_MAX_HIDDEN + 1) };

/* The products of a training step, in order, into out[FM_MOST_PRODUCTS]: forward products, then per
 * layer from last to first the gradient of its input (except for the first layer) and of its
 * parameters. Returns their number. */
size_t fm_products_list(fm_product *out, const fm_architecture *architecture, size_t batch_size);

/* "forward", "input", "parameters".
 * fm_product_flop is the number of floating-point operations: 2 rows inputs outputs. */
const char *fm_product_name(enum fm_product_kind kind);
double fm_product_flop(const fm_product *product);

/* Times a product of dense random matrices, including the bias, alternating between the devices.
 * seconds[count] is each device's median over several rounds of many products. FM_E_OPENCL,
 * FM_E_MEMORY. */
int fm_product_measure(double *seconds, fm_device *const *devices, size_t count,
                       const fm_product *product, fm_error *error);

FM_END_DECLS

#endif
