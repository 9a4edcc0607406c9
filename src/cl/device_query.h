/* What a device says about itself. A driver is foreign code: its answers are checked and cut. */
#ifndef FM_CL_DEVICE_QUERY_H
#define FM_CL_DEVICE_QUERY_H

#include <stdbool.h>

#include "cl/api.h"
#include "cl/warnings.h"
#include "fmnist_cl/device_list.h"

/* A device of the list. The texts of info are set once the entry has its place: see
 * fm_device_entry_link. */
typedef struct fm_device_entry {
    fm_device_info info;
    cl_platform_id platform; /* NULL for the reference */
    cl_device_id device;
    char platform_name[96];
    char name[160];
    char opencl_c[96];
    char driver[96];
} fm_device_entry;

/* Points the texts of entry->info into the entry itself. */
void fm_device_entry_link(fm_device_entry *entry);

/* The platform's name, "a platform without a name" when it does not tell. */
void fm_device_query_platform(char *out, size_t size, cl_platform_id platform);

/* Fills *out from the device, whose platform and platform_name are set, and says in *usable whether
 * we can compute on it; if not, and where an answer makes no sense, adds a warning. FM_E_MEMORY. */
int fm_device_query(fm_device_entry *out, bool *usable, cl_device_id device, fm_warnings *warnings,
                    fm_error *error);

#endif
