/* safetensors: files read back unchanged, and damaged or foreign files are refused with a reason.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "io/safetensors.h"
#include "io/safetensors_write.h"
#include "support/check.h"
#include "support/io_faults.h"
#include "support/safetensors_bytes.h"
#include "support/temporary.h"

static const float six[] = {1, 2, 3, 4, 5, 6};
static const fm_tensor tensors[] = {
    {.name = "b", .rank = 2, .shape = {2, 2}, .count = 4, .values = six},
    {.name = "a", .rank = 0, .count = 1, .values = six + 4},
    {.name = "empty", .rank = 3, .shape = {7, 0, 2}, .count = 0, .values = six},
    {.name = "c", .rank = 1, .shape = {1}, .count = 1, .values = six + 5},
};
static const fm_metadata metadata[] = {{"format", "pt"}, {"note", "line\n\"two\" \xc3\xa9"}};

static const char *write_sample(void **state) {
    const char *path = temporary_path(*state, "sample");
    assert_int_equal(fm_safetensors_write(path, tensors, 4, metadata, 2, NULL), FM_OK);
    return path;
}

static void check_sample(const char *path) {
    fm_safetensors *file = NULL;
    fm_error error = {0};
    CHECK_OK(fm_safetensors_read(&file, path, &error), &error);
    assert_int_equal(fm_safetensors_count(file), 4);
    assert_null(fm_safetensors_get(file, 4));
    assert_null(fm_safetensors_find(file, "d"));
    assert_null(fm_safetensors_find(file, "__metadata__"));
    for (size_t i = 0; i < 4; i++) {
        const fm_tensor *tensor = fm_safetensors_find(file, tensors[i].name);
        assert_non_null(tensor);
        assert_int_equal(tensor->rank, tensors[i].rank);
        assert_int_equal(tensor->count, tensors[i].count);
        assert_memory_equal(tensor->shape, tensors[i].shape, sizeof tensor->shape);
        if (tensor->count)
            assert_memory_equal(tensor->values, tensors[i].values, tensor->count * sizeof(float));
    }
    assert_string_equal(fm_safetensors_metadata(file, "format"), "pt");
    assert_string_equal(fm_safetensors_metadata(file, "note"), metadata[1].value);
    assert_null(fm_safetensors_metadata(file, "none"));
    fm_safetensors_free(file);
    fm_safetensors_free(NULL);
}

static void test_round_trip(void **state) {
    const char *path = write_sample(state);
    check_sample(path);
    io_faults_short(1);
    check_sample(path);
    io_faults_short(0);
}

/* SHA-256 of "c", 0, 1 and 1 as 64 bits, 6.0, "format", 0, "pt", 0, computed with sha256sum. */
#define SUM_OF_C  "dfd20d2f55cc16cf63d2081feebca973defede7b2a7fe9dfe1f064ddfcef0692"
#define SUM_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SUMS(sum) "\"content-checksum\":\"sha256\",\"content-sha256\":\"" sum "\""

