/* Does a device compute what it should? Drivers differ, and a training on a wrong one looks like
 * one that does not learn. */
#ifndef FMNIST_CL_DEVICE_CHECK_H
#define FMNIST_CL_DEVICE_CHECK_H

#include "fmnist_cl/activation.h"
#include "fmnist_cl/device.h"

/* Runs every operation with answers that are known, and with many sizes beside the plain C
 * reference; then trains small networks with every optimiser, which must follow the reference, and
 * end with the same bits when repeated. A few seconds. FM_E_WRONG names the operation, the sizes
 * and the error; FM_E_OPENCL and FM_E_MEMORY when the device cannot even compute. When it fails,
 * the cache folder (NULL: none) no longer holds that it, or any other device, passed the short form
 * below. */
int fm_device_check(fm_device *device, const char *cache, fm_error *error);

/* The short form before a training: a few small sizes, and PReLU's operations only where that is
 * the activation. A device that passed is remembered in the cache folder, by its platform, name,
 * driver, who computes its products, the choices that its kernels were built with, their text and
 * the program's version, and is then not computed on again; NULL remembers nothing. *remembered
 * says whether that was so. Errors as fm_device_check; a cache that cannot be read or written is
 * none. */
int fm_device_check_short(int *remembered, fm_device *device, enum fm_activation activation,
                          const char *cache, fm_error *error);

#endif
