/* The whole check, on any operations. */
#ifndef FM_CHECK_CHECK_H
#define FM_CHECK_CHECK_H

#include "ops/ops.h"

/* As fm_device_check. */
int fm_check_all(fm_ops *ops, fm_error *error);
/* As fm_device_check_short. */
int fm_check_short(fm_ops *ops, enum fm_activation activation, fm_error *error);

#endif
