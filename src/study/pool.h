/* The devices that trials run on. */
#ifndef FM_STUDY_POOL_H
#define FM_STUDY_POOL_H

#include "fmnist_cl/experiment.h"

/* Whether trials of these settings finish sooner several at once. */
int fm_pool_prefers_sub_devices(const fm_pool *pool, const fm_settings *setup);

/* The whole device, or its sub-devices if `divided`: devices[*count], each for one thread. Opened
 * on the first call; an indivisible device stays whole. FM_E_OPENCL, FM_E_MEMORY, FM_E_ARGUMENT. */
int fm_pool_devices(fm_device *const **devices, size_t *count, fm_pool *pool, int divided,
                    fm_error *error);

#endif
