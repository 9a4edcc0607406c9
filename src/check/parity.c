#include "check/parity.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "check/compare.h"
#include "check/operation.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct shape {
    size_t rows, inputs, outputs;
} shape;

/* The first few are the short form's: a batch below and one above the sizes at which kernels are
 * chosen, none a multiple of a tile. */
enum { SHORT_SHAPES = 2 };
static const shape shapes[] = {{5, 21, 19},    {33, 65, 43},   {1, 1, 1},     {1, 784, 10},
                               {8, 16, 16},    {9, 33, 10},    {16, 784, 64}, {7, 1000, 127},
                               {130, 300, 10}, {128, 784, 256}};

/* Widely different numbers, but none whose square or quotient loses bits of its own. */
#define COMMON .lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .alpha = 0.99
static const fm_optimizer optimizers[] = {
    {.kind = FM_ADAM, COMMON},
    {.kind = FM_ADAM, .weight_decay = 0.1, COMMON},
    {.kind = FM_SGD, COMMON},
    {.kind = FM_SGD, .momentum = 0.9, COMMON},
    {.kind = FM_SGD, .momentum = 0.9, .nesterov = 1, COMMON},
    {.kind = FM_RMSPROP, COMMON},
    {.kind = FM_RMSPROP, .momentum = 0.5, .weight_decay = 0.1, COMMON},
};

typedef struct parity {
    fm_ops *ops, *reference;
    shape size;
    float *numbers; /* all operands' */
    uint8_t *bytes;
    uint32_t *order;
    fm_check_operands operands, of_loss;
} parity;

/* ---- Operands ---- */

static float *draw(float **next, size_t count, float low, float high, fm_random *random) {
    float *values = *next;
    for (size_t i = 0; i < count; i++)
        values[i] = low + (high - low) * fm_random_unit(random);
    *next += count;
    return values;
}

/* Kernels may leave out an input that is zero in some rows that they take together, or some inputs
 * of a row. Of these images a third of the pixels is zero in all; of the others, some have no zero
 * or nothing else for a dozen pixels, and some one number among seven. */
static int is_background(size_t image, size_t pixel) {
    if (pixel % 3 == 1)
        return 1;
    return pixel / 12 % 2 ? image % 7 != pixel % 7 : image % 2 == 1;
}

/* Not centred on 0 where they are summed up: a sum that nearly cancels out would measure the
 * rounding of its terms. State is above 0 and not small, for roots are taken of it. */
static void draw_operands(parity *p, fm_random *random) {
    const size_t batch = p->size.rows * p->size.outputs, count = FM_CHECK_FIRST + p->size.rows;
    const size_t weights = p->size.inputs * p->size.outputs;
    const float bound = 1 / sqrtf((float)p->size.inputs);
    float *next = p->numbers;
    uint8_t *label = p->bytes + count * p->size.inputs;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < p->size.inputs; k++)
            p->bytes[i * p->size.inputs + k] =
                is_background(i, k) ? 0 : (uint8_t)fm_random_below(random, 256);
    for (size_t i = 0; i < count; i++) {
        label[i] = (uint8_t)fm_random_below(random, FM_CLASSES);
        p->order[i] = (uint32_t)i;
    }
    fm_random_shuffle(random, p->order, count);
    p->operands = (fm_check_operands){
        .x = draw(&next, p->size.rows * p->size.inputs, -0.5f, 1, random),
        .y = draw(&next, batch, -0.5f, 1, random),
        .z = draw(&next, batch, -1, 1, random),
        .weight = draw(&next, weights, -bound, bound, random),
        .bias = draw(&next, p->size.outputs, -bound, bound, random),
        .state = draw(&next, 2 * (weights + p->size.outputs), 0.1f, 1, random),
        .slope = draw(&next, 3, 0.1f, 0.5f, random),
        .image = p->bytes,
        .label = label,
        .order = p->order,
    };
    p->of_loss = p->operands;
    p->of_loss.y = draw(&next, batch, -8, 8, random);
}

static int create_operands(parity *p, fm_error *error) {
    const size_t rows = p->size.rows, inputs = p->size.inputs, outputs = p->size.outputs;
    const size_t images = FM_CHECK_FIRST + rows;
    fm_random random;
    int status = fm_memory_allocate(&p->numbers,
                                    rows * (inputs + 3 * outputs) + 3 * outputs * (inputs + 1) + 3,
                                    sizeof *p->numbers, "the check", error);
    if (!status)
        status = fm_memory_allocate(&p->bytes, images * (inputs + 1), 1, "the check", error);
    if (!status)
        status = fm_memory_allocate(&p->order, images, sizeof *p->order, "the check", error);
    if (status)
        return status;
    fm_random_seed(&random, rows * 10000 + outputs, FM_STREAM_CHECK);
    draw_operands(p, &random);
    return FM_OK;
}

/* ---- One case ---- */

/* How many terms the longest sum has. */
static size_t length_of(const fm_check_case *c) {
    switch (c->operation) {
    case FM_OPERATION_LINEAR_FORWARD:
        return c->inputs + 1;
    case FM_OPERATION_LINEAR_BACKWARD_INPUT:
        return c->outputs;
    case FM_OPERATION_LINEAR_BACKWARD_PARAMETERS:
        return c->rows;
    case FM_OPERATION_PRELU_BACKWARD:
        return c->rows * c->outputs;
    case FM_OPERATION_GATHER:
    case FM_OPERATION_LOSS:
    default:
        return 1;
    }
}

