/* An opened device: its context and an in-order queue. */
#ifndef FM_CL_CONTEXT_H
#define FM_CL_CONTEXT_H

#include <stddef.h>

#include "cl/api.h"
#include "cl/profile.h"
#include "fmnist_cl/error.h"

enum { FM_CL_MARKS = 4 };

/* FM_CL_GROUP_ITEMS: work-group size of kernels that use no local memory. FM_CL_MIN_GROUP_ITEMS: a
 * device that does not support work-groups of this size runs kernels with a work-group size of 1.
 */
enum { FM_CL_GROUP_ITEMS = 64, FM_CL_MIN_GROUP_ITEMS = 256 };

/* Throttle: limits how far the host may run ahead of the device. Keeps a few OpenCL markers in the
 * queue. Each marker stores how many steps were queued before it; when the marker has completed,
 * these steps have finished. */
typedef struct fm_cl_pace {
    cl_event event[FM_CL_MARKS];
    size_t steps[FM_CL_MARKS];
    size_t first, count; /* the markers in use, as a ring buffer */
    size_t marked, done; /* numbers of steps */
    size_t launches;     /* launches since the last marker */
} fm_cl_pace;

typedef struct fm_cl_context {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    int shares_memory;      /* the device computes in host memory */
    int single_item_groups; /* launch with a work-group size of 1: on CPUs that report vectors
                             * (their drivers vectorize within a work-item), and on devices whose
                             * maximum work-group size is below FM_CL_MIN_GROUP_ITEMS. Other CPU
                             * drivers, such as llvmpipe, vectorize across the work-items of a
                             * group. */
    size_t compute_units;
    size_t vector_width; /* native vector width in floats; 1 if unknown */
    size_t group_items;  /* maximum work-group size */
    size_t local_bytes;  /* local memory of a work-group */
    size_t cache_bytes;  /* cache of one compute unit; 0 if unknown */
    fm_cl_pace pace;
    fm_cl_profile *profile; /* NULL: launches are not timed */
} fm_cl_context;

/* Free with fm_cl_context_free. FM_E_OPENCL or FM_E_MEMORY. */
int fm_cl_context_create(fm_cl_context **out, cl_device_id device, fm_error *error);
void fm_cl_context_free(fm_cl_context *context);

/* Times all later launches. Waits for those already queued. FM_E_OPENCL, FM_E_MEMORY. */
int fm_cl_context_profile(fm_cl_context *context, fm_error *error);

/* Call after queueing each step. Puts a marker into the queue when enough launches have been queued
 * since the last one, and blocks while too many markers are unfinished: the queue stays bounded,
 * and the device never runs out of work. *queued is the number of steps that may be unfinished. */
int fm_cl_context_mark(size_t *queued, fm_cl_context *context, fm_error *error);

/* Waits until all queued commands have completed. */
int fm_cl_context_finish(fm_cl_context *context, fm_error *error);

#endif
