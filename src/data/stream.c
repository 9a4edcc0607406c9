#include "data/stream.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/input.h"
#include "base/memory.h"
#include "base/sha256.h"

enum {
    CHUNK = 256 * 1024,    /* few system calls, and the chunk stays in the L2 cache */
    GZIP_WINDOW = 15 + 16, /* zlib: the largest window, and a gzip header */
    GZIP_RATIO = 1032,     /* the highest compression of deflate: 258 bytes from 2 bits */
    PICTURES_RATIO = 100,  /* above what any image set reaches; Fashion-MNIST has 2 */
    SMALL = 48 << 20,      /* data that decompresses to this size or less needs no such limit */
};

struct fm_stream {
    fm_input input;
    int is_gzip;
    int is_inflating; /* inflater is initialized */
    int is_ended;     /* the gzip data is complete and nothing follows it */
    size_t filled;    /* bytes in the chunk */
    size_t next;      /* first unused byte of the chunk */
    z_stream inflater;
    struct sha256_ctx hash;    /* of the file on disk */
    struct sha256_ctx content; /* of gzip data, decompressed */
    unsigned char chunk[CHUNK];
};

static int refill(fm_stream *stream, fm_error *error) {
    stream->next = 0;
    int status = fm_input_read(stream->chunk, &stream->filled, &stream->input, CHUNK, error);
    if (status)
        stream->filled = 0;
    sha256_update(&stream->hash, stream->filled, stream->chunk);
    return status;
}

int fm_stream_open(fm_stream **out, const char *path, fm_error *error) {
    fm_stream *stream = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&stream, 1, sizeof *stream, path, error);
    if (status)
        return status;
    status = fm_input_open(&stream->input, path, error);
    if (status) {
        free(stream);
        return status;
    }
    sha256_init(&stream->hash);
    sha256_init(&stream->content);
    status = refill(stream, error);
    if (status)
        goto out;
    stream->is_gzip = stream->filled >= 2 && stream->chunk[0] == 0x1f && stream->chunk[1] == 0x8b;
    if (stream->is_gzip) {
        if (inflateInit2(&stream->inflater, GZIP_WINDOW) != Z_OK) {
            status = fm_error_set(error, FM_E_MEMORY, path, "no memory to decompress it");
            goto out;
        }
        stream->is_inflating = 1;
    }
    *out = stream;
    stream = NULL;
out:
    fm_stream_close(stream);
    return status;
}

void fm_stream_close(fm_stream *stream) {
    if (!stream)
        return;
    if (stream->is_inflating)
        inflateEnd(&stream->inflater);
    fm_input_close(&stream->input);
    free(stream);
}

uint64_t fm_stream_limit(const fm_stream *stream) {
    uint64_t size = stream->input.size;
    if (!stream->is_gzip)
        return size;
    if (size > UINT64_MAX / GZIP_RATIO)
        return UINT64_MAX;
    if (size * GZIP_RATIO <= SMALL)
        return size * GZIP_RATIO;
    return size * PICTURES_RATIO > SMALL ? size * PICTURES_RATIO : SMALL;
}

static int read_plain(void *out, size_t *got, fm_stream *stream, size_t size, fm_error *error) {
    while (*got < size) {
        if (stream->next == stream->filled) {
            int status = refill(stream, error);
            if (status)
                return status;
            if (stream->filled == 0)
                break;
        }
        size_t count = stream->filled - stream->next;
        if (count > size - *got)
            count = size - *got;
        memcpy((unsigned char *)out + *got, stream->chunk + stream->next, count);
        stream->next += count;
        *got += count;
    }
    return FM_OK;
}

/* At the end of a gzip member: starts the next one (gzip files may be concatenated), or notes the
 * end of the file. */
static int begin_member(fm_stream *stream, fm_error *error) {
    if (stream->next == stream->filled) {
        int status = refill(stream, error);
        if (status)
            return status;
    }
    if (stream->filled == 0) {
        stream->is_ended = 1;
        return FM_OK;
    }
    if (stream->chunk[stream->next] != 0x1f)
        return fm_error_set(error, FM_E_FORMAT, stream->input.path,
                            "is too long: other data follows the gzip data");
    inflateReset(&stream->inflater);
    return FM_OK;
}

/* Calls inflate once: from the chunk into size bytes at out. */
static int inflate_some(void *out, size_t *got, fm_stream *stream, size_t size, fm_error *error) {
    z_stream *inflater = &stream->inflater;
    uInt room = size > CHUNK ? CHUNK : (uInt)size;
    inflater->next_in = stream->chunk + stream->next;
    inflater->avail_in = (uInt)(stream->filled - stream->next);
    inflater->next_out = out;
    inflater->avail_out = room;
    int code = inflate(inflater, Z_NO_FLUSH);
    stream->next = stream->filled - inflater->avail_in;
    *got = room - inflater->avail_out;
    if (code == Z_STREAM_END)
        return begin_member(stream, error);
    if (code == Z_MEM_ERROR)
        return fm_error_set(error, FM_E_MEMORY, stream->input.path, "no memory to decompress it");
    if (code != Z_OK)
        return fm_error_set(error, FM_E_FORMAT, stream->input.path, "corrupt gzip data: %s",
                            inflater->msg ? inflater->msg : zError(code));
    return FM_OK;
}

static int read_gzip(void *out, size_t *got, fm_stream *stream, size_t size, fm_error *error) {
    while (*got < size && !stream->is_ended) {
        if (stream->next == stream->filled) {
            int status = refill(stream, error);
            if (status)
                return status;
            if (stream->filled == 0)
                return fm_error_set(error, FM_E_FORMAT, stream->input.path,
                                    "is truncated: the gzip data ends early");
        }
        size_t count = 0;
        int status = inflate_some((unsigned char *)out + *got, &count, stream, size - *got, error);
        *got += count;
        if (status)
            return status;
    }
    return FM_OK;
}

int fm_stream_read(void *out, size_t *got, fm_stream *stream, size_t size, fm_error *error) {
    *got = 0;
    if (!stream->is_gzip)
        return read_plain(out, got, stream, size, error);
    int status = read_gzip(out, got, stream, size, error);
    sha256_update(&stream->content, *got, out);
    return status;
}

void fm_stream_sha256(char file[65], char content[65], const fm_stream *stream) {
    fm_sha256_text(file, &stream->hash);
    fm_sha256_text(content, stream->is_gzip ? &stream->content : &stream->hash);
}
