/* Internal: the back end of an open device. */
#ifndef FM_BACKEND_DEVICE_H
#define FM_BACKEND_DEVICE_H

#include "backend/backend.h"
#include "fmnist_cl/device.h"

/* Valid as long as the device. */
fm_backend *fm_device_backend(fm_device *device);

#endif
