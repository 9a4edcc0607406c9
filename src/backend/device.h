/* Inside the library: the operations of an open device. */
#ifndef FM_BACKEND_DEVICE_H
#define FM_BACKEND_DEVICE_H

#include "fmnist_cl/device.h"
#include "backend/ops.h"

/* Valid as long as the device. */
fm_ops *fm_device_ops(fm_device *device);

#endif
