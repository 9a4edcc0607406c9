#include "support/implementations.h"

#include <stdint.h>
#include <stdlib.h>

#include "cl/context.h"
#include "cl/device_list.h"
#include "ops/opencl.h"
#include "ops/reference.h"
#include "support/check.h"

enum { FOREIGN_PRODUCTS = 128 * 784 * 256 };

static fm_cl_context *contexts[MOST_IMPLEMENTATIONS];
static fm_ops *opened[MOST_IMPLEMENTATIONS];
static size_t count;

fm_ops *implementation_reference(void) {
    fm_error error = {0};
    fm_ops *ops = NULL;
    CHECK_OK(fm_reference_create(&ops, &error), &error);
    return ops;
}

size_t implementations_open(implementation out[MOST_IMPLEMENTATIONS]) {
    static const struct {
        const char *name;
        enum fm_linear_kind kind;
    } kinds[] = {
        {"panel", FM_LINEAR_PANEL},
        {"tile", FM_LINEAR_TILE},
        {"clblast", FM_LINEAR_CLBLAST},
    };
    fm_error error = {0};
    fm_device_list *list = NULL;
    const fm_device_info *info = NULL;
    cl_device_id id = NULL;
    CHECK_OK(fm_device_list_create(&list, &error), &error);
    CHECK_OK(fm_device_list_choose(&info, list, getenv("FM_TEST_DEVICE"), &error), &error);
    CHECK_OK(fm_device_list_opencl(NULL, &id, list, info->number, &error), &error);
    fm_device_list_free(list);
    count = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        CHECK_OK(fm_cl_context_create(&contexts[count], id, &error), &error);
        if (kinds[i].kind == FM_LINEAR_TILE) {
            /* Launch GPU kernels with GPU settings on any device. */
            contexts[count]->lone_items = 0;
            contexts[count]->shares_memory = 0;
        }
        int status = fm_opencl_create(&opened[count], contexts[count], kinds[i].kind, NULL, &error);
        if (status == FM_E_ARGUMENT) { /* CLBlast is not built in */
            fm_cl_context_free(contexts[count]);
            continue;
        }
        CHECK_OK(status, &error);
        int is_foreign = kinds[i].kind == FM_LINEAR_PANEL && !contexts[count]->lone_items;
        out[count] = (implementation){kinds[i].name, opened[count],
                                      is_foreign ? FOREIGN_PRODUCTS : SIZE_MAX};
        count++;
    }
    return count;
}

void implementations_close(void) {
    for (; count; count--) {
        fm_ops_free(opened[count - 1]);
        fm_cl_context_free(contexts[count - 1]);
    }
}
