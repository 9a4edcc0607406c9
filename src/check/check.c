#include "check/check.h"

#include "backend/reference/reference.h"
#include "check/answers.h"
#include "check/parity.h"
#include "check/training.h"

static int check_trainings(fm_backend *backend, fm_backend *reference, fm_error *error) {
    int status = FM_OK;
    for (int activation = FM_IDENTITY; !status && activation <= FM_ELU; activation++)
        for (int kind = FM_ADAM; !status && kind <= FM_RMSPROP; kind++) {
            fm_optimizer optimizer;
            fm_optimizer_init(&optimizer, (enum fm_optimizer_kind)kind);
            optimizer.momentum = kind == FM_SGD ? 0.9 : 0;
            status = fm_check_training(backend, reference, (enum fm_activation)activation,
                                       &optimizer, error);
        }
    return status;
}

int fm_check_all(fm_backend *backend, fm_error *error) {
    fm_backend *reference = NULL;
    int status = fm_check_answers(backend, 1, error);
    if (!status)
        status = fm_reference_create(&reference, error);
    if (!status)
        status = fm_check_parity(backend, reference, 1, 1, error);
    if (!status)
        status = check_trainings(backend, reference, error);
    fm_backend_free(reference);
    return status;
}

int fm_check_short(fm_backend *backend, enum fm_activation activation, fm_error *error) {
    fm_backend *reference = NULL;
    fm_optimizer optimizer;
    fm_optimizer_init(&optimizer, FM_ADAM);
    int status = fm_check_answers(backend, activation == FM_PRELU, error);
    if (!status)
        status = fm_reference_create(&reference, error);
    if (!status)
        status = fm_check_parity(backend, reference, 0, activation == FM_PRELU, error);
    if (!status)
        status = fm_check_training(backend, reference, activation, &optimizer, error);
    fm_backend_free(reference);
    return status;
}
