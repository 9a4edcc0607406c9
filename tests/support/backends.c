#include "support/backends.h"

#include <stdint.h>
#include <stdlib.h>

#include "backend/choices.h"
#include "backend/cpu/cpu.h"
#include "backend/gpu/gpu.h"
#include "backend/reference/reference.h"
#include "cl/device_list.h"
#include "support/check.h"

enum { FOREIGN_PRODUCTS = 128 * 784 * 256 };

fm_backend *reference;
backend_under_test backends[MOST_BACKENDS + 1];
size_t backend_count;

fm_backend *backend_reference(void) {
    fm_error error = {0};
    fm_backend *backend = NULL;
    CHECK_OK(fm_reference_create(&backend, &error), &error);
    return backend;
}

void backend_prepare(fm_cl_context *context, enum backend_kind kind) {
    if (kind == BACKEND_GPU)
        context->single_item_groups = context->shares_memory = 0;
}

int backend_create(fm_backend **out, fm_cl_context *context, enum backend_kind kind,
                   const fm_choices *choices, fm_error *error) {
    fm_choices built_in;
    fm_choices_init(&built_in, context);
    choices = choices ? choices : &built_in;
    if (kind == BACKEND_CPU)
        return fm_cpu_create(out, context, choices, error);
    return fm_gpu_create(out, context, kind == BACKEND_GPU ? FM_GPU_TILE : FM_GPU_CLBLAST, choices,
                         error);
}

static cl_device_id find_device(void) {
    fm_error error = {0};
    fm_device_list *list = NULL;
    const fm_device_info *info = NULL;
    cl_device_id id = NULL;
    CHECK_OK(fm_device_list_create(&list, &error), &error);
    CHECK_OK(fm_device_list_choose(&info, list, getenv("FM_TEST_DEVICE"), &error), &error);
    CHECK_OK(fm_device_list_opencl(&id, list, info->number, &error), &error);
    fm_device_list_free(list);
    return id;
}

int backends_set_up(void **state) {
    static const char *const names[] = {"cpu", "gpu", "clblast"};
    cl_device_id id = find_device();
    (void)state;
    backend_count = 0;
    for (int kind = 0; kind < BACKEND_KINDS; kind++) {
        fm_error error = {0};
        backend_under_test *own = &backends[backend_count];
        *own = (backend_under_test){.name = names[kind], .most_products = SIZE_MAX};
        CHECK_OK(fm_cl_context_create(&own->context, id, &error), &error);
        backend_prepare(own->context, (enum backend_kind)kind);
        int status =
            backend_create(&own->backend, own->context, (enum backend_kind)kind, NULL, &error);
        if (status == FM_E_ARGUMENT) { /* CLBlast that was not built in */
            fm_cl_context_free(own->context);
            continue;
        }
        CHECK_OK(status, &error);
        if (kind == BACKEND_CPU && !own->context->single_item_groups)
            own->most_products = FOREIGN_PRODUCTS;
        backend_count++;
    }
    reference = backend_reference();
    backends[backend_count] =
        (backend_under_test){.name = "reference", .backend = reference, .most_products = SIZE_MAX};
    return 0;
}

int backends_tear_down(void **state) {
    (void)state;
    for (size_t i = 0; i <= backend_count; i++) {
        fm_backend_free(backends[i].backend);
        fm_cl_context_free(backends[i].context);
    }
    return 0;
}
