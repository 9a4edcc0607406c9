/* Disks that are full, or fill, and folders that become read-only while fmnist-cl writes: one line,
 * status 1, and no half file; what was trained goes on later, or in the fallback directory at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/small_runs.h"
#include "support/temporary.h"
#include "support/whole_files.h"

enum { LIMIT = 16384 }; /* room for messages, not for 25 kB of weights */

static void test_weights_beyond_the_limit(void **state) {
    program p = {.file_limit = LIMIT};
    small_train(&p, *state, "--run", "limited");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "fmnist-cl: limited/resume.safetensors: "));
    assert_non_null(strstr(p.err, "File too large"));
    assert_string_equal(p.out, "");
    program_free(&p);
    /* Nothing is left, not even aside: the run had not begun. */
    assert_false(file_exists(temporary_path(*state, "limited")));
}

static void test_logits_beyond_the_limit(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "trained");
    assert_int_equal(p.status, 0);
    program_free(&p);
    const char *out = temporary_path(*state, "out");
    assert_int_equal(mkdir(out, 0777), 0);
    temporary_write(temporary_path(out, "old.csv"), "old", 3);
    p = (program){.folder = *state, .file_limit = 4096};
    program_run(&p, "predict", "--device", "reference", "--data", "data", "trained", "--set",
                "train", "--logits", "out/old.csv");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "fmnist-cl: out/old.csv: "));
    program_free(&p);
    size_t size;
    unsigned char *kept = temporary_read(temporary_path(out, "old.csv"), &size);
    assert_int_equal(size, 3);
    assert_memory_equal(kept, "old", 3);
    free(kept);
    assert_int_equal(temporary_count(out), 1);
}

/* ---- Disks ---- */

static int on_disk(const char *folder, const char *command) {
    char text[512];
    snprintf(text, sizeof text, "%s '%s' 2>/dev/null", command, temporary_path(folder, "disk"));
    return system(text);
}

/* A file system with room for so much, on the folder "disk". */
static void mount_disk(const char *folder, const char *size) {
    char command[64];
    const char *disk = temporary_path(folder, "disk");
    snprintf(command, sizeof command, "mount -t tmpfs -o size=%s tmpfs", size);
    assert_int_equal(mkdir(disk, 0777), 0);
    if (on_disk(folder, command)) {
        assert_int_equal(rmdir(disk), 0);
        print_message("skipped: a small file system cannot be mounted here\n");
        skip();
    }
}

static int unmount_disk(void **state) {
    (void)on_disk(*state, "umount");
    (void)on_disk(*state, "rmdir");
    return 0;
}

static void test_a_disk_that_is_full(void **state) {
    mount_disk(*state, "20k");
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "disk/run");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "No space left on device"));
    program_free(&p);
    assert_false(file_exists(temporary_path(*state, "disk/run")));
}

/* ---- In mid-training ---- */

static void expect_whole(const char *folder, int careless) {
    const char *torn = whole_files_find_torn(folder, careless);
    if (torn)
        fail_msg("%s", torn);
}

static void train_whole(const char *folder, const char *run, const char *epochs) {
    program p = {.folder = NULL};
    small_train(&p, folder, "--run", run, "--epochs", epochs);
    assert_int_equal(p.status, 0);
    program_free(&p);
}

/* The first checkpoint finds room, and the second does not: it holds the optimiser's state too. */
#define SOME_ROOM "80k"

static void test_a_disk_that_fills(void **state) {
    const char *run = temporary_path(*state, "disk/run");
    program p = {.folder = NULL};
    mount_disk(*state, SOME_ROOM);
    train_whole(*state, "elsewhere", "3");
    small_train(&p, *state, "--run", "disk/run");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "fmnist-cl: disk/run/resume.safetensors: cannot write: "
                                  "No space left on device"));
    assert_non_null(strstr(p.err, "fmnist-cl train --resume disk/run"));
    program_free(&p);
    expect_whole(run, 0);
    assert_int_equal(on_disk(*state, "mount -o remount,size=1m"), 0);
    program_run(&p, "train", "--data", "data", "--resume", "disk/run");
    assert_int_equal(p.status, 0);
    program_free(&p);
    same_runs(*state, "elsewhere", "disk/run");
}

