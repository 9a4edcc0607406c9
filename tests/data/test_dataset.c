/* Finding and loading the four files. */
/* wrap: access */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmnist_cl/dataset.h"
#include "support/check.h"
#include "support/idx_files.h"
#include "support/io_faults.h"
#include "support/temporary.h"
#include "support/unprivileged.h"
#include "support/wrap.h"

/* These tests hide the system's data set package, so that they do not depend on it. */
static const char package[] = "/usr/share/datasets/fashion-mnist";
static int is_package_installed;

WRAP(int, access, const char *path, int mode) {
    if (strncmp(path, package, sizeof package - 1) != 0)
        return __real_access(path, mode);
    errno = ENOENT;
    return is_package_installed ? 0 : -1;
}

static int setup(void **state) {
    is_package_installed = 0;
    return temporary_setup(state);
}

static void make_folder(const char *path) {
    assert_int_equal(mkdir(path, 0755), 0);
}

static fm_dataset *load(const char *folder) {
    fm_dataset *dataset = NULL;
    fm_error error = {0};
    CHECK_OK(fm_dataset_load(&dataset, folder, &error), &error);
    return dataset;
}

static void expect_failure(const char *folder, int status, const char *what, const char *why) {
    fm_dataset *dataset = (fm_dataset *)&status;
    fm_error error = {0};
    assert_int_equal(fm_dataset_load(&dataset, folder, &error), status);
    assert_null(dataset);
    if (!strstr(error.what, what) || !strstr(error.why, why))
        fail_msg("'%s: %s' does not say '%s: %s'", error.what, error.why, what, why);
}

