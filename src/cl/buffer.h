/* Device memory. */
#ifndef FM_CL_BUFFER_H
#define FM_CL_BUFFER_H

#include <stddef.h>

#include "cl/context.h"

/* bytes of zeros. Release with fm_cl_buffer_free. FM_E_OPENCL. */
int fm_cl_buffer_create(cl_mem *out, const fm_cl_context *context, size_t bytes, fm_error *error);

/* A copy of the host's memory, or that memory itself where the device shares it: it must stay as
 * long as the buffer, and neither side may write to it. */
int fm_cl_buffer_wrap(cl_mem *out, const fm_cl_context *context, const void *host, size_t bytes,
                      fm_error *error);
void fm_cl_buffer_free(cl_mem buffer);

/* The first bytes of one into another; does not wait. */
int fm_cl_buffer_copy(cl_mem to, cl_mem from, const fm_cl_context *context, size_t bytes,
                      fm_error *error);

/* Both wait, for all that was queued before them too. */
int fm_cl_buffer_write(cl_mem buffer, const fm_cl_context *context, const void *host, size_t offset,
                       size_t bytes, fm_error *error);
int fm_cl_buffer_read(void *host, cl_mem buffer, const fm_cl_context *context, size_t offset,
                      size_t bytes, fm_error *error);

#endif
