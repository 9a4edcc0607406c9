/* Inside the library: the operations of an open device. */
#ifndef FM_OPS_DEVICE_H
#define FM_OPS_DEVICE_H

#include "fmnist_cl/device.h"
#include "ops/ops.h"

/* Valid as long as the device. */
fm_ops *fm_device_ops(fm_device *device);

#endif
