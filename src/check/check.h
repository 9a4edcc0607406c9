/* The device check, for any back end. */
#ifndef FM_CHECK_CHECK_H
#define FM_CHECK_CHECK_H

#include "backend/backend.h"

/* Like fm_device_check. */
int fm_check_all(fm_backend *backend, fm_error *error);
/* Like fm_device_check_short. */
int fm_check_short(fm_backend *backend, enum fm_activation activation, fm_error *error);

#endif
