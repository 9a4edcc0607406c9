/* Queries a device's properties. Drivers are not trusted: their answers are checked and truncated.
 */
#ifndef FM_CL_DEVICE_QUERY_H
#define FM_CL_DEVICE_QUERY_H

#include <stdbool.h>

#include "cl/api.h"
#include "cl/warnings.h"
#include "fmnist_cl/device_list.h"

/* An entry of the device list. info points into the entry itself: call fm_device_entry_link after
 * the entry has moved. */
typedef struct fm_device_entry {
    fm_device_info info;
    cl_device_id device; /* NULL for the reference */
    char platform_name[96];
    char name[160];
    char opencl_c[96];
    char driver[96];
} fm_device_entry;

/* Makes info's pointers point to this entry's texts. */
void fm_device_entry_link(fm_device_entry *entry);

/* The platform's name; "a platform without a name" if the query fails. */
void fm_device_query_platform(char *out, size_t size, cl_platform_id platform);

/* Fills *out, whose platform_name the caller has set, from the device. *usable says
 * whether the program can compute on it. Adds a warning if not, and for each invalid answer.
 * FM_E_MEMORY. */
int fm_device_query(fm_device_entry *out, bool *usable, cl_device_id device, fm_warnings *warnings,
                    fm_error *error);

#endif