/* The exact bytes, because other programs read them. */
static void test_bytes(void **state) {
    static const char header[] = "{\"__metadata__\":{\"format\":\"pt\"," SUMS(
        SUM_OF_C) "},"
                  "\"c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    static const char bare[] = "{\"__metadata__\":{" SUMS(SUM_EMPTY) "}}";
    const char *path = temporary_path(*state, "bytes");
    assert_int_equal(fm_safetensors_write(path, tensors + 3, 1, metadata, 1, NULL), FM_OK);
    size_t size = 0, length = sizeof header - 1, padded = (length + 7) / 8 * 8;
    assert_true(padded > length); /* otherwise this would not test the padding */
    unsigned char *bytes = temporary_read(path, &size);
    assert_int_equal(size, 8 + padded + 4);
    assert_int_equal(bytes[0], padded);
    for (size_t i = 1; i < 8; i++)
        assert_int_equal(bytes[i], 0);
    assert_memory_equal(bytes + 8, header, length);
    for (size_t i = length; i < padded; i++)
        assert_int_equal(bytes[8 + i], ' ');
    assert_memory_equal(bytes + 8 + padded, "\0\0\xc0\x40", 4); /* 6.0, little endian */
    free(bytes);
    assert_int_equal(fm_safetensors_write(path, NULL, 0, NULL, 0, NULL), FM_OK);
    bytes = temporary_read(path, &size);
    assert_int_equal(size, 8 + (sizeof bare - 1 + 7) / 8 * 8);
    assert_memory_equal(bytes + 8, bare, sizeof bare - 1);
    free(bytes);
}

/* ---- Files of other programs ---- */

#define DOUBLES(name, shape, begin, end) TENSOR_OF("F64", name, shape, begin, end)

static void test_valid_foreign_files(void **state) {
    const char *path = temporary_path(*state, "foreign");
    static const struct {
        const char *header;
        size_t count;
    } cases[] = {
        {"{}", 0},
        {"{\"__metadata__\":{}}", 0},
        {"{\"__metadata__\":{\"any\":\"text\"}," TENSOR("a", "[2]", 0, 8) "}   ", 2},
        /* Tensors not in order of their offsets, an unknown key, no padding. */
        {"{" TENSOR("b", "[1,1]", 8, 12) ",\"a\":{\"data_offsets\":[0,8],\"shape\":[2],\"dtype\":"
                                         "\"F32\",\"note\":[1,{}]}}",
         3},
        {"{" TENSOR("a", "[0]", 4, 4) "," TENSOR("b", "[]", 0, 4) "," TENSOR("c", "[0]", 0, 0) "}",
         1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_safetensors *file = NULL;
        fm_error error = {0};
        safetensors_bytes_write(path, cases[i].header, cases[i].count);
        if (fm_safetensors_read(&file, path, &error))
            fail_msg("%s: %s", cases[i].header, error.why);
        float expected = 1.0f;
        for (size_t t = 0; t < fm_safetensors_count(file); t++)
            for (size_t v = 0; v < fm_safetensors_get(file, t)->count; v++)
                assert_true(fm_safetensors_get(file, t)->values[v] == expected++);
        assert_true(expected == (float)cases[i].count + 1.0f);
        fm_safetensors_free(file);
    }
}

static void expect_refusal(const char *path, const char *why) {
    fm_safetensors *file;
    fm_error error = {0};
    assert_int_equal(fm_safetensors_read(&file, path, &error), FM_E_FORMAT);
    assert_null(file);
    assert_string_equal(error.what, path);
    CHECK_SAYS(error.why, why);
}

static void refuse(void **state, const char *header, size_t count, const char *why) {
    const char *path = temporary_path(*state, "refused");
    safetensors_bytes_write(path, header, count);
    expect_refusal(path, why);
}

static void test_length(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        const char *why;
    } cases[] = {
        {"", 0, "is empty"},
        {"\x02\0\0\0\0\0\0", 7, "is not a safetensors file: it is"},
        {"\0\0\0\0\0\0\0\0", 8, "is not a safetensors file: it is"},
        {"\x03\0\0\0\0\0\0\0{}", 10, "a header of 3 bytes in a file of 10"},
        {"\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, "18446744073709551615 bytes exceeds"},
        {"\x41\x42\x0f\0\0\0\0\0{}", 10, "1000001 bytes exceeds"},
        {"\x40\x42\x0f\0\0\0\0\0{}", 10, "1000000 bytes in a file of 10"},
        {"\0\0\0\0\0\0\0\x80{}", 10, "9223372036854775808 bytes exceeds"},
        {"PK\x03\x04\x14\0\x08\x08{}", 10, "is not a safetensors file"}, /* torch.save */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = temporary_path(*state, "length");
        temporary_write(path, cases[i].bytes, cases[i].size);
        expect_refusal(path, cases[i].why);
    }
}

static void test_json(void **state) {
    refuse(state, " {}", 0, "is not a safetensors file: it is");
    refuse(state, "[]", 0, "is not a safetensors file: it is");
    refuse(state, "{", 0, "invalid JSON");
    refuse(state, "{} x", 0, "invalid JSON");
    refuse(state, "{\"a\":}", 0, "invalid JSON");
    refuse(state, "{\"\xff\":1}", 0, "invalid JSON");
    refuse(state, "{\"\\u0000\":1}", 0, "invalid JSON");
    refuse(state, "{" TENSOR("a", "[1]", 0, 4) "," TENSOR("a", "[1]", 0, 4) "}", 1, "duplicate");
    refuse(state, "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1]}}", 1, "duplicate");
    refuse(state, "{" TENSOR("a", "[99999999999999999999]", 0, 4) "}", 1, "too big integer");
    refuse(state, "{\"__metadata__\":[]}", 0, "metadata is not a JSON object");
    refuse(state, "{\"__metadata__\":{\"epoch\":3}}", 0, "metadata 'epoch' is not a string");
    char *deep = malloc(200001);
    assert_non_null(deep);
    memset(deep, '[', 200000);
    memcpy(deep, "{\"a\":", 5);
    deep[200000] = '\0';
    refuse(state, deep, 0, "maximum parsing depth");
    free(deep);
}

static void test_type(void **state) {
    static const char *const types[] = {"F6", "f32", "C64", ""};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char header[128], why[64];
        snprintf(header, sizeof header,
                 "{\"w\":{\"dtype\":\"%s\",\"shape\":[1],\"data_offsets\":[0,4]}}", types[i]);
        snprintf(why, sizeof why, "tensor 'w' has the unknown dtype '%s'", types[i]);
        refuse(state, header, 1, why);
    }
    refuse(state, "{\"w\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 1, "'w' has no dtype");
    refuse(state, "{\"w\":{\"dtype\":3,\"shape\":[1],\"data_offsets\":[0,4]}}", 1, "no dtype");
    refuse(state, "{\"w\":3}", 1, "'w' has no dtype");
}

static void test_shape(void **state) {
    refuse(state, "{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 1, "'w' has no shape");
    refuse(state, "{" TENSOR("w", "{}", 0, 4) "}", 1, "'w' has no shape");
    refuse(state, "{" TENSOR("w", "[-1]", 0, 4) "}", 1, "dimension 0 is not a valid size");
    refuse(state, "{" TENSOR("w", "[1,1.0]", 0, 4) "}", 1, "dimension 1 is not a valid size");
    refuse(state, "{" TENSOR("w", "[\"1\"]", 0, 4) "}", 1, "dimension 0 is not a valid size");
    refuse(state, "{" TENSOR("w", "[1,1,1,1,1,1,1,1,1]", 0, 4) "}", 1, "9 dimensions");
    refuse(state, "{" TENSOR("w", "[4294967296,4294967296]", 0, 0) "}", 0, "too large");
    refuse(state, "{" TENSOR("w", "[4611686018427387905]", 0, 4) "}", 1, "too large");
    refuse(state, "{" TENSOR("w", "[2]", 0, 4) "}", 1, "'w' has 4 bytes for 2 values");
    refuse(state, "{" TENSOR("w", "[1]", 0, 8) "}", 2, "'w' has 8 bytes for 1 values");
}

static void test_offsets(void **state) {
    static const char entry[] = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1]%s}}";
    static const char *const pairs[] = {
        "",
        ",\"data_offsets\":4",
        ",\"data_offsets\":[]",
        ",\"data_offsets\":[0]",
        ",\"data_offsets\":[0,4,8]",
        ",\"data_offsets\":[-4,0]",
        ",\"data_offsets\":[0,4.0]",
        ",\"data_offsets\":{\"0\":0,\"1\":4}",
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char header[128];
        snprintf(header, sizeof header, entry, pairs[i]);
        refuse(state, header, 1, "'w': data_offsets must be two byte offsets");
    }
    refuse(state, "{" TENSOR("w", "[1]", 4, 0) "}", 1, "bytes 4 to 0 of 4");
    refuse(state, "{" TENSOR("w", "[1]", 4, 8) "}", 1, "bytes 4 to 8 of 4");
    refuse(state, "{" TENSOR("w", "[2]", 0, 8) "}", 1, "bytes 0 to 8 of 4: is the file truncated?");
    refuse(state, "{" TENSOR("w", "[1]", 9223372036854775803, 9223372036854775807) "}", 1,
           "9223372036854775807 of 4");
    refuse(state, "{" TENSOR("w", "[1]", 2, 6) "}", 2, "byte 2, which is not aligned");
    refuse(state, "{" TENSOR("a", "[2]", 0, 8) "," TENSOR("b", "[2]", 4, 12) "}", 3,
           "'b' overlaps");
    refuse(state, "{" TENSOR("a", "[1]", 0, 4) "," TENSOR("b", "[1]", 0, 4) "}", 1, "overlaps");
    refuse(state, "{" TENSOR("a", "[1]", 4, 8) "}", 2, "a gap before tensor 'a'");
    refuse(state, "{" TENSOR("a", "[1]", 0, 4) "," TENSOR("b", "[1]", 8, 12) "}", 3,
           "a gap before tensor 'b'");
    refuse(state, "{" TENSOR("a", "[1]", 0, 4) "}", 2, "is too long: 4 bytes follow");
    refuse(state, "{}", 1, "is too long: 4 bytes follow");
}

