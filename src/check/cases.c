#include "check/cases.h"

#include "base/count.h"

/* Very different numbers, but their squares and quotients do not lose accuracy. */
#define COMMON .lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .alpha = 0.99
static const fm_optimizer adam = {.kind = FM_ADAM, .eps = 1e-8, COMMON};
static const fm_optimizer adam_decay = {.kind = FM_ADAM, .weight_decay = 0.1, .eps = 0.1, COMMON};
static const fm_optimizer sgd = {.kind = FM_SGD, COMMON};
static const fm_optimizer sgd_decay = {.kind = FM_SGD, .weight_decay = 0.1, COMMON};
static const fm_optimizer momentum = {.kind = FM_SGD, .momentum = 0.9, COMMON};
static const fm_optimizer nesterov = {.kind = FM_SGD, .momentum = 0.9, .nesterov = 1, COMMON};
static const fm_optimizer rmsprop = {.kind = FM_RMSPROP, .eps = 1e-8, COMMON};
static const fm_optimizer rmsprop_all = {
    .kind = FM_RMSPROP, .momentum = 0.5, .weight_decay = 0.1, .eps = 0.1, COMMON};

#define EACH_OPTIMIZER(OPERATION)                                                                  \
    {OPERATION, .optimizer = &adam}, {OPERATION, .optimizer = &adam_decay},                        \
        {OPERATION, .optimizer = &sgd}, {OPERATION, .optimizer = &sgd_decay},                      \
        {OPERATION, .optimizer = &momentum}, {OPERATION, .optimizer = &nesterov},                  \
        {OPERATION, .optimizer = &rmsprop}, {                                                      \
        OPERATION, .optimizer = &rmsprop_all                                                       \
    }

const fm_check_case fm_check_cases[] = {
    {.operation = FM_OP_GATHER},
    {FM_OP_LINEAR_FORWARD, .without = FM_CHECK_NO_Z | FM_CHECK_NO_SLOPE},
    {FM_OP_LINEAR_FORWARD, .without = FM_CHECK_NO_SLOPE, .activation = FM_RELU},
    {FM_OP_LINEAR_FORWARD, .activation = FM_PRELU},
    {FM_OP_LINEAR_FORWARD, .without = FM_CHECK_NO_Z, .activation = FM_PRELU},
    {FM_OP_LINEAR_FORWARD, .without = FM_CHECK_NO_Z | FM_CHECK_NO_SLOPE, .activation = FM_ELU},
    {FM_OP_LINEAR_FORWARD, .without = FM_CHECK_NO_Z | FM_CHECK_NO_SLOPE, .x = FM_CHECK_GATHERED},
    {FM_OP_LINEAR_FORWARD, .without = FM_CHECK_NO_Z | FM_CHECK_NO_SLOPE, .x = FM_CHECK_RELU},
    {FM_OP_DROPOUT_MASK, .rate = 0},
    {FM_OP_DROPOUT_MASK, .rate = 0.3f},
    {FM_OP_DROPOUT_MASK, .rate = 0.9999f},
    {FM_OP_DROPOUT_FORWARD, .rate = 0.3f},
    {FM_OP_LOSS, .loss = FM_CROSS_ENTROPY},
    {FM_OP_LOSS, .loss = FM_NLL},
    {FM_OP_LOSS, .loss = FM_MSE},
    {FM_OP_LOSS, .without = FM_CHECK_NO_DLOGITS, .loss = FM_CROSS_ENTROPY},
    {FM_OP_LINEAR_BACKWARD_INPUT, .without = FM_CHECK_NO_X},
    {FM_OP_LINEAR_BACKWARD_INPUT, .activation = FM_RELU},
    {FM_OP_LINEAR_BACKWARD_INPUT, .activation = FM_ELU},
    {FM_OP_LINEAR_BACKWARD_INPUT, .activation = FM_RELU, .x = FM_CHECK_GATHERED},
    {FM_OP_LINEAR_BACKWARD_INPUT, .activation = FM_RELU, .x = FM_CHECK_RELU},
    {FM_OP_DROPOUT_BACKWARD, .rate = 0.9999f},
    {FM_OP_ACTIVATION_BACKWARD, .activation = FM_RELU},
    {FM_OP_ACTIVATION_BACKWARD, .activation = FM_ELU},
    {.operation = FM_OP_PRELU_BACKWARD},
    {.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS},
    {FM_OP_LINEAR_BACKWARD_PARAMETERS, .x = FM_CHECK_GATHERED},
    {FM_OP_LINEAR_BACKWARD_PARAMETERS, .x = FM_CHECK_RELU},
    EACH_OPTIMIZER(FM_OP_LINEAR_BACKWARD_PARAMETERS),
    {FM_OP_LINEAR_BACKWARD_PARAMETERS, .x = FM_CHECK_GATHERED, .optimizer = &adam},
    {FM_OP_LINEAR_BACKWARD_PARAMETERS, .x = FM_CHECK_RELU, .optimizer = &adam},
    {.operation = FM_OP_PRELU_BACKWARD_SLOPE},
    EACH_OPTIMIZER(FM_OP_PRELU_BACKWARD_SLOPE),
    EACH_OPTIMIZER(FM_OP_UPDATE),
};
const size_t fm_check_case_count = FM_COUNT(fm_check_cases);

/* Maximum size of the square layer before (FM_CHECK_RELU): thousands would take seconds. */
enum { MOST_UNITS = 128 };

int fm_check_case_fits(const fm_check_case *c) {
    if (c->operation == FM_OP_LOSS && (c->outputs < 2 || c->outputs > FM_MAX_CLASSES))
        return 0;
    return c->x != FM_CHECK_RELU || c->inputs <= MOST_UNITS;
}

const fm_check_case *fm_check_case_find(enum fm_operation operation, enum fm_activation activation,
                                        int with_update) {
    const fm_check_case *c = fm_check_cases;
    while (c->operation != operation || c->activation != activation || c->x != FM_CHECK_WRITTEN ||
           (c->optimizer != NULL) != with_update)
        c++;
    return c;
}

int fm_check_case_is_prelu(const fm_check_case *c) {
    return c->activation == FM_PRELU || c->operation == FM_OP_PRELU_BACKWARD ||
           c->operation == FM_OP_PRELU_BACKWARD_SLOPE;
}
