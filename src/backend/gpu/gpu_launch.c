#include "backend/gpu/gpu_launch.h"

#include "backend/choices.h"
#include "cl/launch.h"

/* The layout of a kernel's work-items; axis 0 first. */
enum grid {
    ONE_ITEM,
    ROWS,         /* a work-item per row of the batch */
    CHUNKS,       /* of pixels, rows */
    COLUMNS,      /* outputs */
    ELEMENTS,     /* outputs, rows */
    BYTES,        /* of the rows of a mask, rows */
    PARAMETERS,   /* outputs, inputs and the bias */
    OUTPUT_TILES, /* a work-group per tile: outputs, rows */
    INPUT_TILES,  /* inputs, rows */
    LIST,         /* a work-group per tile of a list of operations */
};

static const struct {
    const char *name;
    enum grid grid;
    size_t buffers; /* among its arguments: the arena; images and order; outcomes */
} kernels[] = {
    [FM_KERNEL_GATHER] = {"gather", CHUNKS, 3},
    [FM_KERNEL_LOSS] = {"loss", ROWS, 4},
    [FM_KERNEL_ACTIVATION_BACKWARD] = {"apply_activation_backward", ELEMENTS, 1},
    [FM_KERNEL_PRELU_BACKWARD] = {"prelu_backward", ROWS, 1},
    [FM_KERNEL_PRELU_BACKWARD_SLOPE] = {"prelu_backward_slope", ONE_ITEM, 1},
    [FM_KERNEL_UPDATE] = {"apply_update", PARAMETERS, 1},
    [FM_KERNEL_DROPOUT_MASK] = {"draw_mask", BYTES, 3},
    [FM_KERNEL_DROPOUT] = {"apply_mask", ELEMENTS, 1},
    [FM_KERNEL_FORWARD] = {"linear_forward", OUTPUT_TILES, 1},
    [FM_KERNEL_FORWARD_IMAGES] = {"linear_forward_images", OUTPUT_TILES, 3},
    [FM_KERNEL_FORWARD_LOSS] = {"linear_forward_loss", OUTPUT_TILES, 4},
    [FM_KERNEL_BACKWARD_INPUT] = {"linear_backward_input", INPUT_TILES, 1},
    [FM_KERNEL_BACKWARD_PARAMETERS] = {"linear_backward_parameters", LIST, 1},
    [FM_KERNEL_FINISH_FORWARD] = {"linear_finish_forward", ELEMENTS, 1},
    [FM_KERNEL_BIAS_GRADIENT] = {"linear_bias_gradient", COLUMNS, 1},
};

const char *fm_gpu_kernel_name(enum fm_gpu_kernel kernel) {
    return kernels[kernel].name;
}

/* A work-item per column and row. */
static fm_cl_range items(size_t cols, size_t rows) {
    return (fm_cl_range){.groups = {fm_groups(cols, FM_CL_GROUP_ITEMS), rows},
                         .items = {FM_CL_GROUP_ITEMS, 1}};
}

static fm_cl_range tiles(const fm_choices *choices, size_t across, size_t down) {
    const size_t items = (size_t)(choices->side / choices->work);
    return (fm_cl_range){.groups = {across, down}, .items = {items, FM_TILE_TEAMS * items}};
}

static fm_cl_range range_of(const fm_gpu_launch *l, const fm_choices *choices, size_t rows) {
    const size_t inputs = (size_t)l->arguments.op.inputs, outputs = (size_t)l->arguments.op.outputs;
    const size_t side = (size_t)choices->side;
    switch (kernels[l->kernel].grid) {
    case ROWS:
        return items(rows, 1);
    case CHUNKS:
        return items(fm_groups(inputs, FM_GPU_CHUNK), rows);
    case COLUMNS:
        return items(outputs, 1);
    case ELEMENTS:
        return items(outputs, rows);
    case BYTES:
        return items(fm_mask_bytes(outputs), rows);
    case PARAMETERS:
        return items(outputs, inputs + 1);
    case OUTPUT_TILES:
        return tiles(choices, fm_groups(outputs, side), fm_groups(rows, side));
    case INPUT_TILES:
        return tiles(choices, fm_groups(inputs, side), fm_groups(rows, side));
    case LIST:
        return tiles(choices, l->groups, 1);
    case ONE_ITEM:
    default:
        return (fm_cl_range){.groups = {1, 1}, .items = {1, 1}};
    }
}

/* For the profile. */
static void count_work(fm_cl_range *range, const fm_gpu_launch *l, const fm_graph *graph,
                       size_t rows) {
    for (size_t i = l->first; i < l->first + l->count; i++) {
        range->flop += fm_node_flop(&graph->node[i], rows);
        range->bytes += fm_node_bytes(graph, &graph->node[i], rows);
    }
}

int fm_gpu_launch_bind(const fm_gpu_launch *l, const fm_opencl *opencl, const fm_samples *samples,
                       const fm_outcomes *outcomes, fm_error *error) {
    return l->object ? fm_opencl_set_buffers(l->object, kernels[l->kernel].buffers, opencl, samples,
                                             outcomes, error)
                     : FM_OK;
}

int fm_gpu_launch_run(fm_gpu_launch *l, const fm_gpu *gpu, const fm_graph *graph,
                      const fm_step *step, fm_error *error) {
    const fm_opencl *opencl = &gpu->opencl;
    const fm_cl_argument argument = FM_CL_ARGUMENT(l->arguments);
    const size_t rows = (size_t)step->rows;
    if (l->kernel == FM_KERNEL_PRODUCT)
        return gpu->product(opencl->context, opencl->arena.buffer, graph->node[l->first].operation,
                            &l->arguments.op, rows, error);
    fm_cl_range range = range_of(l, &opencl->choices, rows);
    if (opencl->context->profile)
        count_work(&range, l, graph, rows);
    l->arguments.step = *step;
    l->arguments.scale = 1.0f / (float)step->batch_rows;
    int status = fm_cl_set_arguments(l->object, kernels[l->kernel].buffers, &argument, 1, error);
    return status ? status : fm_cl_launch(opencl->context, l->object, range, error);
}
