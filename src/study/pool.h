/* The devices that run trials. */
#ifndef FM_STUDY_POOL_H
#define FM_STUDY_POOL_H

#include "fmnist_cl/experiment.h"

/* Whether trials with these settings finish sooner if several run in parallel on sub-devices. */
int fm_pool_prefers_sub_devices(const fm_pool *pool, const fm_settings *setup);

/* Returns the whole device or its sub-devices in devices[*count]; each may be used by one thread.
 * Opens them on the first call. A device that cannot be partitioned is returned as a whole.
 * FM_E_OPENCL, FM_E_MEMORY, FM_E_ARGUMENT. */
int fm_pool_devices(fm_device *const **devices, size_t *count, fm_pool *pool, int sub_devices,
                    fm_error *error);

#endif
