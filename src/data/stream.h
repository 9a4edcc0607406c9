/* A file as a stream of bytes: plain, or gzip inflated on the way, told apart by content. The file
 * is read once, front to back, and its SHA-256 taken while it passes. */
#ifndef FM_DATA_STREAM_H
#define FM_DATA_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

typedef struct fm_stream fm_stream;

/* path must stay as long as the stream. Close with fm_stream_close. FM_E_FILE, FM_E_MEMORY. */
int fm_stream_open(fm_stream **out, const char *path, fm_error *error);
void fm_stream_close(fm_stream *stream);

/* No more bytes than this come out of the file, whatever it says: of gzip no more than it can hold,
 * and, since a small file must not fill the memory, no more than pictures are ever compressed by.
 */
uint64_t fm_stream_limit(const fm_stream *stream);

/* The next size bytes, fewer only at the end; *got says how many. FM_E_FILE, FM_E_FORMAT (gzip data
 * that is broken, cut, or followed by something else), FM_E_MEMORY. */
int fm_stream_read(void *out, size_t *got, fm_stream *stream, size_t size, fm_error *error);

/* After a read that found the end: the SHA-256 of the bytes on disk, as lower-case hexadecimal. */
void fm_stream_sha256(char out[65], const fm_stream *stream);

#endif
