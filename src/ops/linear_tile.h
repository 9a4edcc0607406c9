/* What a GPU device has been asked for and launches with what comes next: see linear_tile.c. */
#ifndef FM_OPS_LINEAR_TILE_H
#define FM_OPS_LINEAR_TILE_H

#include "ops/table.h"

/* Layers whose parameters' gradients are computed in one launch; as in kernels/linear_tile.cl. */
enum { FM_TILE_LAYERS = 4 };

struct opencl_matrix;
struct opencl_parameters;
struct opencl_samples;

/* Each is there when its first member is not NULL; zeroed, nothing waits. */
typedef struct fm_tile_waiting {
    struct {
        struct opencl_matrix *x;
        const struct opencl_samples *samples;
        size_t first, rows;
    } gather;
    struct {
        struct opencl_matrix *y;
        const struct opencl_matrix *x;
        const struct opencl_parameters *parameters;
        size_t rows;
    } forward; /* of the last layer: no activation */
    struct {
        struct opencl_parameters *parameters;
        const struct opencl_matrix *x, *dy;
    } gradient[FM_TILE_LAYERS];
    size_t gradients;
    size_t gradient_rows;
    fm_update rule;
} fm_tile_waiting;

#endif
