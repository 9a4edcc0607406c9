#include "study/pool.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "study/cost.h"

struct fm_pool {
    const fm_device_list *list;
    const fm_device_info *info;
    enum fm_gemm gemm;
    size_t count; /* sub-devices to divide it into; 1: it stays whole */
    fm_device *whole;
    fm_device *sub_device[FM_MAX_SUB_DEVICES];
    size_t opened;                                                /* sub-devices */
    int (*watch)(void *user, fm_device *device, fm_error *error); /* or NULL */
    void *user;
};

/* A compute unit each; of the reference, which computes in its caller's thread, one for each of the
 * host's processors. */
static size_t sub_devices_of(const fm_device_info *info) {
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
        return fm_error_set(error, FM_E_DEVICE, "device", "there is no number %d", number);
    int status = fm_memory_allocate(&pool, 1, sizeof *pool, "the devices", error);
    if (status)
        return status;
    pool->list = list;
    pool->info = info;
    pool->gemm = gemm;
    pool->count = sub_devices_of(info);
    *out = pool;
    return FM_OK;
}

void fm_pool_watch(fm_pool *pool, int (*opened)(void *user, fm_device *device, fm_error *error),
                   void *user) {
    pool->watch = opened;
    pool->user = user;
}

static int show(const fm_pool *pool, fm_device *device, fm_error *error) {
    return pool->watch ? pool->watch(pool->user, device, error) : FM_OK;
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
    /* Two trainings, each on one of 2 cores (AMD EPYC, PoCL 3.1) against one after the other on
     * both, seconds in all, the least of 4: batch 1 of 256,256 0.83 against 1.03 (1500 steps each);
     * batch 8 1.61 against 1.68; from there on it is not worth the risk of a core that is idle at
     * the end: batch 1 of 1024 3.84 against 3.34, batch 32 of 256,256 3.86 against 2.91, batch 128
     * 4.14 against 3.84. What is won is waiting for the other core, twice a step. */
    const double whole_step_flops = 4e6;
    if (pool->count < 2)
        return 0;
    return pool->info->type == FM_DEVICE_REFERENCE || fm_cost_step_flops(setup) < whole_step_flops;
}

static int open_sub_devices(fm_pool *pool, fm_error *error) {
    int status = FM_OK;
    while (!status && pool->opened < pool->count) {
        const fm_device_setup setup = {
            .gemm = pool->gemm, .sub_device = pool->opened, .sub_devices = pool->count};
        status = fm_device_open_as(&pool->sub_device[pool->opened], pool->list, pool->info->number,
                                   &setup, error);
        pool->opened += !status;
    }
    if (!status)
        status = show(pool, pool->sub_device[0], error);
    if (status)
        close_sub_devices(pool);
    return status;
}

static int open_whole(fm_pool *pool, fm_error *error) {
    if (pool->whole)
        return FM_OK;
    int status = fm_device_open(&pool->whole, pool->list, pool->info->number, pool->gemm, error);
    if (!status)
        status = show(pool, pool->whole, error);
    if (status) {
        fm_device_close(pool->whole);
        pool->whole = NULL;
    }
    return status;
}

int fm_pool_devices(fm_device *const **devices, size_t *count, fm_pool *pool, int divided,
                    fm_error *error) {
    fm_error refused;
    if (divided && pool->count > 1 && !pool->opened && open_sub_devices(pool, &refused)) {
        if (refused.status == FM_E_MEMORY) {
            if (error)
                *error = refused;
            return refused.status;
        }
        pool->count = 1; /* not to be asked again */
    }
    if (divided && pool->opened) {
        *devices = pool->sub_device;
        *count = pool->opened;
        return FM_OK;
    }
    *devices = &pool->whole;
    *count = 1;
    return open_whole(pool, error);
}
