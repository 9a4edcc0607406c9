/* Checks that a device computes correctly. Some drivers compute wrong results, and then training
 * looks like a network that does not learn. */
#ifndef FMNIST_CL_DEVICE_CHECK_H
#define FMNIST_CL_DEVICE_CHECK_H

#include "fmnist_cl/activation.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/device.h"

FM_BEGIN_DECLS

/* The full check, which takes a few seconds. Runs every operation on known answers, and compares it
 * with the plain C reference for many sizes. Then trains small networks with every optimizer: they
 * must follow the reference, and a repeated training must give the same bits. FM_E_WRONG names the
 * operation, the sizes and the error; FM_E_OPENCL or FM_E_MEMORY if the device cannot compute at
 * all. A failure deletes the records of all devices from the cache folder (NULL: none). */
int fm_device_check(fm_device *device, const char *cache, fm_error *error);

/* The short check before a training: a few small sizes, and PReLU's operations only if the network
 * uses them. A device that passed is recorded in the cache folder (NULL: none). If there is a
 * record, the check is skipped, and *remembered is 1. A record is valid for the same platform,
 * device name, driver, matrix-product back end, tuning parameters, kernel sources and program
 * version. Errors as in fm_device_check. A cache that cannot be read or written is ignored. */
int fm_device_check_short(int *remembered, fm_device *device, enum fm_activation activation,
                          const char *cache, fm_error *error);

FM_END_DECLS

#endif
