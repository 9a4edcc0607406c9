/* fm_idx_load: valid files, every kind of invalid file, and every call that can fail. */
/* wrap: inflateInit2_ inflate */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "data/idx.h"
#include "support/check.h"
#include "support/idx_files.h"
#include "support/io_faults.h"
#include "support/temporary.h"
#include "support/wrap.h"

/* Which of the two functions finds no memory; 0: none. */
static enum { NONE, INIT, INFLATE } failing;

WRAP(int, inflateInit2_, z_streamp stream, int bits, const char *version, int size) {
    return failing == INIT ? Z_MEM_ERROR : __real_inflateInit2_(stream, bits, version, size);
}

WRAP(int, inflate, z_streamp stream, int flush) {
    return failing == INFLATE ? Z_MEM_ERROR : __real_inflate(stream, flush);
}

/* ---- Helpers ---- */

/* Writes the bytes to a file, frees them, and returns the path. */
static const char *written(void **state, idx_bytes file) {
    const char *path = temporary_path(*state, "file");
    temporary_write(path, file.bytes, file.size);
    free(file.bytes);
    return path;
}

static idx_bytes join(idx_bytes first, idx_bytes second) {
    idx_bytes both = {.bytes = malloc(first.size + second.size), .size = first.size + second.size};
    assert_non_null(both.bytes);
    memcpy(both.bytes, first.bytes, first.size);
    memcpy(both.bytes + first.size, second.bytes, second.size);
    free(first.bytes);
    free(second.bytes);
    return both;
}

static idx_bytes gzipped(idx_bytes plain) {
    idx_bytes packed = idx_gzip(plain);
    free(plain.bytes);
    return packed;
}

static idx_bytes part(idx_bytes whole, size_t first, size_t size) {
    idx_bytes piece = {.bytes = malloc(size + 1), .size = size};
    assert_non_null(piece.bytes);
    memcpy(piece.bytes, whole.bytes + first, size);
    return piece;
}

static idx_bytes changed(idx_bytes file, size_t at, unsigned char value) {
    file.bytes[at] = value;
    return file;
}

static void expect_failure(const char *path, enum fm_idx_kind kind, int status, const char *why) {
    fm_error error = {0};
    fm_idx idx = {.count = 1};
    assert_int_equal(fm_idx_load(&idx, path, kind, &error), status);
    assert_int_equal(error.status, status);
    assert_string_equal(error.what, path);
    CHECK_SAYS(error.why, why);
    assert_null(idx.values);
    assert_int_equal(idx.count, 0);
    assert_int_equal(fm_idx_load(&idx, path, kind, NULL), status);
}

static void refuse_images(void **state, idx_bytes file, const char *why) {
    expect_failure(written(state, file), FM_IDX_IMAGES, FM_E_FORMAT, why);
}

static void refuse_labels(void **state, idx_bytes file, const char *why) {
    expect_failure(written(state, file), FM_IDX_LABELS, FM_E_FORMAT, why);
}

static void expect_images(const char *path, size_t count) {
    fm_error error = {0};
    fm_idx idx;
    CHECK_OK(fm_idx_load(&idx, path, FM_IDX_IMAGES, &error), &error);
    assert_int_equal(idx.count, count);
    for (size_t i = 0; i < count * 784; i++)
        assert_int_equal(idx.values[i], i % 251);
    fm_idx_free(&idx);
    assert_null(idx.values);
}

/* ---- Valid files ---- */

static void test_plain_and_gzip(void **state) {
    /* 1000 images span several chunks of the stream; 1 image is less than one chunk. */
    static const uint32_t counts[] = {1, 3, 1000};
    for (size_t i = 0; i < 3; i++) {
        expect_images(written(state, idx_images(counts[i])), counts[i]);
        expect_images(written(state, gzipped(idx_images(counts[i]))), counts[i]);
    }
}

/* The sums are as sha256sum prints them. */
static void test_labels_and_sha256(void **state) {
    static const unsigned char plain[] = {0, 0, 8, 1, 0, 0, 0, 3, 0, 5, 9};
    /* The smallest gzip file of the same bytes: a stored (uncompressed) block. */
    static const unsigned char packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                           0x03, 0x01, 0x0b, 0x00, 0xf4, 0xff, 0x00, 0x00, 0x08,
                                           0x01, 0x00, 0x00, 0x00, 0x03, 0x00, 0x05, 0x09, 0x65,
                                           0xf0, 0xeb, 0x0a, 0x0b, 0x00, 0x00, 0x00};
    static const char *const sums[] = {
        "04de5ad72157505d1788ea4efc30dd3a467e098a59b48d3e338c6e712a679dcf",
        "70165bd3f96df989d303237e5397589f0c514057964f07a2ead61c576f1e8ac7"};
    const char *path = temporary_path(*state, "labels");
    for (int i = 0; i < 2; i++) {
        fm_idx idx;
        fm_error error = {0};
        temporary_write(path, i ? packed : plain, i ? sizeof packed : sizeof plain);
        CHECK_OK(fm_idx_load(&idx, path, FM_IDX_LABELS, &error), &error);
        assert_int_equal(idx.count, 3);
        assert_memory_equal(idx.values, plain + 8, 3);
        assert_string_equal(idx.sha256, sums[i]);
        assert_string_equal(idx.content_sha256, sums[0]);
        fm_idx_free(&idx);
    }
}

