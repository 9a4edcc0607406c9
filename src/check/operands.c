#include "check/operands.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

/* Pixel values for a layer before: z = x - 1/2 is negative at DEAD and at least 1/8 above ALIVE. */
enum { DEAD = 64, ALIVE = 160 };

int fm_check_zeros_mixed(const void *user, size_t row, size_t input) {
    (void)user;
    if (input % 3 == 1)
        return 1;
    return input / 12 % 2 ? row % 7 != input % 7 : row % 2 == 1;
}

static int draw(const float **out, size_t count, float low, float high, fm_random *random,
                fm_error *error) {
    float *values = NULL;
    int status = fm_memory_allocate(&values, count, sizeof *values, "the check", error);
    for (size_t i = 0; !status && i < count; i++)
        values[i] = low + (high - low) * fm_random_unit(random);
    *out = values;
    return status;
}

/* State is positive and not small, because the rules compute its root. A slope, which has no
 * inputs, may be negative. */
static int draw_parameters(const float **out, size_t count, size_t slot_size, size_t inputs,
                           fm_random *random, fm_error *error) {
    const float bound = inputs ? 1 / sqrtf((float)inputs) : 0.5f;
    int status = draw(out, count, 0.1f, 1, random, error);
    for (size_t i = 0; !status && i < slot_size; i++)
        ((float *)*out)[i] = inputs ? bound * (2 * fm_random_unit(random) - 1)
                                    : -0.1f - 0.4f * fm_random_unit(random);
    return status;
}

static int draw_mask(const float **out, size_t count, fm_random *random, fm_error *error) {
    float *values = NULL;
    int status = fm_memory_allocate(&values, count, sizeof *values, "the check", error);
    *out = values;
    for (size_t i = 0; !status && i < count; i++)
        values[i] = (float)fm_random_below(random, 2);
    return status;
}

/* Batches that are summed are not centred on 0: the error of a sum that nearly cancels would be the
 * rounding of its terms. */
static int draw_operand(const float **out, const fm_check_case *c, const fm_operand_info *o,
                        fm_random *random, fm_error *error) {
    const size_t count = fm_check_operand_size(c, o);
    const size_t inputs = o->cols == FM_SIZE_ZERO ? 0 : c->inputs;
    const size_t outputs = o->rows == FM_SIZE_ONE ? 1 : c->outputs;
    if (o->kind == FM_TENSOR_PARAMETERS)
        return draw_parameters(out, count, outputs * (inputs + 1), inputs, random, error);
    if (o->kind == FM_TENSOR_MASK)
        return draw_mask(out, count, random, error);
    if (fm_operation_get(c->operation)->sources & FM_USES_LABELS)
        return draw(out, count, -8, 8, random, error);
    return draw(out, count, -0.5f, 1, random, error);
}

/* The parameters of the update after a gradient: in the gradient's shape, with state. */
static int draw_updated(fm_check_operands *out, const fm_check_case *c, fm_random *random,
                        fm_error *error) {
    fm_operand_info o = fm_operation_get(c->operation)->operand[0];
    o.kind = FM_TENSOR_PARAMETERS;
    o.access = FM_READ_WRITE;
    return draw_operand(&out->updated, c, &o, random, error);
}

static int draw_samples(fm_check_operands *out, const fm_check_case *c, fm_check_zeros zeros,
                        const void *user, fm_random *random, fm_error *error) {
    const size_t count = FM_CHECK_FIRST + c->rows;
    const uint32_t classes = c->outputs < FM_MAX_CLASSES ? (uint32_t)c->outputs : FM_MAX_CLASSES;
    const uint8_t dead = c->x == FM_CHECK_RELU ? DEAD : 0;
    const uint32_t alive = c->x == FM_CHECK_RELU ? ALIVE : 1;
    uint8_t *image = NULL, *label = NULL;
    uint32_t *order = NULL;
    int status = fm_memory_allocate(&image, count * c->inputs, 1, "the check", error);
    out->image = image;
    if (!status)
        status = fm_memory_allocate(&label, count, 1, "the check", error);
    out->label = label;
    if (!status)
        status = fm_memory_allocate(&order, count, sizeof *order, "the check", error);
    out->order = order;
    if (status)
        return status;
    for (size_t i = 0; i < count; i++) {
        label[i] = (uint8_t)fm_random_below(random, classes ? classes : 1);
        order[i] = (uint32_t)i;
    }
    fm_random_shuffle(random, order, count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < c->inputs; k++)
            image[order[i] * c->inputs + k] =
                i >= FM_CHECK_FIRST && zeros(user, i - FM_CHECK_FIRST, k)
                    ? dead
                    : (uint8_t)(alive + fm_random_below(random, 256 - alive));
    return FM_OK;
}

/* Fills the layer before with z = x - 1/2 for each unit. A unit that is dead in all rows gives 0
 * or, every second one, -0. */
static int fill_below(fm_check_operands *out, const fm_check_case *c, fm_check_zeros zeros,
                      const void *user, fm_error *error) {
    const size_t units = c->inputs;
    float *values = NULL;
    int status =
        fm_memory_allocate(&values, units * (units + 1), sizeof *values, "the check", error);
    out->below = values;
    for (size_t u = 0; !status && u < units; u++) {
        size_t dead = 0;
        while (dead < c->rows && zeros(user, dead, u))
            dead++;
        const int is_negative_zero = dead == c->rows && u % 2;
        for (size_t k = 0; k < units; k++)
            values[u * units + k] = is_negative_zero ? -0.0f : (float)(k == u);
        values[units * units + u] = is_negative_zero ? -0.0f : -0.5f;
    }
    return status;
}

int fm_check_operands_create(fm_check_operands *out, const fm_check_case *c, fm_check_zeros zeros,
                             const void *user, fm_error *error) {
    const fm_operation_info *info = fm_operation_get(c->operation);
    fm_random random;
    int status = FM_OK;
    *out = (fm_check_operands){.image = NULL};
    fm_random_seed(&random, c->rows * 10000 + c->outputs, FM_STREAM_CHECK);
    for (size_t i = 0; !status && i < FM_MOST_OPERANDS; i++)
        if (fm_check_has_operand(c, i) && info->operand[i].access != FM_WRITE)
            status = draw_operand(&out->operand[i], c, &info->operand[i], &random, error);
    if (!status && fm_check_is_updated(c))
        status = draw_updated(out, c, &random, error);
    if (!status && c->inputs)
        status = draw_samples(out, c, zeros, user, &random, error);
    if (!status && c->x == FM_CHECK_RELU)
        status = fill_below(out, c, zeros, user, error);
    return status;
}

void fm_check_operands_free(fm_check_operands *o) {
    for (size_t i = 0; i < FM_MOST_OPERANDS; i++)
        free((float *)o->operand[i]);
    free((float *)o->updated);
    free((float *)o->below);
    free((uint8_t *)o->image);
    free((uint8_t *)o->label);
    free((uint32_t *)o->order);
}
