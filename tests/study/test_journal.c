/* The journal: complete lines are read back wherever the file was cut; files that are not journals,
 * are damaged or have other settings are refused and not changed. */
/* wrap: write fsync */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "study/journal.h"
#include "support/check.h"
#include "support/temporary.h"

/* Bytes that may still be written before the disk is full; negative: no limit. */
static long room = -1;
static int flush_fails;

ssize_t __real_write(int descriptor, const void *bytes, size_t size);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t size);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t size) {
    if (room == 0) {
        errno = ENOSPC;
        return -1;
    }
    if (room > 0) {
        size = size < (size_t)room ? size : (size_t)room;
        room -= (long)size;
    }
    return __real_write(descriptor, bytes, size);
}

int __real_fsync(int descriptor);
int __wrap_fsync(int descriptor);
int __wrap_fsync(int descriptor) {
    errno = EIO;
    return flush_fails ? -1 : __real_fsync(descriptor);
}

static json_t *settings(double lr) {
    return json_pack("{s:s, s:f, s:i}", "experiment", "layers", "lr", lr, "seeds", 3);
}

/* Opens with lr 0.003; returns the status. */
static int open_journal(fm_journal **journal, json_t **lines, const char *folder, fm_error *error) {
    json_t *wanted = settings(0.003);
    int status = fm_journal_open(journal, lines, folder, wanted, error);
    json_decref(wanted);
    return status;
}

static void add(fm_journal *journal, int number) {
    fm_error error = {0};
    CHECK_OK(
        fm_journal_add(journal, json_pack("{s:i, s:f}", "n", number, "x", 1.0 / number), &error),
        &error);
}

/* The journal holds lines 1 to count. */
static void assert_lines(const char *folder, size_t count) {
    fm_error error = {0};
    fm_journal *journal;
    json_t *lines;
    CHECK_OK(open_journal(&journal, &lines, folder, &error), &error);
    assert_int_equal(json_array_size(lines), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *line = json_array_get(lines, i);
        assert_int_equal(json_integer_value(json_object_get(line, "n")), i + 1);
        assert_true(json_real_value(json_object_get(line, "x")) == 1.0 / (double)(i + 1));
    }
    json_decref(lines);
    fm_journal_close(journal);
}

static void make(const char *folder, int count) {
    fm_error error = {0};
    fm_journal *journal;
    json_t *lines;
    CHECK_OK(open_journal(&journal, &lines, folder, &error), &error);
    for (int i = 1; i <= count; i++)
        add(journal, i);
    json_decref(lines);
    fm_journal_close(journal);
}

/* Wherever the file is cut, its complete lines are read, and further lines can be added. */
static void test_cut_anywhere(void **state) {
    const char *path = temporary_path(*state, "journal.jsonl");
    make(*state, 3);
    size_t size;
    unsigned char *bytes = temporary_read(path, &size);
    for (size_t cut = 0; cut <= size; cut++) {
        size_t whole = 0;
        for (size_t i = 0; i < cut; i++)
            whole += bytes[i] == '\n';
        temporary_write(path, bytes, cut);
        assert_lines(*state, whole ? whole - 1 : 0);
        fm_error error = {0};
        fm_journal *journal;
        json_t *lines;
        CHECK_OK(open_journal(&journal, &lines, *state, &error), &error);
        for (int i = (int)(whole ? whole : 1); i <= 3; i++)
            add(journal, i);
        json_decref(lines);
        fm_journal_close(journal);
        assert_lines(*state, 3);
    }
    free(bytes);
}

static void assert_refused(const char *folder, int status, const char *why) {
    fm_error error = {0};
    fm_journal *journal = (fm_journal *)&error;
    json_t *lines;
    const char *path = temporary_path(folder, "journal.jsonl");
    size_t before, after;
    unsigned char *old = temporary_read(path, &before);
    assert_int_equal(open_journal(&journal, &lines, folder, &error), status);
    assert_null(journal);
    assert_null(lines);
    if (!strstr(error.why, why))
        fail_msg("'%s' does not say '%s'", error.why, why);
    unsigned char *new = temporary_read(path, &after);
    assert_int_equal(before, after);
    assert_memory_equal(old, new, before);
    free(old);
    free(new);
}

static void test_other_files(void **state) {
    static const char *const texts[] = {"my diary\n", "{\"fmnist\": 1}\n", "{}", "\n", "x"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        temporary_write(temporary_path(*state, "journal.jsonl"), texts[i], strlen(texts[i]));
        assert_refused(*state, FM_E_FORMAT, "is not a journal");
    }
}

static void test_damaged_lines(void **state) {
    const char *path = temporary_path(*state, "journal.jsonl");
    make(*state, 2);
    size_t size;
    unsigned char *bytes = temporary_read(path, &size);
    size_t second = 0;
    while (bytes[second] != '\n')
        second++;
    bytes[second + 1] = '[';
    temporary_write(path, bytes, size);
    assert_refused(*state, FM_E_FORMAT, "line 2 is damaged");
    bytes[second - 1] = ' ';
    temporary_write(path, bytes, size);
    assert_refused(*state, FM_E_FORMAT, "line 1 is damaged");
    free(bytes);
}

static void test_other_settings(void **state) {
    fm_error error = {0};
    fm_journal *journal;
    json_t *lines, *other = settings(0.001);
    make(*state, 2);
    assert_int_equal(fm_journal_open(&journal, &lines, *state, other, &error), FM_E_ARGUMENT);
    assert_non_null(strstr(error.why, "lr is 0.003 there, 0.001 here"));
    assert_true(error.hint[0]);
    json_decref(other);
    assert_lines(*state, 2);
}

/* After a full disk, only complete lines are left, and lines can be added. */
static void test_full_disk(void **state) {
    fm_journal *journal;
    json_t *lines;
    assert_int_equal(open_journal(&journal, &lines, *state, NULL), FM_OK);
    json_decref(lines);
    add(journal, 1);
    /* {"n":2} and its line end have 8 bytes. */
    for (long left = 0; left < 8; left++) {
        fm_error error = {0};
        room = left;
        assert_int_equal(fm_journal_add(journal, json_pack("{s:i}", "n", 2), &error), FM_E_FILE);
        room = -1;
        assert_non_null(strstr(error.what, "journal.jsonl"));
    }
    flush_fails = 1;
    assert_int_equal(fm_journal_add(journal, json_pack("{s:i}", "n", 2), NULL), FM_E_FILE);
    flush_fails = 0;
    assert_int_equal(fm_journal_add(journal, NULL, NULL), FM_E_MEMORY);
    add(journal, 2);
    fm_journal_close(journal);
    assert_lines(*state, 2);
}

static void test_one_process_at_a_time(void **state) {
    fm_journal *journal, *second;
    json_t *lines, *more;
    assert_int_equal(open_journal(&journal, &lines, *state, NULL), FM_OK);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fm_error error = {0};
        int status = open_journal(&second, &more, *state, &error);
        _exit(status == FM_E_FILE && strstr(error.why, "another process") ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    json_decref(lines);
    fm_journal_close(journal);
    assert_lines(*state, 0);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_cut_anywhere),   TEST(test_other_files), TEST(test_damaged_lines),
        TEST(test_other_settings), TEST(test_full_disk),   TEST(test_one_process_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
