/* The whole check, on any back end. */
#ifndef FM_CHECK_CHECK_H
#define FM_CHECK_CHECK_H

#include "backend/backend.h"

/* As fm_device_check. */
int fm_check_all(fm_backend *backend, fm_error *error);
/* As fm_device_check_short. */
int fm_check_short(fm_backend *backend, enum fm_activation activation, fm_error *error);

#endif