static int compare(const fm_check_result *actual, const fm_check_result *expected,
                   const fm_check_case *which, fm_error *error) {
    char text[128];
    int status = FM_OK;
    fm_check_case_text(text, sizeof text, which);
    for (size_t i = 0; !status && i < expected->part_count; i++) {
        const fm_check_part *part = &expected->part[i];
        status = fm_check_compare(actual->values + part->first, expected->values + part->first,
                                  part->count, part->cols, fm_check_allowed(length_of(which)), text,
                                  part->name, error);
    }
    return status;
}

static int check(const parity *p, const fm_check_case *which, fm_error *error) {
    fm_check_result actual = {.values = NULL}, expected = {.values = NULL};
    const fm_check_operands *operands =
        which->operation == FM_OPERATION_LOSS ? &p->of_loss : &p->operands;
    int status = fm_check_result_create(&actual, which, error);
    if (!status)
        status = fm_check_result_create(&expected, which, error);
    if (!status)
        status = fm_check_run(&expected, p->reference, which, operands, error);
    if (!status)
        status = fm_check_run(&actual, p->ops, which, operands, error);
    if (!status)
        status = compare(&actual, &expected, which, error);
    free(expected.values);
    free(actual.values);
    return status;
}

/* ---- All cases of a size ---- */

static int check_activations(const parity *p, fm_check_case which, int with_prelu,
                             fm_error *error) {
    int status = FM_OK;
    for (int kind = FM_IDENTITY; !status && kind <= FM_ELU; kind++) {
        which.activation = (enum fm_activation)kind;
        if (kind != FM_PRELU || with_prelu)
            status = check(p, &which, error);
    }
    return status;
}

static int check_optimizers(const parity *p, fm_check_case which, fm_error *error) {
    int status = check(p, &which, error); /* the gradient, kept */
    for (size_t i = 0; !status && i < COUNT(optimizers); i++) {
        which.optimizer = &optimizers[i];
        status = check(p, &which, error);
    }
    return status;
}

/* What depends on where a layer's inputs are zero; as the output of a ReLU they are no less. */
static int check_pixels(const parity *p, fm_check_case which, fm_error *error) {
    which.gathered = 1;
    which.operation = FM_OPERATION_LINEAR_FORWARD;
    int status = check(p, &which, error);
    which.operation = FM_OPERATION_LINEAR_BACKWARD_PARAMETERS;
    if (!status)
        status = check(p, &which, error);
    which.operation = FM_OPERATION_LINEAR_BACKWARD_INPUT;
    which.activation = FM_RELU;
    return status ? status : check(p, &which, error);
}

static int check_losses(const parity *p, fm_check_case which, fm_error *error) {
    int status = FM_OK;
    for (int kind = FM_CROSS_ENTROPY; !status && kind <= FM_MSE; kind++) {
        which.loss = (enum fm_loss)kind;
        status = check(p, &which, error);
    }
    return status;
}

static int check_size(const parity *p, int with_prelu, fm_error *error) {
    fm_check_case which = {.operation = FM_OPERATION_GATHER,
                           .rows = p->size.rows,
                           .inputs = p->size.inputs,
                           .outputs = p->size.outputs};
    int status = check(p, &which, error);
    if (!status)
        status = check_pixels(p, which, error);
    which.operation = FM_OPERATION_LINEAR_FORWARD;
    if (!status)
        status = check_activations(p, which, with_prelu, error);
    which.operation = FM_OPERATION_LINEAR_BACKWARD_INPUT;
    if (!status)
        status = check_activations(p, which, 0, error);
    which.operation = FM_OPERATION_LINEAR_BACKWARD_PARAMETERS;
    if (!status)
        status = check_optimizers(p, which, error);
    which.operation = FM_OPERATION_PRELU_BACKWARD;
    if (!status && with_prelu)
        status = check_optimizers(p, which, error);
    which.operation = FM_OPERATION_LOSS;
    if (!status && p->size.outputs >= FM_CLASSES)
        status = check_losses(p, which, error);
    return status;
}

static void free_operands(parity *p) {
    free(p->order);
    free(p->bytes);
    free(p->numbers);
}

int fm_check_layer(fm_ops *ops, fm_ops *reference, size_t rows, size_t inputs, size_t outputs,
                   enum fm_activation activation, fm_error *error) {
    parity p = {.ops = ops, .reference = reference, .size = {rows, inputs, outputs}};
    fm_check_case which = {.operation = FM_OPERATION_LINEAR_FORWARD,
                           .rows = rows,
                           .inputs = inputs,
                           .outputs = outputs,
                           .activation = activation,
                           .optimizer = &optimizers[0]};
    int status = create_operands(&p, error);
    if (!status)
        status = check(&p, &which, error);
    which.operation = FM_OPERATION_LINEAR_BACKWARD_INPUT;
    which.activation = activation == FM_PRELU ? FM_IDENTITY : activation;
    if (!status)
        status = check(&p, &which, error);
    which.operation = FM_OPERATION_LINEAR_BACKWARD_PARAMETERS;
    if (!status)
        status = check(&p, &which, error);
    free_operands(&p);
    return status;
}

int fm_check_parity(fm_ops *ops, fm_ops *reference, int thorough, int with_prelu, fm_error *error) {
    const size_t count = thorough ? COUNT(shapes) : SHORT_SHAPES;
    int status = FM_OK;
    for (size_t i = 0; !status && i < count; i++) {
        parity p = {.ops = ops, .reference = reference, .size = shapes[i]};
        status = create_operands(&p, error);
        if (!status)
            status = check_size(&p, with_prelu, error);
        free_operands(&p);
    }
    return status;
}
