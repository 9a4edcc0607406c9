#include "check/answers.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "check/cases.h"
#include "check/compare.h"

enum { ROWS = 2, INPUTS = 2, OUTPUTS = 3, CLASSES = 10, MOST_VALUES = 27 };

static const float x[] = {1, 2, -1, 3}, x_of_elu[] = {1, 2, -0.5f, 3};
static const float dy[] = {1, 0.5f, -1, 2, -2, 0.25f}, z[] = {-0.5f, 0, 1, -3.5f, -3, 8};
/* Weights, biases, and the optimizer's state. */
static const float layer[] = {1, -1, 2, 0, -3, 1, 0.5f, -1, 2, 1, 1, 1, 1, 1,
                              1, 1,  1, 1, 1,  1, 1,    1,  1, 1, 1, 1, 1};
static const float slope[] = {0.25f, 1, 1};
static const float share[] = {-0.5f, -1}; /* of prelu_backward for dy and z */
/* Of linear_backward_parameters for dy and x. */
static const float gradient[] = {-1, 8, 2.5f, -5, -1.25f, -1.25f, 3, -1.5f, -0.75f};
static const float logits[ROWS * CLASSES] = {[10] = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
/* The batch begins with image 3, the third in the order. */
static const uint8_t image[] = {255, 1, 2, 3, 0, 51, 102, 153};
static const uint8_t label[] = {7, 0, 0, 3};
static const uint32_t order[] = {1, 2, 3, 0};

static const float mask[] = {1, 0, 1, 0, 0, 1};

/* The operands of each operation, unless its answer has others. */
static const fm_check_operands given[FM_OPERATIONS] = {
    [FM_OP_LINEAR_FORWARD] = {.operand = {[2] = x, [3] = layer, [4] = slope}},
    [FM_OP_DROPOUT_FORWARD] = {.operand = {[1] = z, [2] = mask}},
    [FM_OP_LOSS] = {.operand = {[1] = logits}},
    [FM_OP_LINEAR_BACKWARD_INPUT] = {.operand = {[1] = dy, [2] = layer, [3] = x}},
    [FM_OP_DROPOUT_BACKWARD] = {.operand = {[0] = dy, [1] = mask}},
    [FM_OP_ACTIVATION_BACKWARD] = {.operand = {[0] = dy, [1] = z}},
    [FM_OP_PRELU_BACKWARD] = {.operand = {[0] = dy, [2] = z, [3] = slope}},
    [FM_OP_LINEAR_BACKWARD_PARAMETERS] = {.operand = {[1] = x, [2] = dy}, .updated = layer},
    [FM_OP_PRELU_BACKWARD_SLOPE] = {.operand = {[1] = share}, .updated = slope},
    [FM_OP_UPDATE] = {.operand = {[0] = layer, [1] = gradient}},
};

static const fm_optimizer sgd = {.kind = FM_SGD, .lr = 0.5};
static const fm_optimizer momentum = {.kind = FM_SGD, .lr = 0.5, .momentum = 0.5};
static const fm_optimizer nesterov = {.kind = FM_SGD, .lr = 0.5, .momentum = 0.5, .nesterov = 1};
static const fm_optimizer adam = {
    .kind = FM_ADAM, .lr = 0.25, .weight_decay = 0.5, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8};
static const fm_optimizer rmsprop = {.kind = FM_RMSPROP, .lr = 0.25, .alpha = 0.75, .eps = 1e-8};
static const fm_optimizer rmsprop_momentum = {
    .kind = FM_RMSPROP, .lr = 0.25, .alpha = 0.75, .eps = 1e-8, .momentum = 0.5};

typedef struct answer {
    fm_check_case which;
    const float *x; /* NULL: the one above */
    float values[MOST_VALUES];
} answer;

#define LAYER(name) .operation = FM_OP_##name, .rows = ROWS, .inputs = INPUTS, .outputs = OUTPUTS
#define LOSS(kind)                                                                                 \
    .operation = FM_OP_LOSS, .rows = ROWS, .inputs = INPUTS, .outputs = CLASSES, .loss = kind
#define VALUES(...) .values = {__VA_ARGS__}

/* The update directly after its gradient, and on its own. */
#define UPDATES(kind, ...)                                                                         \
    {{LAYER(LINEAR_BACKWARD_PARAMETERS), .optimizer = (kind)}, VALUES(__VA_ARGS__)}, {             \
        {LAYER(UPDATE), .optimizer = (kind)}, VALUES(__VA_ARGS__)                                  \
    }

/* linear_forward without z and slope. */
#define PLAIN LAYER(LINEAR_FORWARD), .without = FM_CHECK_NO_Z | FM_CHECK_NO_SLOPE

/* Values in the order of fm_check_run's arrays. Values that are not simple sums come from
 * torch.optim and torch.nn.functional, in double; the optimizers are at their third step with all
 * state 1. */
static const answer answers[] = {
    {{LAYER(GATHER)}, VALUES(0.4f, 0.6f, 1, 1.0f / 255)},
    {{PLAIN}, VALUES(-0.5f, 1, 1, -3.5f, -3, 8)},
    {{PLAIN, .activation = FM_RELU}, VALUES(0, 1, 1, 0, 0, 8)},
    {{LAYER(LINEAR_FORWARD), .activation = FM_PRELU},
     VALUES(-0.125f, 1, 1, -0.875f, -0.75f, 8, -0.5f, 1, 1, -3.5f, -3, 8)},
    {{PLAIN, .activation = FM_ELU}, VALUES(-0.39346934f, 1, 1, -0.969802617f, -0.950212932f, 8)},
    {{LAYER(DROPOUT_MASK), .rate = 0.4f}, VALUES(0, 1, 1, 0, 1, 1)}, /* seed and layer 0 */
    {{LAYER(DROPOUT_FORWARD), .rate = 0.5f}, VALUES(-1, 0, 2, 0, 0, 16)},
    {{LAYER(DROPOUT_FORWARD), .rate = 0.2f}, VALUES(-0.625f, 0, 1.25f, 0, 0, 10)},
    {{LAYER(LINEAR_BACKWARD_INPUT), .without = FM_CHECK_NO_X}, VALUES(5, -2, -2.75f, -1.75f)},
    {{LAYER(LINEAR_BACKWARD_INPUT), .activation = FM_RELU}, VALUES(5, -2, 0, -1.75f)},
    {{LAYER(LINEAR_BACKWARD_INPUT), .activation = FM_ELU},
     .x = x_of_elu,
     VALUES(5, -2, -1.375f, -1.75f)},
    {{LAYER(DROPOUT_BACKWARD), .rate = 0.75f}, VALUES(4, 0, -4, 0, 0, 1)},
    {{LAYER(ACTIVATION_BACKWARD), .activation = FM_RELU}, VALUES(0, 0, -1, 0, 0, 0.25f)},
    {{LAYER(ACTIVATION_BACKWARD), .activation = FM_ELU}, VALUES(0.5f, 0.5f, -1, -5, 4, 0.25f)},
    {{LAYER(PRELU_BACKWARD)}, VALUES(0.25f, 0.125f, -1, 0.5f, -0.5f, 0.25f, -0.5f, -1)},
    {{LAYER(PRELU_BACKWARD_SLOPE)}, VALUES(-1.5f)},
    {{LAYER(LINEAR_BACKWARD_PARAMETERS)},
     VALUES(-1, 8, 2.5f, -5, -1.25f, -1.25f, 3, -1.5f, -0.75f)},
    UPDATES(&sgd, 1.5f, -5, 0.75f, 2.5f, -2.375f, 1.625f, -1, -0.25f, 2.375f),
    UPDATES(&momentum, 1.25f, -5.25f, 0.5f, 2.25f, -2.625f, 1.375f, -1.25f, -0.5f, 2.125f, -0.5f,
            8.5f, 3, -4.5f, -0.75f, -0.75f, 3.5f, -1, -0.25f),
    UPDATES(&nesterov, 1.625f, -7.125f, 0, 3.625f, -2.1875f, 1.8125f, -1.875f, 0, 2.4375f, -0.5f,
            8.5f, 3, -4.5f, -0.75f, -0.75f, 3.5f, -1, -0.25f),
    UPDATES(&adam, 0.957056641f, -1.0811186f, 1.93722382f, -0.019962925f, -3.03146109f,
            0.958326197f, 0.438427946f, -1.03529895f, 1.95326314f, 0.85f, 1.65f, 1.25f, 0.4f,
            0.625f, 0.825f, 1.225f, 0.7f, 0.925f, 0.99925f, 1.05525f, 1.01125f, 1.024f, 1.0065625f,
            0.9995625f, 1.0095625f, 1.003f, 0.9990625f),
    UPDATES(&rmsprop, 1.25f, -1.48867778f, 1.58900253f, 0.472455589f, -2.70739713f, 1.29260287f,
            0.0669873006f, -0.672673168f, 2.19867985f, 1, 16.75f, 2.3125f, 7, 1.140625f, 1.140625f,
            3, 1.3125f, 0.890625f),
    UPDATES(&rmsprop_momentum, 1.125f, -1.61367778f, 1.46400253f, 0.347455589f, -2.83239713f,
            1.16760287f, -0.0580126994f, -0.797673168f, 2.07367985f, 1, 16.75f, 2.3125f, 7,
            1.140625f, 1.140625f, 3, 1.3125f, 0.890625f, -0.5f, 2.4547111f, 2.14398986f,
            -1.38982236f, -0.670411461f, -0.670411461f, 2.2320508f, -0.80930733f, -0.294719406f),
    {{LAYER(PRELU_BACKWARD_SLOPE), .optimizer = &sgd}, VALUES(1)},
    {{LOSS(FM_CROSS_ENTROPY)},
     VALUES(0.05f, 0.05f, 0.05f, -0.45f, 0.05f, 0.05f, 0.05f, 0.05f, 0.05f, 0.05f, 3.90067081e-05f,
            0.000106031226f, 0.000288222754f, 0.000783470675f, 0.0021296941f, 0.00578910877f,
            0.0157364292f, -0.457223951f, 0.116277358f, 0.316074629f, 2.30258509f, 2.45862974f, 0,
            9)},
    {{LOSS(FM_MSE)},
     VALUES(0, 0, 0, -0.1f, 0, 0, 0, 0, 0, 0, 0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.6f, 0.8f,
            0.9f, 0.1f, 27.2f, 0, 9)},
};

static int check(const answer *a, fm_backend *backend, fm_error *error) {
    fm_check_operands operands = given[a->which.operation];
    fm_check_result result;
    char text[160], named[192];
    operands.image = image;
    operands.label = label;
    operands.order = order;
    for (size_t i = 0; a->x && i < FM_MOST_OPERANDS; i++)
        if (operands.operand[i] == x)
            operands.operand[i] = a->x;
    int status = fm_check_run(&result, backend, &a->which, &operands, error);
    fm_check_case_text(text, sizeof text, &a->which);
    snprintf(named, sizeof named, "%s (a known answer)", text);
    if (!status)
        status = fm_check_compare_result(&result, a->values, 1, named, error);
    free(result.values);
    return status;
}

int fm_check_answers(fm_backend *backend, int with_prelu, fm_error *error) {
    int status = FM_OK;
    for (size_t i = 0; !status && i < FM_COUNT(answers); i++)
        if (with_prelu || !fm_check_case_is_prelu(&answers[i].which))
            status = check(&answers[i], backend, error);
    return status;
}
