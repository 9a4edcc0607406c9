/* A device made ready for work: its context and one in-order queue. */
#ifndef FM_CL_CONTEXT_H
#define FM_CL_CONTEXT_H

#include <stddef.h>

#include "cl/api.h"
#include "cl/profile.h"
#include "fmnist_cl/error.h"

enum { FM_CL_MARKS = 4 };

/* Work-items of a group that a kernel without local memory is launched with, and those that a
 * device must take where groups are used. */
enum { FM_CL_GROUP_ITEMS = 64, FM_CL_LEAST_GROUP = 256 };

/* How far the device has come: a few markers in the queue, each with the number of steps that had
 * been marked when it was put there. */
typedef struct fm_cl_pace {
    cl_event event[FM_CL_MARKS];
    size_t steps[FM_CL_MARKS];
    size_t first, count; /* the markers in use: a ring */
    size_t marked, done; /* steps */
    size_t launches;     /* since the last marker */
} fm_cl_pace;

typedef struct fm_cl_context {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    int shares_memory; /* the device computes in the host's memory */
    int lone_items;    /* a work-item is to be alone in its group: on a CPU with vectors of its
                        * own, and where groups of FM_CL_LEAST_GROUP do not go. A CPU's driver that
                        * has no vectors makes them of work-items, as llvmpipe does. */
    size_t compute_units;
    size_t vector_width; /* floats of the device's own vectors; 1 when it does not say */
    size_t group_items;  /* that a group may have */
    size_t local_bytes;  /* of local memory for a group */
    size_t cache_bytes;  /* of the cache nearest to a compute unit that it tells of, or 0 */
    fm_cl_pace pace;
    fm_cl_profile *profile; /* NULL: launches are not timed */
} fm_cl_context;

/* Free with fm_cl_context_free. FM_E_OPENCL or FM_E_MEMORY. */
int fm_cl_context_create(fm_cl_context **out, cl_device_id device, fm_error *error);
void fm_cl_context_free(fm_cl_context *context);

/* Has the launches from now on timed. Waits for those before. FM_E_OPENCL, FM_E_MEMORY. */
int fm_cl_context_profile(fm_cl_context *context, fm_error *error);

/* Marks the end of a step. Once some hundred launches are in the queue it waits for the oldest of
 * them, so that the queue's memory stays bounded while the device never runs dry. Writes how many
 * marked steps may still be unfinished. */
int fm_cl_context_mark(size_t *queued, fm_cl_context *context, fm_error *error);

/* Waits until everything queued is done. */
int fm_cl_context_finish(fm_cl_context *context, fm_error *error);

#endif
