#include "support/idx_files.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "support/check.h"
#include "support/temporary.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE };

static void put(unsigned char *out, uint32_t value) {
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> (24 - 8 * i));
}

static idx_bytes allocate(size_t size) {
    idx_bytes made = {.bytes = calloc(size, 1), .size = size};
    assert_non_null(made.bytes);
    return made;
}

idx_bytes idx_images(uint32_t count) {
    idx_bytes made = allocate(16 + (size_t)count * PIXELS);
    put(made.bytes, 0x803);
    put(made.bytes + 4, count);
    put(made.bytes + 8, SIDE);
    put(made.bytes + 12, SIDE);
    for (size_t i = 0; i < (size_t)count * PIXELS; i++)
        made.bytes[16 + i] = (unsigned char)(i % 251);
    return made;
}

idx_bytes idx_labels(uint32_t count) {
    idx_bytes made = allocate(8 + (size_t)count);
    put(made.bytes, 0x801);
    put(made.bytes + 4, count);
    for (size_t i = 0; i < count; i++)
        made.bytes[8 + i] = (unsigned char)(i % 10);
    return made;
}

idx_bytes idx_gzip(idx_bytes plain) {
    z_stream deflater = {0};
    idx_bytes made = allocate(plain.size + plain.size / 100 + 100);
    assert_int_equal(deflateInit2(&deflater, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    deflater.next_in = plain.bytes;
    deflater.avail_in = (uInt)plain.size;
    deflater.next_out = made.bytes;
    deflater.avail_out = (uInt)made.size;
    assert_int_equal(deflate(&deflater, Z_FINISH), Z_STREAM_END);
    made.size = deflater.total_out;
    deflateEnd(&deflater);
    return made;
}

static void write_one(const char *folder, const char *stem, idx_bytes plain, int gzip) {
    char name[64];
    strcpy(name, stem);
    idx_bytes packed = {0};
    if (gzip) {
        packed = idx_gzip(plain);
        strcat(name, ".gz");
    }
    idx_bytes *written = gzip ? &packed : &plain;
    temporary_write(temporary_path(folder, name), written->bytes, written->size);
    free(packed.bytes);
    free(plain.bytes);
}

void idx_write_dataset(const char *folder, uint32_t train_count, uint32_t test_count, int gzip) {
    write_one(folder, "train-images-idx3-ubyte", idx_images(train_count), gzip);
    write_one(folder, "train-labels-idx1-ubyte", idx_labels(train_count), gzip);
    write_one(folder, "t10k-images-idx3-ubyte", idx_images(test_count), gzip);
    write_one(folder, "t10k-labels-idx1-ubyte", idx_labels(test_count), gzip);
}

static idx_bytes learnable_images(uint32_t count) {
    idx_bytes made = idx_images(count);
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < PIXELS; p++) {
            const size_t shown = i % 7 ? i % 10 : (i + 3) % 10;
            unsigned char *pixel = &made.bytes[16 + i * PIXELS + p];
            *pixel = p * 10 / PIXELS == shown ? 255 : *pixel / 8;
        }
    return made;
}

void idx_write_learnable(const char *folder, uint32_t train_count, uint32_t test_count) {
    write_one(folder, "train-images-idx3-ubyte", learnable_images(train_count), 0);
    write_one(folder, "train-labels-idx1-ubyte", idx_labels(train_count), 0);
    write_one(folder, "t10k-images-idx3-ubyte", learnable_images(test_count), 0);
    write_one(folder, "t10k-labels-idx1-ubyte", idx_labels(test_count), 0);
}
