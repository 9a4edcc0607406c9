/* Reads a plain or gzip-compressed file (recognized by its content) as a stream of bytes, once from
 * start to end, and computes SHA-256 sums meanwhile. */
#ifndef FM_DATA_STREAM_H
#define FM_DATA_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

typedef struct fm_stream fm_stream;

/* path must outlive the stream. Close with fm_stream_close. FM_E_FILE, FM_E_MEMORY. */
int fm_stream_open(fm_stream **out, const char *path, fm_error *error);
void fm_stream_close(fm_stream *stream);

/* An upper bound of the number of bytes that the stream delivers. For large gzip files it assumes
 * a compression that image sets do not reach, but less than the format allows: so a malicious file
 * cannot fill the memory. */
uint64_t fm_stream_limit(const fm_stream *stream);

/* Reads the next size bytes, fewer only at the end; *got is the number read. FM_E_FILE, FM_E_FORMAT
 * (gzip data that is corrupt, truncated, or followed by other data), FM_E_MEMORY. */
int fm_stream_read(void *out, size_t *got, fm_stream *stream, size_t size, fm_error *error);

/* The SHA-256 of the file on disk, and of its bytes after decompression, in lower-case hexadecimal;
 * valid after a read that reached the end. */
void fm_stream_sha256(char file[65], char content[65], const fm_stream *stream);

#endif