static void test_gzip_members(void **state) {
    idx_bytes whole = idx_images(500);
    for (size_t cut = 1; cut < whole.size; cut += 77777) {
        idx_bytes first = gzipped(part(whole, 0, cut));
        idx_bytes empty = gzipped(part(whole, 0, 0));
        idx_bytes second = gzipped(part(whole, cut, whole.size - cut));
        expect_images(written(state, join(first, join(empty, second))), 500);
    }
    free(whole.bytes);
}

static void test_short_reads(void **state) {
    io_faults_short(1);
    expect_images(written(state, idx_images(2)), 2);
    expect_images(written(state, gzipped(idx_images(2))), 2);
    io_faults_short(0);
}

/* ---- Invalid files ---- */

static void test_missing_and_folder(void **state) {
    expect_failure(temporary_path(*state, "none"), FM_IDX_IMAGES, FM_E_FILE, "No such file");
    expect_failure(*state, FM_IDX_IMAGES, FM_E_FILE, "is a folder");
    const char *pipe_path = temporary_path(*state, "pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    expect_failure(pipe_path, FM_IDX_IMAGES, FM_E_FILE, "not a regular file");
}

static void test_every_truncation(void **state) {
    idx_bytes images = idx_images(2), packed = idx_gzip(images);
    refuse_images(state, part(images, 0, 0), "is empty");
    for (size_t size = 1; size < images.size; size += size < 20 ? 1 : 97)
        refuse_images(state, part(images, 0, size), "is truncated");
    refuse_images(state, part(images, 0, images.size - 1), "is truncated");
    for (size_t size = 2; size < packed.size; size++)
        refuse_images(state, part(packed, 0, size), "is truncated: the gzip data");
    /* Valid gzip data with invalid content. */
    refuse_images(state, gzipped(part(images, 0, 0)), "is empty");
    refuse_images(state, gzipped(part(images, 0, 15)), "its header has 15 of 16 bytes");
    refuse_images(state, gzipped(part(images, 0, images.size - 1)), "it has 1567 of 1568 bytes");
    refuse_labels(state, part(images, 0, 3), "its header has 3 of 8 bytes");
    free(images.bytes);
    free(packed.bytes);
}

static void test_too_long(void **state) {
    static unsigned char rest[] = {0x1e, 0, 0x1f, 0x8b, 0};
    idx_bytes garbage = {.bytes = rest, .size = 2}, half_member = {.bytes = rest + 2, .size = 2};
    idx_bytes zero = {.bytes = rest + 1, .size = 1};
    refuse_images(state, join(idx_images(2), part(zero, 0, 1)), "is too long");
    refuse_images(state, gzipped(join(idx_images(2), part(zero, 0, 1))), "is too long");
    refuse_images(state, join(gzipped(idx_images(2)), part(garbage, 0, 2)), "follows the gzip");
    refuse_images(state, join(gzipped(idx_images(2)), part(zero, 0, 1)), "follows the gzip");
    refuse_images(state, join(gzipped(idx_images(2)), part(half_member, 0, 2)), "is truncated");
    refuse_images(state, join(gzipped(idx_images(2)), gzipped(idx_images(2))), "is too long");
}

static idx_bytes text(const char *characters) {
    idx_bytes file = {malloc(strlen(characters)), strlen(characters)};
    memcpy(file.bytes, characters, file.size);
    return file;
}

static void test_header(void **state) {
    refuse_images(state, idx_labels(900),
                  "is an IDX file of unsigned 8-bit integers in 1 dimension; images are unsigned "
                  "8-bit integers in 3 dimensions");
    refuse_labels(state, idx_images(1), "8-bit integers in 3 dimensions; labels are");
    refuse_images(state, changed(idx_images(1), 2, 0x0d), "of 32-bit floats in 3 dimensions");
    refuse_labels(state, changed(changed(idx_labels(1), 2, 0x0c), 3, 2),
                  "of 32-bit integers in 2 dimensions");
    /* Another type code, no dimensions, and what downloads bring instead of the file. */
    refuse_images(state, changed(idx_images(1), 2, 0x0a), "is not an IDX file of images: it is");
    refuse_images(state, changed(idx_images(1), 3, 0), "it is unknown data");
    refuse_images(state, text("404: Not Found"), "text that begins with \"404: Not Found\"");
    refuse_images(state, text("version https://git-lfs.github.com/spec/v1\noid"),
                  "begins with \"version https://git-lfs.github.com/spec/\"");
    refuse_images(state, text("<!DOCTYPE html><html><body>log in</body></html>"), "it is HTML");
    refuse_labels(state, gzipped(text("label,pixel1\n2,0\n")), "begins with \"label,pixel1\"");
    refuse_images(state, text("%PDF-1.4\n1 0 obj"), "it is PDF document");
    refuse_images(state, changed(idx_images(1), 7, 0), "has 0 images; expected 1");
    refuse_images(state, changed(idx_images(1), 4, 0xff), "4278190081 images");
    refuse_images(state, changed(idx_images(1), 11, 27), "27 x 28");
    refuse_images(state, changed(idx_images(1), 12, 0x80), "28 x 2147483676");
    refuse_labels(state, changed(idx_labels(1), 7, 0), "has 0 labels; expected 1");
    refuse_labels(state, changed(idx_labels(1), 4, 0x80), "2147483649 labels");
}

/* A small file must not cause a large allocation, not even an attempt. */
static void test_count_beyond_the_file(void **state) {
    const char *path = written(state, changed(idx_images(1), 5, 0x98)); /* 9,961,473 images */
    io_faults_arm(IO_CALLOC, 2); /* the first allocation is the stream */
    fm_idx idx;
    assert_int_equal(fm_idx_load(&idx, path, FM_IDX_IMAGES, NULL), FM_E_FORMAT);
    assert_false(io_faults_struck(IO_CALLOC));
    expect_failure(path, FM_IDX_IMAGES, FM_E_FORMAT,
                   "is truncated: 9961473 images take 7809794848");
    path = written(state, gzipped(changed(idx_images(1), 5, 0x98)));
    expect_failure(path, FM_IDX_IMAGES, FM_E_FORMAT,
                   "is truncated: 9961473 images take 7809794848");
}

static void test_labels_out_of_range(void **state) {
    refuse_labels(state, changed(idx_labels(30), 8 + 17, 10), "the label of image 17 is 10");
    refuse_labels(state, changed(idx_labels(30), 8, 255), "the label of image 0 is 255");
    refuse_labels(state, gzipped(changed(idx_labels(30), 8 + 29, 99)), "image 29 is 99");
}

static void test_corrupt_gzip(void **state) {
    idx_bytes packed = gzipped(idx_images(3));
    size_t size = packed.size;
    for (size_t back = 5; back <= 8; back++) /* the CRC */
        refuse_images(
            state,
            changed(part(packed, 0, size), size - back, (unsigned char)~packed.bytes[size - back]),
            "corrupt gzip data: incorrect data check");
    refuse_images(state,
                  changed(part(packed, 0, size), size - 4, (unsigned char)~packed.bytes[size - 4]),
                  "corrupt gzip data: incorrect length check");
    refuse_images(state, changed(part(packed, 0, size), 2, 7), "corrupt gzip data: unknown");
    refuse_images(state, changed(part(packed, 0, size), 10, 0xff), "corrupt gzip data: invalid");
    free(packed.bytes);
}

/* ---- System failures ---- */

static void test_every_call_fails(void **state) {
    static const enum io_call calls[] = {IO_READ, IO_CALLOC};
    for (size_t i = 0; i < 4; i++) {
        const enum io_call call = calls[i / 2];
        const char *path = written(state, i % 2 ? idx_images(1000) : gzipped(idx_images(1000)));
        for (int number = 1, failed = 1; failed; number++) {
            fm_idx idx;
            io_faults_arm(call, number);
            failed = io_faults_failed(call, fm_idx_load(&idx, path, FM_IDX_IMAGES, NULL));
            assert_true(failed ? !idx.values : number > 2);
            fm_idx_free(&idx);
        }
    }
    const char *path = written(state, gzipped(idx_images(1)));
    for (failing = INIT; failing <= INFLATE; failing++)
        expect_failure(path, FM_IDX_IMAGES, FM_E_MEMORY, "no memory to decompress it");
    failing = NONE;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_plain_and_gzip),
        TEST(test_labels_and_sha256),
        TEST(test_gzip_members),
        TEST(test_short_reads),
        TEST(test_missing_and_folder),
        TEST(test_every_truncation),
        TEST(test_too_long),
        TEST(test_header),
        TEST(test_count_beyond_the_file),
        TEST(test_labels_out_of_range),
        TEST(test_corrupt_gzip),
        TEST(test_every_call_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
