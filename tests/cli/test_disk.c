/* Disks that are full while fmnist-cl writes: one line, status 1, and no half file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "support/small_runs.h"
#include "support/temporary.h"

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
    assert_int_equal(temporary_count(temporary_path(*state, "limited")), 0);
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

static int mount_small(const char *folder) {
    char command[512];
    snprintf(command, sizeof command, "mount -t tmpfs -o size=20k tmpfs '%s' 2>/dev/null", folder);
    return system(command);
}

static void unmount(const char *folder) {
    char command[512];
    snprintf(command, sizeof command, "umount '%s'", folder);
    (void)!system(command);
}

static void test_a_disk_that_is_full(void **state) {
    const char *disk = temporary_path(*state, "disk");
    assert_int_equal(mkdir(disk, 0777), 0);
    if (mount_small(disk)) {
        print_message("skipped: a small file system cannot be mounted here\n");
        skip();
    }
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "disk/run");
    int left = (int)temporary_count(temporary_path(*state, "disk/run"));
    unmount(disk);
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "No space left on device"));
    program_free(&p);
    assert_int_equal(left, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_beyond_the_limit),
        cmocka_unit_test(test_logits_beyond_the_limit),
        cmocka_unit_test(test_a_disk_that_is_full),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
