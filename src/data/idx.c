#include "data/idx.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/file_kind.h"
#include "base/memory.h"
#include "data/stream.h"
#include "fmnist_cl/dataset.h"

typedef struct idx_layout {
    const char *things;
    uint32_t magic;     /* 0x08 means unsigned bytes; the last byte is the number of dimensions */
    size_t header_size; /* the magic number and the dimensions, 4 bytes each */
    size_t item_size;
} idx_layout;

static const idx_layout layouts[] = {
    [FM_IDX_IMAGES] = {"images", 0x00000803, 16, FM_PIXELS},
    [FM_IDX_LABELS] = {"labels", 0x00000801, 8, 1},
};

static uint32_t big_endian(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* "unsigned 8-bit integers in 3 dimensions": what an IDX file with this magic number holds; NULL if
 * no IDX file begins like this. */
static const char *content(char out[64], uint32_t magic) {
    static const char *const types[] = {
        [0x08] = "unsigned 8-bit integers", [0x09] = "signed 8-bit integers",
        [0x0b] = "16-bit integers",         [0x0c] = "32-bit integers",
        [0x0d] = "32-bit floats",           [0x0e] = "64-bit floats"};
    const uint32_t type = magic >> 8, dimensions = magic & 0xff;
    if (type >= FM_COUNT(types) || !types[type] || !dimensions)
        return NULL;
    snprintf(out, 64, "%s in %" PRIu32 " dimension%s", types[type], dimensions,
             dimensions > 1 ? "s" : "");
    return out;
}

/* The header, of which size bytes are read, is not that of an IDX file with this layout. */
static int say_other_kind(fm_stream *stream, const unsigned char *header, size_t size,
                          const char *path, const idx_layout *layout, fm_error *error) {
    char found[64], wanted[64], kind[FM_FILE_KIND_TEXT];
    unsigned char begin[512];
    size_t more = 0;
    if (content(found, big_endian(header)))
        return fm_error_set(error, FM_E_FORMAT, path, "is an IDX file of %s; %s are %s", found,
                            layout->things, content(wanted, layout->magic));
    memcpy(begin, header, size);
    fm_stream_read(begin + size, &more, stream, sizeof begin - size, NULL);
    fm_file_kind(kind, begin, size + more);
    return fm_error_set(error, FM_E_FORMAT, path, "is not an IDX file of %s: it is %s",
                        layout->things, kind);
}

/* Reads and checks the header; stores the number of items in *count. */
static int read_header(size_t *count, fm_stream *stream, const char *path, const idx_layout *layout,
                       fm_error *error) {
    unsigned char header[16];
    size_t got = 0;
    int status = fm_stream_read(header, &got, stream, layout->header_size, error);
    if (status)
        return status;
    if (got == 0)
        return fm_error_set(error, FM_E_FORMAT, path, "is empty");
    if (got >= 4 && big_endian(header) != layout->magic)
        return say_other_kind(stream, header, got, path, layout, error);
    if (got < layout->header_size)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "is truncated: its header has %zu of %zu bytes", got,
                            layout->header_size);
    uint32_t items = big_endian(header + 4);
    if (items < 1 || items > FM_IDX_MAX_COUNT)
        return fm_error_set(error, FM_E_FORMAT, path, "has %" PRIu32 " %s; expected 1 to %d", items,
                            layout->things, FM_IDX_MAX_COUNT);
    if (layout->header_size == 16) {
        uint32_t rows = big_endian(header + 8), cols = big_endian(header + 12);
        if (rows != FM_IMAGE_SIDE || cols != FM_IMAGE_SIDE)
            return fm_error_set(error, FM_E_FORMAT, path,
                                "its images have %" PRIu32 " x %" PRIu32
                                " pixels; expected %d x %d",
                                rows, cols, FM_IMAGE_SIDE, FM_IMAGE_SIDE);
    }
    *count = items;
    return FM_OK;
}

/* Reads the items; fails unless the file holds exactly the promised number. */
static int read_items(fm_idx *idx, fm_stream *stream, const char *path, const idx_layout *layout,
                      fm_error *error) {
    uint64_t size = (uint64_t)idx->count * layout->item_size;
    uint64_t limit = fm_stream_limit(stream);
    if (layout->header_size + size > limit)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "is truncated: %zu %s take %" PRIu64
                            " bytes, but it holds at most %" PRIu64,
                            idx->count, layout->things, layout->header_size + size, limit);
    int status = fm_memory_allocate(&idx->values, idx->count, layout->item_size, path, error);
    size_t got = 0;
    if (!status)
        status = fm_stream_read(idx->values, &got, stream, (size_t)size, error);
    if (status)
        return status;
    if (got < size)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "is truncated: it has %zu of %" PRIu64 " bytes for its %zu %s", got,
                            size, idx->count, layout->things);
    unsigned char beyond;
    status = fm_stream_read(&beyond, &got, stream, 1, error);
    if (!status && got)
        status = fm_error_set(error, FM_E_FORMAT, path, "is too long: more data follows its %zu %s",
                              idx->count, layout->things);
    return status;
}

static int check_labels(const fm_idx *idx, const char *path, fm_error *error) {
    for (size_t i = 0; i < idx->count; i++)
        if (idx->values[i] >= FM_CLASSES)
            return fm_error_set(error, FM_E_FORMAT, path,
                                "the label of image %zu is %d; expected 0 to %d", i, idx->values[i],
                                FM_CLASSES - 1);
    return FM_OK;
}

int fm_idx_load(fm_idx *out, const char *path, enum fm_idx_kind kind, fm_error *error) {
    const idx_layout *layout = &layouts[kind];
    fm_stream *stream = NULL;
    *out = (fm_idx){0};
    int status = fm_stream_open(&stream, path, error);
    if (!status)
        status = read_header(&out->count, stream, path, layout, error);
    if (!status)
        status = read_items(out, stream, path, layout, error);
    if (!status && kind == FM_IDX_LABELS)
        status = check_labels(out, path, error);
    if (!status)
        fm_stream_sha256(out->sha256, out->content_sha256, stream);
    fm_stream_close(stream);
    if (status)
        fm_idx_free(out);
    return status;
}

void fm_idx_free(fm_idx *idx) {
    free(idx->values);
    *idx = (fm_idx){0};
}
