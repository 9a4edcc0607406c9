/* Names that a careless program would take for formats, commands or markup; and files that are made
 * to fill the memory or to take for ever: refused with one line, in 100 MB of address space and
 * a second of processor time. */
#define _DEFAULT_SOURCE /* ftruncate of more than the disk has */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "support/idx_files.h"
#include "support/png_files.h"
#include "support/small_runs.h"
#include "support/temporary.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

enum {
    LIMIT = 100 * 1000 * 1000,
    SECONDS = 1, /* of processor time; it takes a fiftieth of that */
};

#ifdef SANITIZED /* their shadow memory takes some TB of address space */
enum { ADDRESS_LIMIT = 0, TIME_LIMIT = 0 };
#else
enum { ADDRESS_LIMIT = LIMIT, TIME_LIMIT = SECONDS };
#endif

/* One line, one hint at most, and no more than the limits. */
static void refuses(const program *p, const char *why) {
    if (!strstr(p->err, why) || p->status != 1)
        fail_msg("status %d, not '%s': %s", p->status, why, p->err);
    assert_memory_equal(p->err, "fmnist-cl: ", 11);
    const char *line = strchr(p->err, '\n');
    assert_non_null(line);
    assert_true(!line[1] || !strncmp(line + 1, "  hint: ", 8));
    assert_string_equal(p->out, "");
    if (!ADDRESS_LIMIT)
        return;
    assert_true(p->resident < LIMIT);
}

#define REFUSES(why, ...)                                                                          \
    do {                                                                                           \
        program limited = {                                                                        \
            .folder = *state, .memory_limit = ADDRESS_LIMIT, .time_limit = TIME_LIMIT};            \
        program_run(&limited, __VA_ARGS__);                                                        \
        refuses(&limited, why);                                                                    \
        program_free(&limited);                                                                    \
    } while (0)

/* ---- Data sets ---- */

/* The header, then as many zeros as asked for, as gzip. */
static void write_bomb(const char *path, const unsigned char header[16], size_t zeros) {
    static const unsigned char nothing[1 << 20];
    gzFile file = gzopen(path, "wb9");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, header, 16), 16);
    for (size_t done = 0; done < zeros; done += sizeof nothing)
        assert_int_equal(gzwrite(file, nothing, sizeof nothing), sizeof nothing);
    assert_int_equal(gzclose(file), Z_OK);
}

static const char *with_images(void **state, const char *name) {
    const char *folder = temporary_path(*state, name);
    assert_int_equal(mkdir(folder, 0777), 0);
    idx_write_dataset(folder, 100, 20, 0);
    const char *images = temporary_path(folder, "train-images-idx3-ubyte");
    assert_int_equal(unlink(images), 0);
    return images;
}

static const char *gz(const char *images) {
    static char path[600];
    snprintf(path, sizeof path, "%s.gz", images);
    return path;
}

static void test_a_gzip_bomb(void **state) {
    /* 10,000,000 images, the most there may be, and fewer bytes than they take. */
    static const unsigned char most[16] = {0, 0, 8, 3,  0, 0x98, 0x96, 0x80,
                                           0, 0, 0, 28, 0, 0,    0,    28};
    write_bomb(gz(with_images(state, "most")), most, 200 << 20);
    REFUSES("train-images-idx3-ubyte.gz: is truncated: 10000000 images take 7840000016 bytes",
            "train", "--device", "reference", "--data", "most");
    /* As many as the data set has, and a hundred times as many bytes. */
    static const unsigned char usual[16] = {0, 0, 8, 3, 0, 0, 0x07, 0xd0, 0, 0, 0, 28, 0, 0, 0, 28};
    write_bomb(gz(with_images(state, "usual")), usual, 200 << 20);
    REFUSES("is too long: more data follows its 2000 images", "train", "--device", "reference",
            "--data", "usual");
    static const unsigned char zero[16];
    write_bomb(gz(with_images(state, "zeros")), zero, 200 << 20);
    REFUSES("is not an IDX file of images", "show", "--data", "zeros");
}

/* The file does not hold what the header says, or says it of a hole that no disk could fill. */
static void test_headers_of_100_gigabytes(void **state) {
    static const unsigned char many[16] = {0, 0, 8, 3,  0x07, 0xa1, 0x20, 0,
                                           0, 0, 0, 28, 0,    0,    0,    28};
    temporary_write(with_images(state, "many"), many, 16);
    REFUSES("has 128000000 images; expected 1 to 10000000", "train", "--device", "reference",
            "--data", "many");
    static const unsigned char most[16] = {0, 0, 8, 3,  0, 0x98, 0x96, 0x80,
                                           0, 0, 0, 28, 0, 0,    0,    28};
    const char *images = with_images(state, "hole");
    temporary_write(images, most, 16);
    REFUSES("is truncated: 10000000 images take 7840000016 bytes", "train", "--device", "reference",
            "--data", "hole");
    if (!truncate(images, 7840000016) && ADDRESS_LIMIT != 0)
        REFUSES("no memory for 10000000 x 784 bytes", "train", "--device", "reference", "--data",
                "hole");
}

/* ---- Weights ---- */

static void write_weights(const char *path, uint64_t length, const char *header, off_t size) {
    unsigned char bytes[512];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(length >> 8 * i);
    memcpy(bytes + 8, header, strlen(header));
    temporary_write(path, bytes, 8 + strlen(header));
    if (size)
        (void)!truncate(path, size);
}

#define EVAL "eval", "--device", "reference", "--data", "data"

