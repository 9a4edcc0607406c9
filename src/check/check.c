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

static int check(fm_backend *backend, int thorough, enum fm_activation activation,
                 fm_error *error) {
    const int with_prelu = thorough || activation == FM_PRELU;
    fm_backend *reference = NULL;
    fm_optimizer adam;
    fm_optimizer_init(&adam, FM_ADAM);
    int status = fm_check_answers(backend, with_prelu, error);
    if (!status)
        status = fm_reference_create(&reference, error);
    if (!status)
        status = fm_check_parity(backend, reference, thorough, with_prelu, error);
    if (!status && thorough)
        status = check_trainings(backend, reference, error);
    else if (!status)
        status = fm_check_training(backend, reference, activation, &adam, error);
    fm_backend_free(reference);
    return status;
}

int fm_check_all(fm_backend *backend, fm_error *error) {
    return check(backend, 1, FM_IDENTITY, error);
}

int fm_check_short(fm_backend *backend, enum fm_activation activation, fm_error *error) {
    return check(backend, 0, activation, error);
}
