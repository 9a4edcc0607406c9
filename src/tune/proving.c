#include "tune/proving.h"

#include <string.h>

#include "check/check.h"
#include "check/parity.h"
#include "cl/device_list.h"
#include "ops/reference.h"
#include "tune/images.h"

/* IMAGES: of which batches are taken; some megabytes, as many as a cache does not hold.
 * CHECKED_ROWS: of a layer beside the reference, at most; more than are treated in any way of their
 * own. */
enum { IMAGES = 4096, STEPS = 4, CHECKED_ROWS = 1100 };

int fm_proving_open(fm_proving *out, const fm_device_list *list, int number,
                    const fm_architecture *architecture, size_t batch_size, fm_error *error) {
    cl_device_id id = NULL;
    *out = (fm_proving){.architecture = *architecture, .batch_size = batch_size};
    int status = fm_device_list_opencl(NULL, &id, list, number, error);
    if (!status)
        status = fm_cl_context_create(&out->context, id, error);
    if (!status)
        status = fm_reference_create(&out->reference, error);
    if (!status)
        status = fm_tune_images_create(&out->images, batch_size > IMAGES ? batch_size : IMAGES,
                                       architecture->inputs, error);
    if (!status)
        status = fm_weights_create(&out->actual, architecture, error);
    return status;
}

void fm_proving_close(fm_proving *proving) {
    fm_weights_free(proving->expected);
    fm_weights_free(proving->actual);
    fm_tune_images_free(&proving->images);
    fm_ops_free(proving->reference);
    fm_cl_context_free(proving->context);
}

/* Whether an earlier layer has the same sizes. */
static int is_repeated(const size_t *widths, size_t layer) {
    for (size_t i = 0; i < layer; i++)
        if (widths[i] == widths[layer] && widths[i + 1] == widths[layer + 1])
            return 1;
    return 0;
}

static int check_layers(const fm_proving *p, fm_ops *ops, fm_error *error) {
    const fm_architecture *a = &p->architecture;
    const size_t rows = p->batch_size < CHECKED_ROWS ? p->batch_size : CHECKED_ROWS;
    size_t widths[FM_MAX_HIDDEN + 2] = {a->inputs};
    int status = FM_OK;
    memcpy(widths + 1, a->hidden, a->hidden_count * sizeof *widths);
    widths[a->hidden_count + 1] = a->outputs;
    for (size_t l = 0; !status && l <= a->hidden_count; l++)
        if (!is_repeated(widths, l))
            status = fm_check_layer(ops, p->reference, rows, widths[l], widths[l + 1],
                                    l < a->hidden_count ? a->activation : FM_IDENTITY, error);
    return status;
}

/* The first steps, and what they end with. */
static int prove(fm_proving *p, fm_stepper *stepper, int same_bits, fm_error *error) {
    double seconds;
    int status = fm_stepper_run(&seconds, stepper, STEPS, error);
    if (status || !same_bits)
        return status;
    const size_t count = fm_architecture_parameter_count(&p->architecture);
    if (!p->expected) {
        status = fm_weights_create(&p->expected, &p->architecture, error);
        return status ? status : fm_stepper_read(p->expected, stepper, error);
    }
    status = fm_stepper_read(p->actual, stepper, error);
    if (!status && memcmp(fm_weights_values(p->actual), fm_weights_values(p->expected),
                          count * sizeof(float)) != 0)
        status = fm_error_set(error, FM_E_WRONG, "the device",
                              "ends a few steps with other bits than with the built-in choices");
    return status;
}

int fm_proving_enter(fm_stepper **out, fm_proving *p, enum fm_linear_kind kind,
                     const fm_choices *choices, fm_error *error) {
    fm_ops *ops = NULL;
    fm_stepper *stepper = NULL;
    *out = NULL;
    int status = fm_opencl_create(&ops, p->context, kind, choices, error);
    if (!status)
        status = fm_check_short(ops, p->architecture.activation, error);
    if (!status)
        status = check_layers(p, ops, error);
    if (status) {
        fm_ops_free(ops);
        return status;
    }
    status = fm_stepper_create(&stepper, ops, &p->architecture, p->batch_size, &p->images, error);
    if (!status)
        status = prove(p, stepper, kind != FM_LINEAR_CLBLAST, error);
    if (status)
        fm_stepper_free(stepper);
    else
        *out = stepper;
    return status;
}
