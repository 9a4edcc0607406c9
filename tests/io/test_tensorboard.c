/* Event files: valid records, all points read back, no partial record after a failing call.
 * tests/interop reads them with TensorBoard. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fmnist_cl/tensorboard.h"
#include "support/check.h"
#include "support/io_faults.h"
#include "support/temporary.h"
#include "tensorboard.pb-c.h"

enum { MOST_EVENTS = 8 };

typedef struct events {
    size_t count, size;
    FmTensorboard__Event *list[MOST_EVENTS];
} events;

/* CRC-32C bit by bit: polynomial 0x1edc6f41, here with reversed bits. */
static uint32_t crc32c(const unsigned char *bytes, size_t size) {
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    return ~crc;
}

static uint64_t little_endian(const unsigned char *bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static void check_sum(const unsigned char *sum, const unsigned char *bytes, size_t size) {
    uint32_t crc = crc32c(bytes, size);
    uint32_t masked = (crc >> 15 | crc << 17) + 0xa282ead8u;
    assert_int_equal(little_endian(sum, 4), masked);
}

/* Parses the file and checks each record. */
static events read_events(const char *path) {
    events e = {.count = 0};
    unsigned char *bytes = temporary_read(path, &e.size);
    for (size_t at = 0; at < e.size; e.count++) {
        assert_true(at + 12 <= e.size && e.count < MOST_EVENTS);
        size_t length = (size_t)little_endian(bytes + at, 8);
        check_sum(bytes + at + 8, bytes + at, 8);
        assert_true(length <= e.size && at + 12 + length + 4 <= e.size);
        check_sum(bytes + at + 12 + length, bytes + at + 12, length);
        e.list[e.count] = fm_tensorboard__event__unpack(NULL, length, bytes + at + 12);
        assert_non_null(e.list[e.count]);
        at += 12 + length + 4;
    }
    free(bytes);
    return e;
}

static void free_events(events *e) {
    for (size_t i = 0; i < e->count; i++)
        fm_tensorboard__event__free_unpacked(e->list[i], NULL);
}

static fm_tensorboard *create(const char *folder) {
    fm_tensorboard *file = NULL;
    fm_error error = {0};
    CHECK_OK(fm_tensorboard_create(&file, folder, 0, &error), &error);
    return file;
}

static const fm_scalar scalars[] = {{"loss/train", 0.75}, {"loss/val", 0}, {"lr", 0.003}};

static void check_points(const FmTensorboard__Event *event, int64_t step, size_t count) {
    assert_int_equal(event->step, step);
    assert_int_equal(event->what_case, FM_TENSORBOARD__EVENT__WHAT_SUMMARY);
    assert_int_equal(event->summary->n_value, count);
    for (size_t i = 0; i < count; i++) {
        const FmTensorboard__Summary__Value *value = event->summary->value[i];
        assert_string_equal(value->tag, scalars[i].tag);
        assert_int_equal(value->value_case, FM_TENSORBOARD__SUMMARY__VALUE__VALUE_SIMPLE_VALUE);
        assert_true(value->simple_value == (float)scalars[i].value);
    }
}

static void test_round_trip(void **state) {
    const char *folder = temporary_path(*state, "new/curves/");
    double before = (double)time(NULL);
    fm_tensorboard *file = create(folder);
    const char *path = temporary_only(folder);
    CHECK_SAYS(path, "/events.out.tfevents.");
    io_faults_short(1);
    assert_int_equal(fm_tensorboard_add(file, 1, scalars, 3, NULL), FM_OK);
    io_faults_short(0);
    /* A program that reads the file meanwhile sees each epoch when it has finished. */
    events e = read_events(path);
    assert_int_equal(e.count, 2);
    assert_int_equal(e.list[0]->what_case, FM_TENSORBOARD__EVENT__WHAT_FILE_VERSION);
    assert_string_equal(e.list[0]->file_version, "brain.Event:2");
    check_points(e.list[1], 1, 3);
    assert_true(e.list[1]->wall_time >= before && e.list[1]->wall_time < before + 600);
    free_events(&e);
    assert_int_equal(fm_tensorboard_add(file, 1000000, scalars, 1, NULL), FM_OK);
    fm_tensorboard_free(file);
    e = read_events(path);
    assert_int_equal(e.count, 3);
    check_points(e.list[2], 1000000, 1);
    free_events(&e);
}

/* TensorBoard reads where a resumed training starts, and drops what earlier files have from there
 * on. */
static void test_resumed(void **state) {
    fm_tensorboard *file = NULL;
    fm_error error = {0};
    CHECK_OK(fm_tensorboard_create(&file, *state, 7, &error), &error);
    events e = read_events(temporary_only(*state));
    assert_int_equal(e.count, 2);
    assert_int_equal(e.list[1]->step, 7);
    assert_int_equal(e.list[1]->what_case, FM_TENSORBOARD__EVENT__WHAT_SESSION_LOG);
    assert_int_equal(e.list[1]->session_log->status,
                     FM_TENSORBOARD__SESSION_LOG__SESSION_STATUS__START);
    free_events(&e);
    fm_tensorboard_free(file);
}

/* Two trainings write to the same folder at once. */
static void test_two_writers(void **state) {
    fm_tensorboard *one = create(*state), *two = create(*state);
    assert_int_equal(temporary_count(*state), 2);
    fm_tensorboard_free(one);
    fm_tensorboard_free(two);
}

static void refused(const char *folder, const char *what, const char *why) {
    fm_tensorboard *file = NULL;
    fm_error error = {0};
    assert_int_equal(fm_tensorboard_create(&file, folder, 0, &error), FM_E_FILE);
    assert_null(file);
    assert_string_equal(error.what, what);
    assert_string_equal(error.why, why);
}

static void test_invalid_folders(void **state) {
    char name[5000];
    const char *taken = temporary_path(*state, "taken");
    const char *below = temporary_path(*state, "taken/below");
    temporary_write(taken, "", 0);
    refused(taken, taken, "cannot create the folder: Not a directory");
    refused(below, below, "cannot create the folder: Not a directory");
    refused("", "", "cannot create the folder: No such file or directory");
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    fm_tensorboard *file = NULL;
    fm_error error = {0};
    assert_int_equal(fm_tensorboard_create(&file, name, 0, &error), FM_E_FILE);
    assert_string_equal(error.why, "cannot create the folder: File name too long");
    /* The folder's name fits, but not with the file's name. */
    memset(name, '/', 4080);
    name[4080] = '.';
    name[4081] = '\0';
    assert_int_equal(fm_tensorboard_create(&file, name, 0, &error), FM_E_FILE);
    assert_string_equal(error.why, "the name is too long");
    assert_int_equal(temporary_count(*state), 1);
    assert_true(fcntl(0, F_GETFD) >= 0); /* no other descriptor was closed */
}

static void test_every_call_of_creating_fails(void **state) {
    static const enum io_call calls[] = {IO_CALLOC, IO_WRITE, IO_FSYNC};
    const char *folder = temporary_path(*state, "curves");
    assert_int_equal(mkdir(folder, 0755), 0);
    for (size_t i = 0; i < 3; i++)
        for (int number = 1, failed = 1; failed; number++) {
            fm_tensorboard *file = NULL;
            io_faults_arm(calls[i], number);
            failed = io_faults_failed(calls[i], fm_tensorboard_create(&file, folder, 0, NULL));
            assert_true(failed ? !file : number > 1);
            assert_int_equal(temporary_count(folder), !failed);
            fm_tensorboard_free(file);
            if (!failed)
                unlink(temporary_only(folder));
        }
}

/* The earlier content stays valid, and later points can be added. */
static void test_every_call_of_adding_fails(void **state) {
    static const enum io_call calls[] = {IO_CALLOC, IO_WRITE, IO_FSYNC};
    for (size_t i = 0; i < 3; i++) {
        fm_tensorboard *file = create(*state);
        const char *path = temporary_only(*state);
        for (int number = 1, failed = 1; failed; number++) {
            io_faults_arm(calls[i], number);
            failed = io_faults_failed(calls[i], fm_tensorboard_add(file, 7, scalars, 3, NULL));
            assert_true(failed || number > 1);
            events e = read_events(path);
            assert_int_equal(e.count, failed ? 1 : 2);
            free_events(&e);
        }
        fm_tensorboard_free(file);
        unlink(path);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_resumed),
        TEST(test_two_writers),
        TEST(test_invalid_folders),
        TEST(test_every_call_of_creating_fails),
        TEST(test_every_call_of_adding_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
