/* The one place where the arguments of an operation are checked. */
#include "ops/ops.h"

#include "ops/table.h"

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return fm_error_set(error, FM_E_ARGUMENT, __func__, __VA_ARGS__);                      \
    } while (0)

enum { MAX_BATCH_ROWS = 1 << 24 };

static int update_fits(const fm_update *update, const fm_parameters *parameters) {
    size_t slots = 0;
    switch (update->rule) {
    case FM_UPDATE_KEEP:
        slots = 1;
        break;
    case FM_UPDATE_SGD:
        slots = update->momentum != 0.0f;
        break;
    case FM_UPDATE_ADAM:
        slots = 2;
        break;
    case FM_UPDATE_RMSPROP:
        slots = update->momentum != 0.0f ? 2 : 1;
        break;
    default:
        return 0;
    }
    return slots <= parameters->slots;
}

static int is_slope(const fm_ops *ops, const fm_parameters *slope) {
    return slope && slope->ops == ops && slope->outputs == 1 && slope->inputs == 0;
}

/* A matrix of this device with so many columns and room for so many rows. */
static int is_batch(const fm_ops *ops, const fm_matrix *matrix, size_t rows, size_t cols) {
    return matrix && matrix->ops == ops && matrix->cols == cols && rows <= matrix->rows;
}

int fm_matrix_create(fm_matrix **out, fm_ops *ops, size_t rows, size_t cols, fm_error *error) {
    *out = NULL;
    CHECK(rows >= 1 && rows <= MAX_BATCH_ROWS, "%zu rows are not 1 to %d", rows, MAX_BATCH_ROWS);
    CHECK(cols >= 1 && cols <= FM_MAX_COLS, "%zu columns are not 1 to %d", cols, FM_MAX_COLS);
    return ops->table->memory->matrix_create(out, ops, rows, cols, error);
}

void fm_matrix_free(fm_matrix *matrix) {
    if (matrix)
        matrix->ops->table->memory->matrix_free(matrix);
}

int fm_matrix_write(fm_matrix *matrix, const float *values, size_t rows, fm_error *error) {
    CHECK(rows >= 1 && rows <= matrix->rows, "%zu rows are not 1 to %zu", rows, matrix->rows);
    return matrix->ops->table->memory->matrix_write(matrix, values, rows, error);
}

int fm_matrix_read(float *out, fm_matrix *matrix, size_t rows, fm_error *error) {
    CHECK(rows >= 1 && rows <= matrix->rows, "%zu rows are not 1 to %zu", rows, matrix->rows);
    return matrix->ops->table->memory->matrix_read(out, matrix, rows, error);
}

int fm_parameters_create(fm_parameters **out, fm_ops *ops, size_t outputs, size_t inputs,
                         size_t slots, fm_error *error) {
    *out = NULL;
    CHECK(outputs >= 1 && outputs <= FM_MAX_COLS, "%zu outputs are not 1 to %d", outputs,
          FM_MAX_COLS);
    CHECK(inputs <= FM_MAX_COLS, "%zu inputs are more than %d", inputs, FM_MAX_COLS);
    CHECK(slots <= 2, "%zu slots are more than 2", slots);
    return ops->table->memory->parameters_create(out, ops, outputs, inputs, slots, error);
}

void fm_parameters_free(fm_parameters *parameters) {
    if (parameters)
        parameters->ops->table->memory->parameters_free(parameters);
}

int fm_parameters_write(fm_parameters *parameters, size_t slot, const float *weight,
                        const float *bias, fm_error *error) {
    CHECK(slot <= parameters->slots, "no slot %zu", slot);
    return parameters->ops->table->memory->parameters_write(parameters, slot, weight, bias, error);
}

int fm_parameters_read(float *weight, float *bias, fm_parameters *parameters, size_t slot,
                       fm_error *error) {
    CHECK(slot <= parameters->slots, "no slot %zu", slot);
    return parameters->ops->table->memory->parameters_read(weight, bias, parameters, slot, error);
}

int fm_samples_create(fm_samples **out, fm_ops *ops, const fm_images *images, fm_error *error) {
    *out = NULL;
    CHECK(images->count >= 1 && images->count <= INT32_MAX, "%zu images", images->count);
    CHECK(images->pixels >= 1 && images->pixels <= FM_MAX_COLS, "%zu pixels are not 1 to %d",
          images->pixels, FM_MAX_COLS);
    int status = ops->table->memory->samples_create(out, ops, images, error);
    if (!status)
        (*out)->labelled = images->label != NULL;
    return status;
}

void fm_samples_free(fm_samples *samples) {
    if (samples)
        samples->ops->table->memory->samples_free(samples);
}

int fm_samples_set_order(fm_samples *samples, const uint32_t *order, size_t count,
                         fm_error *error) {
    CHECK(count <= samples->count, "an order of %zu for %zu images", count, samples->count);
    for (size_t i = 0; i < count; i++)
        CHECK(order[i] < samples->count, "index %u is not below %zu", order[i], samples->count);
    return samples->ops->table->memory->samples_set_order(samples, order, count, error);
}

int fm_outcomes_create(fm_outcomes **out, fm_ops *ops, size_t count, fm_error *error) {
    *out = NULL;
    CHECK(count >= 1 && count <= INT32_MAX, "%zu outcomes", count);
    return ops->table->memory->outcomes_create(out, ops, count, error);
}

void fm_outcomes_free(fm_outcomes *outcomes) {
    if (outcomes)
        outcomes->ops->table->memory->outcomes_free(outcomes);
}

