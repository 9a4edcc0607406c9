#include "tune/candidate.h"

#include <string.h>

#include "backend/cpu/cpu.h"
#include "backend/gpu/gpu.h"
#include "backend/reference/reference.h"
#include "check/check.h"
#include "check/parity.h"
#include "cl/device_list.h"
#include "tune/images.h"

/* IMAGES: some megabytes, more than a cache holds. CHECKED_ROWS: maximum rows for the comparison of
 * a layer with the reference; no kernel treats larger batches differently. */
enum { IMAGES = 4096, STEPS = 4, CHECKED_ROWS = 1100 };

int fm_candidates_open(fm_candidates *out, const fm_device_list *list, int number,
                       const fm_architecture *architecture, size_t batch_size, fm_error *error) {
    cl_device_id id = NULL;
    *out = (fm_candidates){.architecture = *architecture, .batch_size = batch_size};
    int status = fm_device_list_opencl(&id, list, number, error);
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

void fm_candidates_close(fm_candidates *candidates) {
    fm_weights_free(candidates->expected);
    fm_weights_free(candidates->actual);
    fm_tune_images_free(&candidates->images);
    fm_backend_free(candidates->reference);
    fm_cl_context_free(candidates->context);
}

/* Whether an earlier layer has the same sizes. */
static int is_repeated(const size_t *widths, size_t layer) {
    for (size_t i = 0; i < layer; i++)
        if (widths[i] == widths[layer] && widths[i + 1] == widths[layer + 1])
            return 1;
    return 0;
}

static int check_layers(const fm_candidates *c, fm_backend *backend, fm_error *error) {
    const fm_architecture *a = &c->architecture;
    const size_t rows = c->batch_size < CHECKED_ROWS ? c->batch_size : CHECKED_ROWS;
    size_t widths[FM_MAX_HIDDEN + 2] = {a->inputs};
    int status = FM_OK;
    memcpy(widths + 1, a->hidden, a->hidden_count * sizeof *widths);
    widths[a->hidden_count + 1] = a->outputs;
    for (size_t l = 0; !status && l <= a->hidden_count; l++)
        if (!is_repeated(widths, l))
            status = fm_check_layer(backend, c->reference, rows, widths[l], widths[l + 1],
                                    l < a->hidden_count ? a->activation : FM_IDENTITY, error);
    return status;
}

/* Runs the first steps, and compares the resulting weights. */
static int take_steps(fm_candidates *c, fm_stepper *stepper, int same_bits, fm_error *error) {
    double seconds;
    int status = fm_stepper_run(&seconds, stepper, STEPS, error);
    if (status || !same_bits)
        return status;
    const size_t count = fm_architecture_parameter_count(&c->architecture);
    if (!c->expected) {
        status = fm_weights_create(&c->expected, &c->architecture, error);
        return status ? status : fm_stepper_read(c->expected, stepper, error);
    }
    status = fm_stepper_read(c->actual, stepper, error);
    if (!status && memcmp(fm_weights_values(c->actual), fm_weights_values(c->expected),
                          count * sizeof(float)) != 0)
        status = fm_error_set(
            error, FM_E_WRONG, "the device",
            "gives other bits after a few steps than with the default tuning parameters");
    return status;
}

enum fm_candidate_kind fm_candidates_native(const fm_candidates *candidates) {
    return candidates->context->single_item_groups ? FM_CANDIDATE_CPU : FM_CANDIDATE_GPU;
}

static int create_backend(fm_backend **out, fm_cl_context *context, enum fm_candidate_kind kind,
                          const fm_choices *choices, fm_error *error) {
    if (kind == FM_CANDIDATE_CPU)
        return fm_cpu_create(out, context, choices, error);
    return fm_gpu_create(out, context, kind == FM_CANDIDATE_GPU ? FM_GPU_TILE : FM_GPU_CLBLAST,
                         choices, error);
}

int fm_candidate_create(fm_stepper **out, fm_candidates *c, enum fm_candidate_kind kind,
                        const fm_choices *choices, fm_error *error) {
    fm_backend *backend = NULL;
    fm_stepper *stepper = NULL;
    *out = NULL;
    int status = create_backend(&backend, c->context, kind, choices, error);
    if (!status)
        status = fm_check_short(backend, c->architecture.activation, error);
    if (!status)
        status = check_layers(c, backend, error);
    if (status) {
        fm_backend_free(backend);
        return status;
    }
    status =
        fm_stepper_create(&stepper, backend, &c->architecture, c->batch_size, &c->images, error);
    if (!status)
        status = take_steps(c, stepper, kind != FM_CANDIDATE_CLBLAST, error);
    if (status)
        fm_stepper_free(stepper);
    else
        *out = stepper;
    return status;
}
