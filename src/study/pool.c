#include "study/pool.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "study/cost.h"

struct fm_pool {
    const fm_device_list *list;
    const fm_device_info *info;
    enum fm_gemm gemm;
    size_t sub_device_count; /* number of sub-devices; 1: the device is not partitioned */
    fm_device *whole;
    fm_device *sub_device[FM_MAX_SUB_DEVICES];
    size_t opened;                                                  /* sub-devices */
    int (*on_open)(void *user, fm_device *device, fm_error *error); /* or NULL */
    void *user;
};

/* One sub-device per compute unit. The reference computes in its caller's thread, so it has one per
 * processor of the host. */
static size_t count_sub_devices(const fm_device_info *info) {
    long units = 1;
    if (info->type == FM_DEVICE_REFERENCE)
        units = sysconf(_SC_NPROCESSORS_ONLN);
    else if (info->type == FM_DEVICE_CPU)
        units = (long)info->compute_units;
    return units < 1 ? 1 : units > FM_MAX_SUB_DEVICES ? FM_MAX_SUB_DEVICES : (size_t)units;
}

int fm_pool_create(fm_pool **out, const fm_device_list *list, int number, enum fm_gemm gemm,
                   fm_error *error) {
    fm_pool *pool;
    *out = NULL;
    const fm_device_info *info = number < 0 ? NULL : fm_device_list_get(list, (size_t)number);
    if (!info)
        return fm_error_set(error, FM_E_DEVICE, "device", "no device with number %d", number);
    int status = fm_memory_allocate(&pool, 1, sizeof *pool, "the devices", error);
    if (status)
        return status;
    pool->list = list;
    pool->info = info;
    pool->gemm = gemm;
    pool->sub_device_count = count_sub_devices(info);
    *out = pool;
    return FM_OK;
}

void fm_pool_on_open(fm_pool *pool, int (*opened)(void *user, fm_device *device, fm_error *error),
                     void *user) {
    pool->on_open = opened;
    pool->user = user;
}

static int notify(const fm_pool *pool, fm_device *device, fm_error *error) {
    return pool->on_open ? pool->on_open(pool->user, device, error) : FM_OK;
}

static void close_sub_devices(fm_pool *pool) {
    while (pool->opened > 0)
        fm_device_close(pool->sub_device[--pool->opened]);
}

void fm_pool_free(fm_pool *pool) {
    if (!pool)
        return;
    close_sub_devices(pool);
    fm_device_close(pool->whole);
    free(pool);
}

int fm_pool_prefers_sub_devices(const fm_pool *pool, const fm_settings *setup) {
    /* Measured on 2 cores (AMD EPYC, PoCL 3.1, 1500 steps): two trainings in parallel, one core
     * each, against one after the other on both cores; total seconds, minimum of 4 runs. 256,256:
     * batch 1 0.83 against 1.03, batch 8 1.61 against 1.68, batch 32 3.86 against 2.91, batch 128
     * 4.14 against 3.84. 1024: batch 1 3.84 against 3.34. Sub-devices save waiting for the other
     * core twice per step, but at the end a core may be idle. */
    const double whole_step_flops = 4e6;
    if (pool->sub_device_count < 2)
        return 0;
    return pool->info->type == FM_DEVICE_REFERENCE || fm_cost_step_flops(setup) < whole_step_flops;
}

static int open_sub_devices(fm_pool *pool, fm_error *error) {
    int status = FM_OK;
    while (!status && pool->opened < pool->sub_device_count) {
        const fm_device_setup setup = {
            .gemm = pool->gemm, .sub_device = pool->opened, .sub_devices = pool->sub_device_count};
        status = fm_device_open_as(&pool->sub_device[pool->opened], pool->list, pool->info->number,
                                   &setup, error);
        pool->opened += !status;
    }
    if (!status)
        status = notify(pool, pool->sub_device[0], error);
    if (status)
        close_sub_devices(pool);
    return status;
}

static int open_whole(fm_pool *pool, fm_error *error) {
    if (pool->whole)
        return FM_OK;
    int status = fm_device_open(&pool->whole, pool->list, pool->info->number, pool->gemm, error);
    if (!status)
        status = notify(pool, pool->whole, error);
    if (status) {
        fm_device_close(pool->whole);
        pool->whole = NULL;
    }
    return status;
}

int fm_pool_devices(fm_device *const **devices, size_t *count, fm_pool *pool, int sub_devices,
                    fm_error *error) {
    fm_error refused;
    if (sub_devices && pool->sub_device_count > 1 && !pool->opened &&
        open_sub_devices(pool, &refused)) {
        if (refused.status == FM_E_MEMORY) {
            if (error)
                *error = refused;
            return refused.status;
        }
        pool->sub_device_count = 1; /* do not try again */
    }
    if (sub_devices && pool->opened) {
        *devices = pool->sub_device;
        *count = pool->opened;
        return FM_OK;
    }
    *devices = &pool->whole;
    *count = 1;
    return open_whole(pool, error);
}