int fm_outcomes_read(float *losses, uint8_t *classes, fm_outcomes *outcomes, size_t first,
                     size_t count, fm_error *error) {
    CHECK(first <= outcomes->count && count <= outcomes->count - first,
          "outcomes %zu to %zu of %zu", first, first + count, outcomes->count);
    return outcomes->ops->table->memory->outcomes_read(losses, classes, outcomes, first, count,
                                                       error);
}

int fm_ops_gather(fm_ops *ops, fm_matrix *x, fm_samples *samples, size_t first, size_t rows,
                  fm_error *error) {
    CHECK(samples && samples->ops == ops, "samples of another device");
    CHECK(rows >= 1 && is_batch(ops, x, rows, samples->pixels),
          "the batch does not fit the images");
    CHECK(first <= samples->count && rows <= samples->count - first, "images %zu to %zu of %zu",
          first, first + rows, samples->count);
    return ops->table->gather(ops, x, samples, first, rows, error);
}

int fm_ops_linear_forward(fm_ops *ops, fm_matrix *y, fm_matrix *z, fm_matrix *x,
                          fm_parameters *parameters, enum fm_activation activation,
                          fm_parameters *slope, size_t rows, fm_error *error) {
    CHECK(parameters && parameters->ops == ops && parameters->inputs >= 1,
          "parameters of another device, or none");
    CHECK(rows >= 1 && is_batch(ops, x, rows, parameters->inputs), "x does not fit the weights");
    CHECK(is_batch(ops, y, rows, parameters->outputs) && y != x, "y does not fit the weights");
    CHECK(!z || (is_batch(ops, z, rows, parameters->outputs) && z != x && z != y),
          "z does not fit the weights");
    CHECK(activation != FM_PRELU || is_slope(ops, slope), "PReLU without its slope");
    return ops->table->linear_forward(ops, y, z, x, parameters, activation, slope, rows, error);
}

int fm_ops_linear_backward_input(fm_ops *ops, fm_matrix *dx, fm_matrix *dy,
                                 fm_parameters *parameters, enum fm_activation activation,
                                 fm_matrix *y, size_t rows, fm_error *error) {
    CHECK(parameters && parameters->ops == ops && parameters->inputs >= 1,
          "parameters of another device, or none");
    CHECK(rows >= 1 && is_batch(ops, dy, rows, parameters->outputs), "dy does not fit the weights");
    CHECK(is_batch(ops, dx, rows, parameters->inputs) && dx != dy, "dx does not fit the weights");
    CHECK(activation != FM_PRELU, "PReLU's gradient is an operation of its own");
    CHECK(activation == FM_IDENTITY || (is_batch(ops, y, rows, parameters->inputs) && y != dx),
          "y does not fit the weights");
    return ops->table->linear_backward_input(ops, dx, dy, parameters, activation, y, rows, error);
}

int fm_ops_linear_backward_parameters(fm_ops *ops, fm_parameters *parameters, fm_matrix *x,
                                      fm_matrix *dy, const fm_update *update, size_t rows,
                                      fm_error *error) {
    CHECK(parameters && parameters->ops == ops && parameters->inputs >= 1,
          "parameters of another device, or none");
    CHECK(rows >= 1 && is_batch(ops, dy, rows, parameters->outputs), "dy does not fit the weights");
    CHECK(is_batch(ops, x, rows, parameters->inputs), "x does not fit the weights");
    CHECK(update_fits(update, parameters), "update rule %d needs more state", (int)update->rule);
    return ops->table->linear_backward_parameters(ops, parameters, x, dy, update, rows, error);
}

int fm_ops_prelu_backward(fm_ops *ops, fm_matrix *dy, fm_matrix *z, fm_parameters *slope,
                          const fm_update *update, size_t rows, fm_error *error) {
    CHECK(dy && rows >= 1 && is_batch(ops, dy, rows, dy->cols), "dy is not of this device");
    CHECK(is_batch(ops, z, rows, dy->cols) && z != dy, "z does not fit dy");
    CHECK(is_slope(ops, slope), "PReLU without its slope");
    CHECK(update_fits(update, slope), "update rule %d needs more state", (int)update->rule);
    return ops->table->prelu_backward(ops, dy, z, slope, update, rows, error);
}

int fm_ops_loss(fm_ops *ops, fm_matrix *dlogits, fm_outcomes *outcomes, fm_matrix *logits,
                fm_samples *samples, enum fm_loss loss, size_t first, size_t rows,
                fm_error *error) {
    CHECK(logits && rows >= 1 && is_batch(ops, logits, rows, logits->cols) &&
              logits->cols >= FM_CLASSES && logits->cols <= FM_MAX_CLASSES,
          "logits do not fit: %d to %d classes", FM_CLASSES, FM_MAX_CLASSES);
    CHECK(!dlogits || (is_batch(ops, dlogits, rows, logits->cols) && dlogits != logits),
          "dlogits do not fit the logits");
    CHECK(samples && samples->ops == ops && samples->labelled && first <= samples->count &&
              rows <= samples->count - first,
          "images %zu to %zu are not there, or have no labels", first, first + rows);
    CHECK(outcomes && outcomes->ops == ops && first <= outcomes->count &&
              rows <= outcomes->count - first,
          "outcomes %zu to %zu are not there", first, first + rows);
    return ops->table->loss(ops, dlogits, outcomes, logits, samples, loss, first, rows, error);
}

int fm_ops_mark(fm_ops *ops, size_t *queued, fm_error *error) {
    return ops->table->mark(ops, queued, error);
}

int fm_ops_finish(fm_ops *ops, fm_error *error) {
    return ops->table->finish(ops, error);
}

void fm_ops_free(fm_ops *ops) {
    if (ops)
        ops->table->free(ops);
}