static void check_contents(const char *folder, const char *ending) {
    static const char *const stems[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
    fm_dataset *dataset = load(folder);
    fm_images train = fm_dataset_train(dataset), test = fm_dataset_test(dataset);
    assert_int_equal(train.count, 23);
    assert_int_equal(test.count, 7);
    assert_int_equal(train.pixels, 784);
    assert_int_equal(test.pixels, 784);
    for (size_t i = 0; i < 23 * 784; i++)
        assert_int_equal(train.image[i], i % 251);
    for (size_t i = 0; i < 23; i++)
        assert_int_equal(train.label[i], i % 10);
    assert_int_equal(test.image[7 * 784 - 1], (7 * 784 - 1) % 251);
    assert_int_equal(test.label[6], 6);
    assert_string_equal(fm_dataset_folder(dataset), folder);
    for (size_t i = 0; i < FM_DATA_FILES; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", stems[i], ending);
        assert_string_equal(fm_dataset_file(dataset, i)->name, name);
        assert_int_equal(strlen(fm_dataset_file(dataset, i)->sha256), 64);
    }
    assert_null(fm_dataset_file(dataset, FM_DATA_FILES));
    fm_dataset_free(dataset);
}

static void test_load(void **state) {
    idx_write_dataset(*state, 23, 7, 1);
    check_contents(*state, ".gz");
    idx_write_dataset(*state, 23, 7, 0); /* the plain file is preferred to .gz */
    check_contents(*state, "");
    fm_dataset_free(NULL);
}

/* Fashion-MNIST itself, if its package is installed. */
static void test_real_data(void **state) {
    (void)state;
    if (__real_access(package, F_OK)) {
        print_message("skipped: the package dataset-fashion-mnist is not installed\n");
        skip();
    }
    fm_dataset *dataset = NULL;
    fm_error error = {0};
    char folder[64];
    snprintf(folder, sizeof folder, "/%s", package); /* an alias of the folder, which access() below
                                                      * does not hide */
    CHECK_OK(fm_dataset_load(&dataset, folder, &error), &error);
    const fm_images sets[] = {fm_dataset_train(dataset), fm_dataset_test(dataset)};
    assert_int_equal(sets[0].count, 60000);
    assert_int_equal(sets[1].count, 10000);
    for (size_t i = 0; i < 2; i++) {
        size_t counts[FM_CLASSES] = {0};
        for (size_t image = 0; image < sets[i].count; image++)
            counts[sets[i].label[image]]++;
        for (size_t label = 0; label < FM_CLASSES; label++)
            assert_int_equal(counts[label], sets[i].count / FM_CLASSES);
    }
    fm_dataset_free(dataset);
}

static void test_class_names(void **state) {
    (void)state;
    assert_string_equal(fm_dataset_class_name(0), "T-shirt/top");
    assert_string_equal(fm_dataset_class_name(9), "Ankle boot");
    assert_null(fm_dataset_class_name(10));
    assert_null(fm_dataset_class_name(0u - 1u));
}

static void test_missing(void **state) {
    fm_dataset *dataset = NULL;
    fm_error error = {0};
    assert_int_equal(fm_dataset_load(&dataset, *state, &error), FM_E_FILE);
    CHECK_SAYS(error.why, "train-images-idx3-ubyte");
    CHECK_SAYS(error.hint, "data/fetch.sh");
    idx_write_dataset(*state, 3, 2, 1);
    assert_int_equal(unlink(temporary_path(*state, "t10k-labels-idx1-ubyte.gz")), 0);
    expect_failure(*state, FM_E_FILE, *state,
                   "holds neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz, but "
                   "t10k-images-idx3-ubyte.gz, train-images-idx3-ubyte.gz, "
                   "train-labels-idx1-ubyte.gz");
    expect_failure(temporary_path(*state, "nowhere"), FM_E_FILE, "nowhere", "No such file");
    expect_failure(temporary_path(*state, "t10k-images-idx3-ubyte.gz"), FM_E_FILE, "t10k-images",
                   "is not a folder");
    char *long_name = malloc(10001);
    memset(long_name, 'x', 10000);
    long_name[10000] = '\0';
    expect_failure(long_name, FM_E_FILE, "xxx", "too long");
    free(long_name);
}

/* As other programs leave and expect the files. */
static void test_other_layouts(void **state) {
    static const char *const folders[] = {"own/FashionMNIST/raw", "own/raw", "own/fashion-mnist",
                                          "own/data/fashion"};
    fm_error error = {0};
    char found[4096];
    idx_write_dataset(*state, 3, 2, 0);
    assert_int_equal(rename(temporary_path(*state, "train-images-idx3-ubyte"),
                            temporary_path(*state, "train-images.idx3-ubyte")),
                     0);
    make_folder(temporary_path(*state, "t10k-labels.idx1-ubyte"));
    assert_int_equal(
        rename(temporary_path(*state, "t10k-labels-idx1-ubyte"),
               temporary_path(*state, "t10k-labels.idx1-ubyte/t10k-labels.idx1-ubyte")),
        0);
    fm_dataset *dataset = load(*state);
    assert_string_equal(fm_dataset_file(dataset, 0)->name, "train-images.idx3-ubyte");
    fm_dataset_free(dataset);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s", folders[i]);
        for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
            *slash = '\0';
            mkdir(temporary_path(*state, path), 0755);
            *slash = '/';
        }
        make_folder(temporary_path(*state, path));
        idx_write_dataset(temporary_path(*state, path), 3, 2, 1);
        const char *wanted = temporary_path(*state, "own");
        assert_int_equal(fm_dataset_find(found, sizeof found, wanted, NULL, NULL, &error), FM_OK);
        assert_string_equal(found, temporary_path(*state, path));
        assert_int_equal(fm_dataset_find(found, sizeof found, NULL, wanted, NULL, &error), FM_OK);
        assert_string_equal(found, temporary_path(*state, path));
        assert_int_equal(unlink(temporary_path(found, "t10k-labels-idx1-ubyte.gz")), 0);
    }
}

static int check_no_permission(const char *folder) {
    fm_error error = {0};
    fm_dataset *dataset = NULL;
    int status = fm_dataset_load(&dataset, folder, &error);
    return status != FM_E_FILE || !strstr(error.why, "Permission denied");
}

static void test_no_permission(void **state) {
    const char *folder = temporary_path(*state, "closed");
    make_folder(folder);
    idx_write_dataset(folder, 3, 2, 0);
    assert_int_equal(chmod(*state, 0755), 0);
    assert_int_equal(chmod(folder, 0600), 0);
    unprivileged_run(check_no_permission, folder);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(temporary_path(folder, "t10k-images-idx3-ubyte"), 0), 0);
    unprivileged_run(check_no_permission, folder);
}

static void test_counts_disagree(void **state) {
    idx_write_dataset(*state, 5, 2, 0);
    idx_bytes labels = idx_labels(4);
    temporary_write(temporary_path(*state, "train-labels-idx1-ubyte"), labels.bytes, labels.size);
    expect_failure(*state, FM_E_FORMAT, "train-labels-idx1-ubyte",
                   "has 4 labels, but train-images-idx3-ubyte has 5 images");
    idx_write_dataset(*state, 5, 2, 0);
    temporary_write(temporary_path(*state, "t10k-labels-idx1-ubyte"), labels.bytes, labels.size);
    expect_failure(*state, FM_E_FORMAT, "t10k-labels-idx1-ubyte",
                   "has 4 labels, but t10k-images-idx3-ubyte has 2 images");
    free(labels.bytes);
}