static void test_a_disk_that_fills_with_a_fallback_directory(void **state) {
    program p = {.folder = NULL};
    mount_disk(*state, SOME_ROOM);
    train_whole(*state, "without", "3");
    small_train(&p, *state, "--run", "disk/run", "--fallback-dir", "beside");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "disk/run/resume.safetensors: cannot write: No space left on "
                                  "device; the run continues in beside"));
    program_free(&p);
    expect_whole(temporary_path(*state, "disk/run"), 0);
    expect_whole(temporary_path(*state, "beside"), 0);
    same_runs(*state, "without", "beside");
}

/* ---- Read-only folders, of a user who is not root ---- */

enum { OPEN = 0777, READ_ONLY = 0555 };

#define EPOCHS "150"

/* "open", in which anybody may make folders. */
static int open_setup(void **state) {
    const char *folder = temporary_path(*state, "open");
    return chmod(*state, 0755) || mkdir(folder, OPEN) || chmod(folder, OPEN);
}

static int open_teardown(void **state) {
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s'", temporary_path(*state, "open"));
    return system(command);
}

/* Starts a training into open/run, and once it is well under way makes that folder read-only. */
static void start_and_close(program *p, const char *folder, const char *const *arguments) {
    const char *run = temporary_path(folder, "open/run");
    *p = (program){.folder = folder, .unprivileged = 1};
    program_run(p, "--version");
    int status = p->status;
    program_free(p);
    if (status) {
        print_message("skipped: root, and nobody else may run the program\n");
        skip();
    }
    if (!file_exists(temporary_path(folder, "untouched/report.html")))
        train_whole(folder, "untouched", EPOCHS);
    small_train_start(p, folder, arguments);
    program_wait_for(p, "epoch   2/" EPOCHS);
    assert_int_equal(chmod(run, READ_ONLY), 0);
    program_wait(p);
    expect_whole(run, 1); /* what is aside cannot be removed either */
}

#define DENIED ": Permission denied"

static void test_a_folder_that_becomes_read_only(void **state) {
    program p;
    start_and_close(&p, *state, (const char *[]){"--run", "open/run", "--epochs", EPOCHS, NULL});
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "fmnist-cl: open/run/"));
    assert_non_null(strstr(p.err, DENIED));
    assert_non_null(strstr(p.err, "fmnist-cl train --resume open/run"));
    assert_string_equal(p.out, "");
    program_free(&p);
    for (int writable = 0; writable < 2; writable++) {
        program_run(&p, "train", "--data", "data", "--resume", "open/run");
        assert_int_equal(p.status, writable ? 0 : 1);
        assert_true(writable || strstr(p.err, DENIED));
        program_free(&p);
        expect_whole(temporary_path(*state, "open/run"), !writable);
        assert_int_equal(chmod(temporary_path(*state, "open/run"), OPEN), 0);
    }
    same_runs(*state, "untouched", "open/run");
}

static void test_a_read_only_folder_with_a_fallback_directory(void **state) {
    program p;
    start_and_close(
        &p, *state,
        (const char *[]){"--run", "open/run", "--spare", "open/spare", "--epochs", EPOCHS, NULL});
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, DENIED "; the run continues in open/spare"));
    assert_non_null(strstr(p.out, "open/spare/last.safetensors"));
    program_free(&p);
    expect_whole(temporary_path(*state, "open/spare"), 0);
    same_runs(*state, "untouched", "open/spare");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_beyond_the_limit),
        cmocka_unit_test(test_logits_beyond_the_limit),
        cmocka_unit_test_teardown(test_a_disk_that_is_full, unmount_disk),
        cmocka_unit_test_teardown(test_a_disk_that_fills, unmount_disk),
        cmocka_unit_test_teardown(test_a_disk_that_fills_with_a_fallback_directory, unmount_disk),
        cmocka_unit_test_setup_teardown(test_a_folder_that_becomes_read_only, open_setup,
                                        open_teardown),
        cmocka_unit_test_setup_teardown(test_a_read_only_folder_with_a_fallback_directory,
                                        open_setup, open_teardown),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