static void test_weights(void **state) {
    const char *path = temporary_path(*state, "huge.safetensors");
    write_weights(path, 100000000000, "{}", 0);
    REFUSES("a header of 100000000000 bytes", EVAL, "huge.safetensors");
    /* As large as it says it is, with a hole. */
    write_weights(path, 100000000000, "{}", 100000000008);
    REFUSES("a header of 100000000000 bytes", EVAL, "huge.safetensors");
    const char *header = "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[25000000000],\"data_"
                         "offsets\":[0,100000000000]}}";
    write_weights(path, strlen(header), header, 0);
    REFUSES("is at bytes 0 to 100000000000 of 0", EVAL, "huge.safetensors");
    write_weights(path, strlen(header), header, (off_t)(8 + strlen(header)) + 100000000000);
    REFUSES("100000000000 bytes of tensors", EVAL, "huge.safetensors");
    header = "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":["
             "0,0]}}";
    write_weights(path, strlen(header), header, 0);
    REFUSES("its shape is too large", EVAL, "huge.safetensors");
}

/* ---- Pictures ---- */

static void test_pictures(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--epochs", "0", "--run", "trained");
    assert_int_equal(p.status, 0);
    program_free(&p);
    const char *path = temporary_path(*state, "huge.png");
    static const struct {
        uint32_t width, height;
        const char *why;
    } cases[] = {{100000, 100000, "has 100000 x 100000 pixels; the maximum is 16384 x 16384"},
                 {1, 0x7fffffff, "has 1 x 2147483647 pixels"},
                 {0xffffffff, 0xffffffff, "is a damaged PNG image"},
                 {16384, 16384, "huge.png: "}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        png_files_write_header(path, cases[i].width, cases[i].height);
        REFUSES(cases[i].why, "predict", "--device", "reference", "--data", "data", "trained",
                "huge.png");
    }
}

/* ---- Names ---- */

static const char *const names[] = {
    "%n%s%99999999d%n",
    "$(touch bad) `touch bad`; touch bad #",
    "<b>&\"x",
    "it's a\n\"line\" \x1b[31m",
    "-rf",
};
enum { NAMES = sizeof names / sizeof *names };

/* As much of it as is shown as it is: what moves the cursor is replaced. */
static const char *shown(const char *name) {
    static char out[256];
    size_t length = strcspn(name, "\n\x1b");
    snprintf(out, sizeof out, "%.*s", (int)length, name);
    return out;
}

/* It is named in the error, which has nothing in it that moves the cursor. */
static void names_it(const char *name, const char *folder, const char *setting,
                     const char *const *arguments) {
    program p = {.folder = folder, .environment = (const char *[]){setting, NULL}};
    program_start(&p, arguments);
    program_wait(&p);
    if (p.status != 1 || !strstr(p.err, shown(name)) || strchr(p.err, '\x1b'))
        fail_msg("%s: status %d: %s", name, p.status, p.err);
    program_free(&p);
}
#define NAMES_IT(setting, ...)                                                                     \
    names_it(names[i], *state, setting, (const char *[]){__VA_ARGS__, NULL})

static void test_names_that_are_not_there(void **state) {
    for (size_t i = 0; i < NAMES; i++) {
        char setting[300], data[300], start[300], device[300];
        snprintf(setting, sizeof setting, "FMNIST_DATA=%s", names[i]);
        snprintf(data, sizeof data, "--data=%s", names[i]);
        snprintf(start, sizeof start, "--init=%s", names[i]);
        snprintf(device, sizeof device, "--device=%s", names[i]);
        NAMES_IT(setting, "show");
        NAMES_IT(NULL, "show", data);
        NAMES_IT(NULL, "eval", "--data", "data", "--device", "reference", "--", names[i]);
        NAMES_IT(NULL, "train", "--data", "data", "--device", "reference", start);
        NAMES_IT(NULL, "train", "--data", "data", device);
    }
    assert_false(file_exists(temporary_path(*state, "bad")));
}

static void test_names_of_runs(void **state) {
    for (size_t i = 0; i < NAMES; i++) {
        char option[300];
        program p = {.folder = NULL};
        snprintf(option, sizeof option, "--run=%s", names[i]);
        small_train(&p, *state, "--epochs", "1", option);
        assert_int_equal(p.status, 0);
        assert_non_null(strstr(p.out, shown(names[i])));
        program_free(&p);
        const char *folder = temporary_path(*state, names[i]);
        json_decref(load_json(temporary_path(folder, "config.json")));
        size_t size;
        unsigned char *page = temporary_read(temporary_path(folder, "report.html"), &size);
        assert_null(strstr((char *)page, "<b>&"));
        free(page);
        p = (program){.folder = *state};
        program_run(&p, "eval", "--data", "data", "--device", "reference", "--", names[i]);
        if (p.status)
            fail_msg("eval of '%s' ends with %d: %s", names[i], p.status, p.err);
        program_free(&p);
    }
    assert_false(file_exists(temporary_path(*state, "bad")));
}

/* What the surroundings say: of drivers, of the terminal, of the language. */
static void test_names_in_the_environment(void **state) {
    static const char *const variables[] = {"OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "TERM",
                                            "LC_ALL",          "NO_COLOR",           "PATH"};
    for (size_t i = 0; i < NAMES; i++) {
        for (size_t v = 0; v < sizeof variables / sizeof *variables; v++) {
            char setting[300];
            snprintf(setting, sizeof setting, "%s=%s", variables[v], names[i]);
            program p = {.folder = *state, .environment = (const char *[]){setting, NULL}};
            program_run(&p, "devices");
            assert_int_equal(p.status, 0);
            assert_null(strchr(p.err, '\x1b'));
            program_free(&p);
        }
    }
    assert_false(file_exists(temporary_path(*state, "bad")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_gzip_bomb),
        cmocka_unit_test(test_headers_of_100_gigabytes),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_names_that_are_not_there),
        cmocka_unit_test(test_names_of_runs),
        cmocka_unit_test(test_names_in_the_environment),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