static void test_every_truncation_and_every_flipped_bit(void **state) {
    size_t size = 0;
    unsigned char *bytes = temporary_read(write_sample(state), &size);
    const char *path = temporary_path(*state, "damaged");
    for (size_t cut = 0; cut < size; cut++) {
        fm_safetensors *file = NULL;
        temporary_write(path, bytes, cut);
        assert_int_equal(fm_safetensors_read(&file, path, NULL), FM_E_FORMAT);
    }
    for (size_t bit = 0; bit < 8 * size; bit++) {
        fm_safetensors *file = NULL;
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        temporary_write(path, bytes, size);
        int status = fm_safetensors_read(&file, path, NULL);
        if (status != FM_E_FORMAT)
            fail_msg("bit %zu of byte %zu: %d", bit % 8, bit / 8, status);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    free(bytes);
}

/* The checksum does not depend on the order of tensors; changed content is detected. */
static void test_checksum(void **state) {
#define KEPT(sum)                                                                                  \
    "{\"c\":{\"shape\":[1],\"data_offsets\":[0,4],\"dtype\":\"F32\"},\"__metadata__\":{" sum       \
    ",\"format\":\"pt\"}}"
    static const float right = 6, wrong = 7;
    const char *path = temporary_path(*state, "kept");
    fm_safetensors *file = NULL;
    fm_error error = {0};
    safetensors_bytes_write_values(path, KEPT(SUMS(SUM_OF_C)), &right, 1);
    assert_int_equal(fm_safetensors_read(&file, path, NULL), FM_OK);
    fm_safetensors_free(file);
    safetensors_bytes_write_values(path, KEPT(SUMS(SUM_OF_C)), &wrong, 1);
    expect_refusal(path, "does not match its checksum");
    assert_int_equal(fm_safetensors_read(&file, path, &error), FM_E_FORMAT);
    CHECK_SAYS(error.hint, "content-sha256");
    safetensors_bytes_write_values(path, KEPT("\"content-checksum\":\"sha256\""), &right, 1);
    expect_refusal(path, "does not match its checksum");
    safetensors_bytes_write_values(path, KEPT("\"content-sha256\":\"" SUM_OF_C "\""), &right, 1);
    expect_refusal(path, "does not match its checksum");
    safetensors_bytes_write_values(path, KEPT("\"sum\":\"none\""), &right, 1);
    assert_int_equal(fm_safetensors_read(&file, path, NULL), FM_OK);
    fm_safetensors_free(file);
}

/* Doubles after floats, as other programs may write them. */
static void test_doubles(void **state) {
    static const double two[] = {1.0 / 3, -0x1p-1074};
    const fm_tensor both[] = {{.name = "d",
                               .type = FM_TENSOR_F64,
                               .rank = 2,
                               .shape = {1, 2},
                               .count = 2,
                               .doubles = two},
                              tensors[3]};
    const char *path = temporary_path(*state, "doubles");
    fm_safetensors *file = NULL;
    fm_error error = {0};
    size_t size = 0;
    assert_int_equal(fm_safetensors_write(path, both, 2, NULL, 0, NULL), FM_OK);
    CHECK_OK(fm_safetensors_read(&file, path, &error), &error);
    const fm_tensor *d = fm_safetensors_find(file, "d"), *c = fm_safetensors_find(file, "c");
    assert_true(d && d->type == FM_TENSOR_F64 && d->count == 2 && d->shape[1] == 2);
    assert_memory_equal(d->doubles, two, sizeof two);
    assert_true(c && c->type == FM_TENSOR_F32 && c->count == 1 && c->values[0] == 6.0f);
    fm_safetensors_free(file);
    static const char header[] =
        "\"d\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[0,16]},"
        "\"c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[16,20]}}";
    static const char before[] = "{\"__metadata__\":{" SUMS(SUM_EMPTY) "},";
    unsigned char *bytes = temporary_read(path, &size);
    assert_true(size > 8 + sizeof before + sizeof header);
    assert_memory_equal(bytes + 8 + sizeof before - 1, header, sizeof header - 1);
    free(bytes);
    refuse(state, "{" TENSOR("a", "[1]", 0, 4) "," DOUBLES("d", "[1]", 4, 12) "}", 3,
           "'d' is at byte 4, which is not aligned");
    refuse(state, "{" DOUBLES("d", "[1]", 0, 4) "}", 1, "4 bytes for 1 values of 8 bytes");
    refuse(state, "{" DOUBLES("d", "[2]", 0, 16) "," TENSOR("a", "[1]", 8, 12) "}", 4, "overlaps");
}

/* A header that would be too large to read is not written, and the old file stays. */
static void test_largest_header(void **state) {
    enum {
        MOST = FM_SAFETENSORS_MAX_HEADER,
        AROUND = sizeof "{\"__metadata__\":{" SUMS(SUM_EMPTY) ",\"long\":\"\"}}" - 1
    };
    const char *path = write_sample(state);
    fm_safetensors *file = NULL;
    fm_error error = {0};
    char *text = malloc(MOST);
    assert_non_null(text);
    memset(text, 'x', MOST);
    text[MOST - AROUND + 1] = '\0';
    const fm_metadata large = {"long", text};
    assert_int_equal(fm_safetensors_write(path, NULL, 0, &large, 1, &error), FM_E_ARGUMENT);
    assert_string_equal(error.what, path);
    CHECK_SAYS(error.why, "1000008 bytes exceeds the limit of 1000000");
    assert_int_equal(temporary_count(*state), 1);
    check_sample(path);
    text[MOST - AROUND] = '\0';
    assert_int_equal(fm_safetensors_write(path, NULL, 0, &large, 1, NULL), FM_OK);
    assert_int_equal(fm_safetensors_read(&file, path, NULL), FM_OK);
    assert_string_equal(fm_safetensors_metadata(file, "long"), text);
    fm_safetensors_free(file);
    free(text);
}

/* ---- System failures ---- */

static void test_every_call_of_reading_fails(void **state) {
    static const enum io_call calls[] = {IO_CALLOC, IO_READ};
    const char *path = write_sample(state);
    for (size_t i = 0; i < 2; i++)
        for (int number = 1, failed = 1; failed; number++) {
            fm_safetensors *file;
            io_faults_arm(calls[i], number);
            failed = io_faults_failed(calls[i], fm_safetensors_read(&file, path, NULL));
            assert_true(failed ? !file : number > 3);
            fm_safetensors_free(file);
        }
}

static void test_every_call_of_writing_fails(void **state) {
    static const enum io_call calls[] = {IO_CALLOC, IO_WRITE, IO_RENAME};
    const char *path = write_sample(state);
    for (size_t i = 0; i < 3; i++) {
        for (int number = 1, failed = 1; failed; number++) {
            io_faults_arm(calls[i], number);
            int status = fm_safetensors_write(path, tensors, 1, metadata, 0, NULL);
            failed = io_faults_failed(calls[i], status);
            assert_int_equal(temporary_count(*state), 1);
            assert_true(failed || number > 1);
            if (failed)
                check_sample(path);
        }
        write_sample(state);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_bytes),
        TEST(test_valid_foreign_files),
        TEST(test_length),
        TEST(test_json),
        TEST(test_type),
        TEST(test_shape),
        TEST(test_offsets),
        TEST(test_every_truncation_and_every_flipped_bit),
        TEST(test_checksum),
        TEST(test_doubles),
        TEST(test_largest_header),
        TEST(test_every_call_of_reading_fails),
        TEST(test_every_call_of_writing_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
