/* Buffers in device memory. */
#ifndef FM_CL_BUFFER_H
#define FM_CL_BUFFER_H

#include <stddef.h>

#include "cl/context.h"

/* A buffer of bytes, filled with zeros. Free with fm_cl_buffer_free. FM_E_OPENCL. */
int fm_cl_buffer_create(cl_mem *out, const fm_cl_context *context, size_t bytes, fm_error *error);

/* A read-only buffer with the host's data: a copy, or the host's memory itself if the device shares
 * it. The host memory must outlive the buffer, and neither side may write to it. */
int fm_cl_buffer_wrap(cl_mem *out, const fm_cl_context *context, const void *host, size_t bytes,
                      fm_error *error);
void fm_cl_buffer_free(cl_mem buffer);

/* Copies the first bytes of one buffer to another; does not wait. */
int fm_cl_buffer_copy(cl_mem to, cl_mem from, const fm_cl_context *context, size_t bytes,
                      fm_error *error);

/* Both block until the transfer and everything queued before it has finished. */
int fm_cl_buffer_write(cl_mem buffer, const fm_cl_context *context, const void *host, size_t offset,
                       size_t bytes, fm_error *error);
int fm_cl_buffer_read(void *host, cl_mem buffer, const fm_cl_context *context, size_t offset,
                      size_t bytes, fm_error *error);

#endif
