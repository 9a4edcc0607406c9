/* What the OpenCL back ends share: all tensors in one arena, samples and outcomes in buffers of
 * their own, the copies between host and device, and the queue. */
#ifndef FM_BACKEND_OPENCL_H
#define FM_BACKEND_OPENCL_H

#include "backend/arena.h"
#include "backend/backend_table.h"
#include "cl/context.h"
#include "fmnist_cl/choices.h"

/* Batch tensors are rows of floats. Columns are padded to a multiple of FM_ROW_ALIGN and rows to
 * one of FM_ROWS_ALIGN, so that a CPU reads and writes whole vectors and transposes whole blocks.
 * The padding is zero and stays zero. */
enum { FM_ROW_ALIGN = 16, FM_ROWS_ALIGN = 16 };

/* The layout of parameters: floats of a slot, and where output o, input k lies in it (the bias at
 * k = inputs). */
typedef struct fm_layout {
    size_t (*size)(size_t outputs, size_t inputs);
    size_t (*index)(size_t outputs, size_t inputs, size_t o, size_t k);
} fm_layout;

/* A back end's struct begins with it. */
typedef struct fm_opencl {
    fm_backend base;
    fm_backend_table table;
    fm_cl_context *context;
    fm_choices choices;
    cl_program program;
    const fm_layout *layout;
    fm_arena arena;
    size_t serials; /* number of samples and outcomes created so far */
} fm_opencl;

typedef struct fm_opencl_parameters {
    fm_parameters base;
    int offset; /* in the arena: [1 + slots][size], each slot in the back end's layout */
    int size;   /* floats of a slot */
} fm_opencl_parameters;

typedef struct fm_opencl_samples {
    fm_samples base;
    size_t serial;        /* from 1, unique within the back end */
    const uint8_t *label; /* the host's, or NULL */
    cl_mem images;        /* uchar [count][pixels] */
    cl_mem order;         /* uint2 [count]: index of an image and its label */
} fm_opencl_samples;

/* The kernels write it as a float2 (loss, prediction). */
typedef struct fm_opencl_outcome {
    float loss, prediction;
} fm_opencl_outcome;

typedef struct fm_opencl_outcomes {
    fm_outcomes base;
    size_t serial;               /* unique as well */
    cl_mem buffer;               /* [count] */
    fm_opencl_outcome *received; /* [count], for reading */
} fm_opencl_outcomes;

/* A plan's struct begins with it. */
typedef struct fm_opencl_plan {
    fm_plan base;
    int *offset; /* [tensors]: in the arena, or FM_NONE for tensors without memory */
    int has_workspace;
    int is_separate; /* no gradient is fused with its update */
} fm_opencl_plan;

/* Sets all but plan_compile, plan_free, plan_run and the program. The context must outlive it. */
void fm_opencl_init(fm_opencl *out, fm_cl_context *context, const fm_choices *choices,
                    const fm_layout *layout);

/* Builds `sources` (NULL-terminated) as the program, with the options common to all back ends and
 * `options`. FM_E_OPENCL, with the build log. */
int fm_opencl_build(fm_opencl *self, const char *const *sources, const char *options,
                    fm_error *error);

/* Gives each tensor its offset: that of the bound parameters, or one in a new workspace. A gradient
 * that only the update right after it reads needs no memory, unless the plan is_separate. Also
 * reserves scratch_floats for the back end, at *scratch. Call fm_opencl_plan_free even after a
 * failure. FM_E_MEMORY. */
int fm_opencl_plan_allocate(fm_opencl_plan *plan, int *scratch, fm_parameters *const *parameters,
                            size_t scratch_floats, fm_error *error);
/* Whether node `i` is a gradient whose launch also updates the parameters: the next node is the
 * update, and in this graph nothing else reads the gradient. */
int fm_opencl_plan_fuses(const fm_opencl_plan *plan, const fm_graph *graph, size_t i);
void fm_opencl_plan_free(fm_opencl_plan *plan);

/* Arguments 0 to 3 of a plan's kernels: arena, images, order, outcomes. A kernel that declares
 * fewer has `count` of them. They are set again only when one of the buffers has changed. */
typedef struct fm_opencl_binding {
    cl_mem arena;
    size_t arena_size, samples, outcomes; /* the latter two by serial */
} fm_opencl_binding;
/* Prepares the arena, updates the binding, and says whether it changed. */
int fm_opencl_bind(int *changed, fm_opencl_binding *binding, fm_opencl *self,
                   const fm_samples *samples, const fm_outcomes *outcomes, fm_error *error);
int fm_opencl_set_buffers(cl_kernel kernel, size_t count, const fm_opencl *self,
                          const fm_samples *samples, const fm_outcomes *outcomes, fm_error *error);

/* Floats from row to row of a batch tensor: by its number of columns, or by the tensor. */
size_t fm_batch_stride(size_t cols);
int fm_tensor_stride(const fm_tensor *tensor);
/* Bytes from row to row of a mask. */
size_t fm_mask_stride(size_t cols);

/* a / b, rounded up. */
static inline size_t fm_groups(size_t a, size_t b) {
    return (a + b - 1) / b;
}

#endif
