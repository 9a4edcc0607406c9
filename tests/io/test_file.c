/* Reading whole files, and atomic writes, with every call failing in turn. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/count.h"
#include "io/file.h"
#include "support/check.h"
#include "support/io_faults.h"
#include "support/temporary.h"
#include "support/unprivileged.h"

static int write_text(const char *path, const char *first, const char *second, fm_error *error) {
    const fm_file_part parts[] = {{first, strlen(first)}, {"", 0}, {second, strlen(second)}};
    return fm_file_write(path, parts, 3, error);
}

static void expect_content(const char *path, const char *text) {
    size_t size = 0;
    unsigned char *bytes = temporary_read(path, &size);
    assert_string_equal((char *)bytes, text);
    assert_int_equal(size, strlen(text));
    free(bytes);
}

static void test_read(void **state) {
    const char *path = temporary_path(*state, "file");
    unsigned char *bytes = NULL;
    size_t size = 0;
    temporary_write(path, "a\0b", 3);
    assert_int_equal(fm_file_read(&bytes, &size, path, 3, NULL), FM_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "a\0b", 4);
    free(bytes);
    temporary_write(path, "", 0);
    assert_int_equal(fm_file_read(&bytes, &size, path, 0, NULL), FM_OK);
    assert_int_equal(size, 0);
    assert_int_equal(bytes[0], 0);
    free(bytes);
    io_faults_short(1);
    temporary_write(path, "many short reads", 16);
    assert_int_equal(fm_file_read(&bytes, &size, path, 100, NULL), FM_OK);
    io_faults_short(0);
    assert_string_equal((char *)bytes, "many short reads");
    free(bytes);
}

static void test_read_refused(void **state) {
    unsigned char *bytes = NULL;
    size_t size = 0;
    fm_error error = {0};
    const char *path = temporary_path(*state, "file");
    assert_int_equal(fm_file_read(&bytes, &size, path, 9, &error), FM_E_FILE);
    CHECK_SAYS(error.why, "No such file");
    assert_int_equal(fm_file_read(&bytes, &size, *state, 9, &error), FM_E_FILE);
    CHECK_SAYS(error.why, "is a folder");
    temporary_write(path, "0123456789", 10);
    assert_int_equal(fm_file_read(&bytes, &size, path, 9, &error), FM_E_FORMAT);
    CHECK_SAYS(error.why, "larger than 9 bytes");
    assert_string_equal(error.what, path);
    io_faults_arm(IO_READ, 1);
    assert_int_equal(fm_file_read(&bytes, &size, path, 10, &error), FM_E_FILE);
    CHECK_SAYS(error.why, "cannot read: Input/output error");
    io_faults_arm(IO_CALLOC, 1);
    assert_int_equal(fm_file_read(&bytes, &size, path, 10, &error), FM_E_MEMORY);
    assert_null(bytes);
}

static void test_write(void **state) {
    const char *path = temporary_path(*state, "file");
    assert_int_equal(write_text(path, "first", "", NULL), FM_OK);
    expect_content(path, "first");
    io_faults_short(1);
    assert_int_equal(write_text(path, "second, longer, ", "in parts", NULL), FM_OK);
    io_faults_short(0);
    expect_content(path, "second, longer, in parts");
    assert_int_equal(fm_file_write(path, NULL, 0, NULL), FM_OK);
    expect_content(path, "");
    assert_int_equal(temporary_count(*state), 1);
    struct stat found;
    mode_t mask = umask(022);
    assert_int_equal(write_text(path, "mode", "", NULL), FM_OK);
    umask(mask);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0644);
}

static void test_write_in_this_folder(void **state) {
    char old[4096];
    assert_non_null(getcwd(old, sizeof old));
    assert_int_equal(chdir(*state), 0);
    assert_int_equal(write_text("name", "here", "", NULL), FM_OK);
    expect_content("name", "here");
    assert_int_equal(temporary_count("."), 1);
    assert_int_equal(chdir(old), 0);
}

/* A killed process that had this process's number left a partial file. */
static void test_leftover_temporary_file(void **state) {
    char name[64];
    snprintf(name, sizeof name, ".file.tmp-%ld", (long)getpid());
    const char *path = temporary_path(*state, "file");
    temporary_write(temporary_path(*state, name), "much longer than the new content", 32);
    assert_int_equal(write_text(path, "new", "", NULL), FM_OK);
    expect_content(path, "new");
    assert_int_equal(temporary_count(*state), 1);
}

