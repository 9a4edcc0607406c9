#include "check/check.h"

#include "check/answers.h"
#include "check/parity.h"
#include "check/training.h"
#include "ops/reference.h"

static int check_trainings(fm_ops *ops, fm_ops *reference, fm_error *error) {
    int status = FM_OK;
    for (int activation = FM_IDENTITY; !status && activation <= FM_ELU; activation++)
        for (int kind = FM_ADAM; !status && kind <= FM_RMSPROP; kind++) {
            fm_optimizer optimizer;
            fm_optimizer_init(&optimizer, (enum fm_optimizer_kind)kind);
            optimizer.momentum = kind == FM_SGD ? 0.9 : 0;
            status = fm_check_training(ops, reference, (enum fm_activation)activation, &optimizer,
                                       error);
        }
    return status;
}

int fm_check_all(fm_ops *ops, fm_error *error) {
    fm_ops *reference = NULL;
    int status = fm_check_answers(ops, 1, error);
    if (!status)
        status = fm_reference_create(&reference, error);
    if (!status)
        status = fm_check_parity(ops, reference, 1, 1, error);
    if (!status)
        status = check_trainings(ops, reference, error);
    fm_ops_free(reference);
    return status;
}

int fm_check_short(fm_ops *ops, enum fm_activation activation, fm_error *error) {
    fm_ops *reference = NULL;
    fm_optimizer optimizer;
    fm_optimizer_init(&optimizer, FM_ADAM);
    int status = fm_check_answers(ops, activation == FM_PRELU, error);
    if (!status)
        status = fm_reference_create(&reference, error);
    if (!status)
        status = fm_check_parity(ops, reference, 0, activation == FM_PRELU, error);
    if (!status)
        status = fm_check_training(ops, reference, activation, &optimizer, error);
    fm_ops_free(reference);
    return status;
}
