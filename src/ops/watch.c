#include "ops/watch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "ops/reference.h"
#include "ops/reference_memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MOST_LAYERS = 128, FINDING_SIZE = 256 };

/* The operations of the reference look at no fm_ops: what they make may belong to this one. */
typedef struct watch {
    fm_ops ops;
    fm_ops_table table;
    fm_ops *reference;
    const fm_parameters *layer[MOST_LAYERS];
    size_t layer_count;
    char finding[FINDING_SIZE];
} watch;

/* From 1 on. */
static size_t layer_of(watch *w, const fm_parameters *parameters) {
    size_t layer = 0;
    while (layer < w->layer_count && w->layer[layer] != parameters)
        layer++;
    if (layer == w->layer_count && layer < MOST_LAYERS)
        w->layer[w->layer_count++] = parameters;
    return layer + 1;
}

/* Notes the first value that is not finite, once. where: the operation and its sizes. */
static void look(watch *w, const char *where, const char *array, const float *values, size_t count,
                 size_t cols) {
    if (w->finding[0])
        return;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) {
            snprintf(w->finding, sizeof w->finding, "%s: %s is %s in row %zu, column %zu", where,
                     array,
                     isnan(values[i]) ? "nan"
                     : values[i] < 0  ? "-inf"
                                      : "inf",
                     i / cols, i % cols);
            return;
        }
}

static void look_at_matrix(watch *w, const char *where, const char *array, fm_matrix *matrix,
                           size_t rows) {
    look(w, where, array, ((reference_matrix *)matrix)->values, rows * matrix->cols, matrix->cols);
}

static void look_at_parameters(watch *w, const char *where, fm_parameters *parameters) {
    static const char *const names[][2] = {{"the new weight", "the new bias"},
                                           {"the weights' state s0", "the biases' state s0"},
                                           {"the weights' state s1", "the biases' state s1"}};
    const reference_parameters *p = (reference_parameters *)parameters;
    const size_t outputs = parameters->outputs, inputs = parameters->inputs;
    for (size_t slot = 0; slot <= parameters->slots && slot < COUNT(names); slot++) {
        const float *values = p->values + slot * p->size;
        if (inputs)
            look(w, where, names[slot][0], values, outputs * inputs, inputs);
        look(w, where, names[slot][1], values + outputs * inputs, outputs, outputs);
    }
}

/* "linear_forward of layer 2 (128 x 256 to 10)" */
typedef struct place {
    char text[128];
} place;

static place place_of(watch *w, const char *operation, const fm_parameters *parameters, size_t rows,
                      size_t from, size_t to) {
    place p;
    snprintf(p.text, sizeof p.text, "%s of layer %zu (%zu x %zu to %zu)", operation,
             layer_of(w, parameters), rows, from, to);
    return p;
}

static int linear_forward(fm_ops *ops, fm_matrix *y, fm_matrix *z, fm_matrix *x,
                          fm_parameters *parameters, enum fm_activation activation,
                          fm_parameters *slope, size_t rows, fm_error *error) {
    watch *w = (watch *)ops;
    const place where = place_of(w, "linear_forward", parameters, rows, x->cols, y->cols);
    int status =
        fm_reference_linear_forward(ops, y, z, x, parameters, activation, slope, rows, error);
    look_at_matrix(w, where.text, "y", y, rows);
    return status;
}

static int linear_backward_input(fm_ops *ops, fm_matrix *dx, fm_matrix *dy,
                                 fm_parameters *parameters, enum fm_activation activation,
                                 fm_matrix *y, size_t rows, fm_error *error) {
    watch *w = (watch *)ops;
    const place where = place_of(w, "linear_backward_input", parameters, rows, dy->cols, dx->cols);
    int status =
        fm_reference_linear_backward_input(ops, dx, dy, parameters, activation, y, rows, error);
    look_at_matrix(w, where.text, "dx", dx, rows);
    return status;
}

static int linear_backward_parameters(fm_ops *ops, fm_parameters *parameters, fm_matrix *x,
                                      fm_matrix *dy, const fm_update *update, size_t rows,
                                      fm_error *error) {
    watch *w = (watch *)ops;
    const place where =
        place_of(w, "linear_backward_parameters", parameters, rows, x->cols, dy->cols);
    int status =
        fm_reference_linear_backward_parameters(ops, parameters, x, dy, update, rows, error);
    look_at_parameters(w, where.text, parameters);
    return status;
}

static int prelu_backward(fm_ops *ops, fm_matrix *dy, fm_matrix *z, fm_parameters *slope,
                          const fm_update *update, size_t rows, fm_error *error) {
    watch *w = (watch *)ops;
    char where[64];
    snprintf(where, sizeof where, "prelu_backward (%zu x %zu)", rows, dy->cols);
    int status = fm_reference_prelu_backward(ops, dy, z, slope, update, rows, error);
    look_at_matrix(w, where, "dz", dy, rows);
    look_at_parameters(w, where, slope);
    return status;
}

static int loss(fm_ops *ops, fm_matrix *dlogits, fm_outcomes *outcomes, fm_matrix *logits,
                fm_samples *samples, enum fm_loss kind, size_t first, size_t rows,
                fm_error *error) {
    watch *w = (watch *)ops;
    char where[64];
    snprintf(where, sizeof where, "loss, %s (%zu x %zu)", fm_loss_name(kind), rows, logits->cols);
    int status =
        fm_reference_loss(ops, dlogits, outcomes, logits, samples, kind, first, rows, error);
    look(w, where, "the loss", ((reference_outcomes *)outcomes)->losses + first, rows, 1);
    if (dlogits)
        look_at_matrix(w, where, "the gradient", dlogits, rows);
    return status;
}

static void watch_free(fm_ops *ops) {
    fm_ops_free(((watch *)ops)->reference);
    free(ops);
}

int fm_watch_create(fm_ops **out, fm_error *error) {
    watch *w = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&w, 1, sizeof *w, "the reference", error);
    if (!status)
        status = fm_reference_create(&w->reference, error);
    if (status) {
        free(w);
        return status;
    }
    w->table = *w->reference->table;
    w->table.linear_forward = linear_forward;
    w->table.linear_backward_input = linear_backward_input;
    w->table.linear_backward_parameters = linear_backward_parameters;
    w->table.prelu_backward = prelu_backward;
    w->table.loss = loss;
    w->table.free = watch_free;
    w->ops.table = &w->table;
    *out = &w->ops;
    return FM_OK;
}

const char *fm_watch_finding(const fm_ops *ops) {
    const watch *w = (const watch *)ops;
    return w->finding[0] ? w->finding : NULL;
}