static void test_write_refused(void **state) {
    fm_error error = {0};
    assert_int_equal(write_text(*state, "x", "", &error), FM_E_FILE);
    CHECK_SAYS(error.why, "is a folder");
    const char *path = temporary_path(*state, "missing/file");
    assert_int_equal(write_text(path, "x", "", &error), FM_E_FILE);
    assert_string_equal(error.what, path);
    assert_string_equal(error.why, "cannot write: No such file or directory");
    assert_int_equal(write_text("", "x", "", &error), FM_E_FILE);
}

/* Writing to a device does not replace it by a file. */
static void test_device(void **state) {
    struct stat found;
    const char *path = temporary_path(*state, "link");
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_int_equal(write_text(path, "x", "", NULL), FM_OK);
    assert_int_equal(lstat(path, &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    assert_int_equal(temporary_count(*state), 1);
    fm_error error = {0};
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(write_text("/dev/full", "x", "", &error), FM_E_FILE);
        assert_string_equal(error.why, "cannot write: No space left on device");
    }
}

static int check_no_permission(const char *path) {
    fm_error error = {0};
    unsigned char *bytes = NULL;
    size_t size = 0;
    int failed = write_text(path, "x", "", &error) != FM_E_FILE ||
                 strcmp(error.why, "cannot write: Permission denied") != 0;
    failed |= fm_file_read(&bytes, &size, path, 9, &error) != FM_E_FILE ||
              strcmp(error.why, "cannot open: Permission denied") != 0;
    return failed;
}

static void test_no_permission(void **state) {
    const char *path = temporary_path(*state, "file");
    temporary_write(path, "old", 3);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(*state, 0555), 0);
    unprivileged_run(check_no_permission, path);
    assert_int_equal(chmod(*state, 0755), 0);
    assert_int_equal(chmod(path, 0644), 0);
    expect_content(path, "old");
}

/* Overwrites a file with the 1st, 2nd ... call failing, until none is left to fail. */
static void test_every_call_fails(void **state) {
    static const struct {
        enum io_call call;
        const char *why;
        int count;
    } cases[] = {
        {IO_CALLOC, "no memory", 2},
        {IO_WRITE, "cannot write: No space left on device", 2},
        {IO_RENAME, "cannot rename the temporary file: Input/output error", 1},
    };
    const char *path = temporary_path(*state, "file");
    for (size_t i = 0; i < FM_COUNT(cases); i++)
        for (int number = 1, failed = 1; failed; number++) {
            fm_error error = {0};
            temporary_write(path, "earlier", 7);
            io_faults_arm(cases[i].call, number);
            int status = write_text(path, "later", " content", &error);
            failed = io_faults_failed(cases[i].call, status);
            assert_int_equal(failed, number <= cases[i].count);
            assert_int_equal(temporary_count(*state), 1); /* no temporary file is left */
            expect_content(path, failed ? "earlier" : "later content");
            if (failed)
                CHECK_SAYS(error.why, cases[i].why);
        }
}

static void test_flush_fails(void **state) {
    const char *path = temporary_path(*state, "file");
    fm_error error = {0};
    temporary_write(path, "earlier", 7);
    io_faults_arm(IO_FSYNC, 1);
    assert_int_equal(write_text(path, "later", "", &error), FM_E_FILE);
    assert_string_equal(error.why, "cannot flush to the disk: Input/output error");
    expect_content(path, "earlier");
    io_faults_arm(IO_CLOSE, 1);
    assert_int_equal(write_text(path, "later", "", &error), FM_E_FILE);
    assert_string_equal(error.why, "cannot write: Input/output error");
    expect_content(path, "earlier");
    /* The folder is flushed last, with the new file in place; a power failure may then undo the
     * rename. */
    io_faults_arm(IO_FSYNC, 2);
    assert_int_equal(write_text(path, "later", "", &error), FM_E_FILE);
    CHECK_SAYS(error.why, "cannot flush its folder");
    expect_content(path, "later");
    io_faults_arm(IO_FSYNC, 3);
    assert_int_equal(write_text(path, "last", "", &error), FM_OK);
    assert_false(io_faults_struck(IO_FSYNC));
    assert_int_equal(temporary_count(*state), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_read),
        TEST(test_read_refused),
        TEST(test_write),
        TEST(test_write_in_this_folder),
        TEST(test_leftover_temporary_file),
        TEST(test_write_refused),
        TEST(test_device),
        TEST(test_no_permission),
        TEST(test_every_call_fails),
        TEST(test_flush_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