/* Errors inside a file contain the file's name. */
static void test_broken_file(void **state) {
    static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
    for (size_t i = 0; i < 4; i++) {
        idx_write_dataset(*state, 5, 2, 0);
        temporary_write(temporary_path(*state, names[i]), "", 0);
        expect_failure(*state, FM_E_FORMAT, names[i], "is empty");
    }
}

static void test_no_memory(void **state) {
    idx_write_dataset(*state, 3, 2, 1);
    /* The data set; the stream and the values of each of the four files. */
    enum { ALLOCATIONS = 9 };
    for (int number = 1, failed = 1; failed; number++) {
        fm_dataset *dataset;
        io_faults_arm(IO_CALLOC, number);
        failed = io_faults_failed(IO_CALLOC, fm_dataset_load(&dataset, *state, NULL));
        assert_int_equal(failed, number <= ALLOCATIONS);
        assert_int_equal(!dataset, failed);
        fm_dataset_free(dataset);
    }
}

/* ---- Finding the folder. ---- */

static void expect_found(const char *folder, const char *wanted, const char *environment,
                         const char *program) {
    char found[512];
    fm_error error = {0};
    CHECK_OK(fm_dataset_find(found, sizeof found, wanted, environment, program, &error), &error);
    assert_string_equal(found, folder);
}

static void test_find_in_order(void **state) {
    const char *root = *state;
    char program[300], beside[300], above[300], here[300], old[4096];
    snprintf(program, sizeof program, "%s/build", root);
    snprintf(beside, sizeof beside, "%s/build/data/fashion-mnist", root);
    snprintf(above, sizeof above, "%s/build/../data/fashion-mnist", root);
    snprintf(here, sizeof here, "%s/here", root);
    make_folder(program);
    make_folder(here);
    assert_non_null(getcwd(old, sizeof old));
    assert_int_equal(chdir(here), 0);

    fm_error error = {0};
    char found[512];
    assert_int_equal(fm_dataset_find(found, sizeof found, NULL, NULL, program, &error), FM_E_FILE);
    CHECK_SAYS(error.hint, "dataset-fashion-mnist");
    CHECK_SAYS(error.hint, "data/fetch.sh");
    assert_int_equal(fm_dataset_find(found, sizeof found, NULL, "", NULL, NULL), FM_E_FILE);

    is_package_installed = 1;
    expect_found(package, NULL, NULL, program);
    expect_found(package, NULL, "", NULL);
    make_folder("data");
    make_folder("data/fashion-mnist");
    expect_found(package, NULL, NULL, program); /* an empty variable counts as unset */
    idx_write_dataset("data/fashion-mnist", 2, 2, 0);
    expect_found("data/fashion-mnist", NULL, NULL, program);
    make_folder(temporary_path(program, "data"));
    make_folder(beside);
    idx_write_dataset(beside, 2, 2, 1);
    expect_found(beside, NULL, NULL, program);
    make_folder(temporary_path(root, "data"));
    make_folder(above);
    idx_write_dataset(above, 2, 2, 0);
    expect_found(above, NULL, NULL, program);
    expect_found("data/fashion-mnist", NULL, NULL, NULL);
    /* A folder that lacks one file is skipped. */
    assert_int_equal(unlink(temporary_path(above, "t10k-labels-idx1-ubyte")), 0);
    expect_found(beside, NULL, NULL, program);

    expect_found("/env", NULL, "/env", program);
    expect_found("/wanted", "/wanted", "/env", program);
    assert_int_equal(chdir(old), 0);
}

static void test_find_names(void **state) {
    (void)state;
    char found[8];
    fm_error error = {0};
    assert_int_equal(fm_dataset_find(found, sizeof found, "", NULL, NULL, &error), FM_E_FILE);
    CHECK_SAYS(error.why, "empty");
    assert_int_equal(fm_dataset_find(found, sizeof found, "1234567", NULL, NULL, &error), FM_OK);
    assert_int_equal(fm_dataset_find(found, sizeof found, "12345678", NULL, NULL, &error),
                     FM_E_FILE);
    CHECK_SAYS(error.why, "too long");
    is_package_installed = 1;
    assert_int_equal(fm_dataset_find(found, sizeof found, NULL, NULL, NULL, NULL), FM_E_FILE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_load),
        TEST(test_real_data),
        TEST(test_class_names),
        TEST(test_missing),
        TEST(test_other_layouts),
        TEST(test_no_permission),
        TEST(test_counts_disagree),
        TEST(test_broken_file),
        TEST(test_no_memory),
        TEST(test_find_in_order),
        TEST(test_find_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
