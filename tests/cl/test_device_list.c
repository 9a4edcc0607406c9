/* The device list with many kinds of broken drivers, and the choice of a device. The OpenCL loader
 * reads the driver folder once per process, so each test lists devices in a child process. */
/* wrap: calloc */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cl/device_list.h"
#include "support/check.h"
#include "support/fake_icd.h"
#include "support/temporary.h"
#include "support/wrap.h"

#define POCL_ICD "/etc/OpenCL/vendors/pocl.icd"
#define INSTALL                                                                                    \
    "hint install a driver, for example the CPU driver PoCL: apt install pocl-opencl-icd; or "     \
    "compute without OpenCL: --device reference\n"

static long allocations_left = -1; /* allocations until calloc fails; below 0: never */

WRAP(void *, calloc, size_t count, size_t size) {
    if (allocations_left == 0)
        return NULL;
    if (allocations_left > 0)
        allocations_left--;
    return __real_calloc(count, size);
}

/* ---- Child process ---- */

static void print_choice(FILE *out, const fm_device_list *list, const char *wanted) {
    fm_error error = {0};
    const fm_device_info *chosen;
    int status = fm_device_list_choose(&chosen, list, wanted, &error);
    fprintf(out, "choose %s -> ", wanted ? wanted : "NULL");
    if (status)
        fprintf(out, "error %d %s: %s\nhint %s\n", status, error.what, error.why, error.hint);
    else
        fprintf(out, "%d\n", chosen->number);
}

static void print_list(FILE *out, const char *const *wanted) {
    fm_device_list *list;
    if (fm_device_list_create(&list, NULL))
        exit(3);
    for (size_t i = 0; i < fm_device_list_count(list); i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        fprintf(out, "device %d|%s|%s|%s|%s|%s|%u|%llu\n", info->number,
                fm_device_type_name(info->type), info->platform, info->name, info->opencl_c,
                info->driver, info->compute_units, (unsigned long long)info->memory_bytes);
    }
    for (size_t i = 0; i < fm_device_list_warning_count(list); i++)
        fprintf(out, "warning %s\n", fm_device_list_warning(list, i));
    fprintf(out, "%zu devices, %zu warnings\nreason %s\n", fm_device_list_count(list),
            fm_device_list_warning_count(list), fm_device_list_reason(list));
    for (; wanted && *wanted; wanted++)
        print_choice(out, list, strcmp(*wanted, "NULL") == 0 ? NULL : *wanted);
    if (fm_device_list_get(list, fm_device_list_count(list)) ||
        fm_device_list_warning(list, fm_device_list_warning_count(list)))
        exit(4);
    fm_device_list_free(list);
}

/* The Nth allocation fails, for every N: each time FM_E_MEMORY, and nothing leaks. */
static void print_failures(FILE *out, const char *const *unused) {
    (void)unused;
    int failures = 0;
    for (long n = 0;; n++) {
        fm_error error = {0};
        fm_device_list *list = (fm_device_list *)&error;
        /* First run without a failure, so that loader and drivers have allocated what they keep. */
        allocations_left = n == 0 ? -1 : n - 1;
        int status = fm_device_list_create(&list, &error);
        allocations_left = -1;
        if (status == FM_OK) {
            fm_device_list_free(list);
            if (n > 0)
                break;
        } else if (status != FM_E_MEMORY || error.status != FM_E_MEMORY || list) {
            exit(5);
        } else {
            failures++;
        }
    }
    fprintf(out, "%d failures\n", failures);
}

static void print_handles(FILE *out, const char *const *unused) {
    (void)unused;
    fm_error error = {0};
    fm_device_list *list;
    cl_device_id device = NULL;
    if (fm_device_list_create(&list, NULL))
        exit(3);
    int gpu = fm_device_list_opencl(&device, list, 0, &error);
    fprintf(out, "gpu %d, %s\n", gpu, device ? "device" : "-");
    fprintf(out, "reference %d\n", fm_device_list_opencl(&device, list, 1, &error));
    fprintf(out, "beyond %d\n", fm_device_list_opencl(&device, list, 2, &error));
    fprintf(out, "below %d\n", fm_device_list_opencl(&device, list, -1, &error));
    fm_device_list_free(list);
}

/* ---- Parent process ---- */

typedef void action(FILE *out, const char *const *wanted);

/* Runs act in a child that sees only the drivers in a folder, and returns its output. words
 * configure the fake driver. */
static char *run(action *act, const char *vendors, const char *words, const char *const *wanted) {
    static char text[65536];
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        FILE *out = fdopen(ends[1], "w");
        /* The loader would put platforms with GPUs first; this test checks our own sorting. */
        if (setenv("OCL_ICD_VENDORS", vendors, 1) || setenv(FAKE_ICD_VARIABLE, words, 1) ||
            setenv("OCL_ICD_PLATFORM_SORT", "none", 1) || !out)
            exit(2);
        act(out, wanted);
        /* exit instead of _exit, because the sanitizer's leak check runs at exit. */
        exit(fclose(out) ? 2 : 0);
    }
    close(ends[1]);
    FILE *in = fdopen(ends[0], "r");
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        fail_msg("the child ended with status 0x%x after:\n%s", (unsigned)status, text);
    return text;
}

static void says(const char *text, const char *line) {
    if (!strstr(text, line))
        fail_msg("missing: %s\nin:\n%s", line, text);
}

static void write_icd(const char *folder, const char *name, const char *content) {
    temporary_write(temporary_path(folder, name), content, strlen(content));
}

/* Lists the devices of the fake driver only. */
static char *look(const char *folder, const char *words, const char *const *wanted) {
    write_icd(folder, "fake.icd", FM_FAKE_ICD "\n");
    return run(print_list, folder, words, wanted);
}

static void test_no_driver(void **state) {
    const char *wanted[] = {"NULL", "", "gpu", "CPU", "reference", "0", "1", "plain", NULL};
    char *text = run(print_list, *state, "", wanted);
    says(text, "device 0|reference|host|plain C|||1|");
    says(text, "1 devices, 0 warnings\nreason the reference: there is no OpenCL device\n");
    says(text, "choose NULL -> error 5 device: there is no OpenCL GPU or CPU: no OpenCL driver was "
               "found\n" INSTALL);
    says(text, "choose  -> error 5");
    says(text, "choose gpu -> error 5 device gpu: there is no OpenCL GPU: no OpenCL driver was "
               "found\n" INSTALL);
    says(text, "choose CPU -> error 5 device cpu: there is no OpenCL CPU: no OpenCL driver was "
               "found\n" INSTALL);
    says(text, "choose reference -> 0\n");
    says(text, "choose 0 -> 0\n");
    says(text, "choose 1 -> error 5 device 1: no device has this number; expected 0 to 0\n"
               "hint list the devices: fmnist-cl devices\n");
    says(text, "choose plain -> 0\n");
}

static void test_driver_without_platform(void **state) {
    const char *wanted[] = {"NULL", NULL};
    char *text = look(*state, "", wanted);
    says(text, "1 devices, 1 warnings\n");
    says(text, "fake.icd, has no platform: CL_PLATFORM_NOT_FOUND_KHR (-1001)\n");
    says(text, "choose NULL -> error 5 device: there is no OpenCL GPU or CPU: driver ");
    says(text, INSTALL);
    text = look(*state, FAKE_ICD_NOTHING, NULL);
    says(text, "1 devices, 1 warnings\n");
    says(text, "fake.icd, has no platform\n");
}

static void test_broken_icd_files(void **state) {
    const char *folder = *state, *wanted[] = {"NULL", NULL};
    char *pocl;
    size_t size;
    if (access(POCL_ICD, R_OK))
        skip();
    pocl = (char *)temporary_read(POCL_ICD, &size);
    write_icd(folder, "z.icd", pocl);
    free(pocl);
    write_icd(folder, "a.icd", "libnosuch_opencl.so.1\n");
    write_icd(folder, "b.icd", "");
    write_icd(folder, "c.icd", "\nlibnosuch_opencl.so.2\n");
    write_icd(folder, "d.icd", "libm.so.6\n");
    write_icd(folder, "not-a-driver.txt", "libnosuch_opencl.so.3\n");

    char *text = run(print_list, folder, "", wanted);
    says(text, "device 0|cpu|Portable Computing Language|");
    says(text, "2 devices, 4 warnings\nreason the first OpenCL CPU: there is no GPU\n");
    says(text, "warning driver libnosuch_opencl.so.1, named in ");
    says(text, "/a.icd, cannot be loaded: ");
    says(text, "/b.icd names no driver\n");
    says(text, "/c.icd names no driver\n");
    says(text, "warning driver libm.so.6, named in ");
    says(text, "/d.icd, is not an OpenCL driver\n");
    says(text, "choose NULL -> 0\n");
}

static void test_vendors_variable(void **state) {
    const char *folder = *state;
    char *text = run(print_list, temporary_path(folder, "none"), "", NULL);
    says(text, "/none, named in OCL_ICD_VENDORS, cannot be loaded: ");
    write_icd(folder, "one.icd", FM_FAKE_ICD "\n");
    text = run(print_list, temporary_path(folder, "one.icd"), "gpu", NULL);
    says(text, "2 devices, 0 warnings\nreason the first GPU\n");
    text = run(print_list, temporary_path(folder, "two.icd"), "", NULL);
    says(text, "/two.icd cannot be read: ");
}

/* Sorted by type; equal types stay in platform order. */
static void test_order(void **state) {
    char *text = look(*state, "accelerator,cpu,gpu,short,new", NULL);
    says(text, "device 0|gpu|Fake gpu|");
    says(text, "device 1|gpu|Fake new|");
    says(text, "device 2|cpu|Fake cpu|");
    says(text, "device 3|cpu|Fake short|");
    says(text, "device 4|accelerator|Fake accelerator|");
    says(text, "device 5|reference|host|");
}

static void test_gpu_before_pocl(void **state) {
    const char *folder = *state, *wanted[] = {"NULL", "cpu", "gpu", NULL};
    size_t size;
    if (access(POCL_ICD, R_OK))
        skip();
    char *pocl = (char *)temporary_read(POCL_ICD, &size);
    write_icd(folder, "a.icd", pocl); /* even if the loader lists its platform first */
    free(pocl);
    char *text = look(folder, "mute,accelerator,gpu,refusing", wanted);
    says(text, "device 0|gpu|Fake gpu|Device gpu|OpenCL C 1.2 Fake|0.1|12|8589934592\n");
    says(text, "device 1|cpu|Portable Computing Language|");
    says(text, "device 2|accelerator|Fake accelerator|Device accelerator|");
    says(text, "device 3|reference|host|plain C|||1|");
    says(text, "4 devices, 2 warnings\nreason the first GPU\n");
    says(text, "choose NULL -> 0\nchoose cpu -> 1\nchoose gpu -> 0\n");
}

static void test_platforms_without_devices(void **state) {
    const char *wanted[] = {"NULL", NULL};
    char *text = look(*state, "empty,refusing,zero", wanted);
    says(text, "1 devices, 3 warnings\nreason the reference: there is no OpenCL device\n");
    says(text, "warning platform Fake empty has no devices\n");
    says(text, "warning platform Fake zero has no devices\n");
    says(text, "warning platform Fake refusing cannot list its devices: clGetDeviceIDs: "
               "CL_OUT_OF_HOST_MEMORY (-6)\n");
    says(text, "choose NULL -> error 5 device: there is no OpenCL GPU or CPU: ");
    says(text, INSTALL);
}

static void test_useless_devices(void **state) {
    static const struct {
        const char *word, *why;
    } cases[] = {
        {"mute", "(no name) of Fake mute is ignored: cannot query its name: clGetDeviceInfo: "
                 "CL_OUT_OF_RESOURCES (-5)\n"},
        {"typeless", "Device typeless of Fake typeless is ignored: cannot query its type"},
        {"undecided", " is ignored: cannot query its availability"},
        {"absent", " is ignored: it reports that it is not available\n"},
        {"mechanical", " is ignored: its driver has no compiler\n"},
        {"custom", " is ignored: it is not a GPU, CPU or accelerator\n"},
        {"old", " is ignored: it supports OpenCL 1.1; 1.2 is required\n"},
        {"garbled", " is ignored: its version is malformed: \"rubbish\"\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char words[64];
        snprintf(words, sizeof words, "%s,cpu", cases[i].word);
        char *text = look(*state, words, NULL);
        says(text, "device 0|cpu|Fake cpu|Device cpu|");
        says(text, "2 devices, 1 warnings\nreason the first OpenCL CPU: there is no GPU\n");
        says(text, cases[i].why);
    }
}

static void test_missing_answers(void **state) {
    char *text = look(*state, "nolimits", NULL);
    says(text, "|12|0\n");
    says(text, "2 devices, 0 warnings\n");
    text = look(*state, "unitless", NULL);
    says(text, "|1|8589934592\n");
    text = look(*state, "undriven", NULL);
    says(text, "cannot query its driver version: clGetDeviceInfo: "
               "CL_OUT_OF_RESOURCES (-5)\n");
    text = look(*state, "nameless", NULL);
    says(text, "device 0|gpu|Fake nameless|a device without a name|");
    text = look(*state, "rude", NULL);
    says(text, "device 0|gpu|Fake rude|[31m red ?? \xc3\xa9 1m|");
    text = look(*state, "new", NULL);
    says(text, "2 devices, 0 warnings\n");
    text = look(*state, "accelerator", NULL);
    says(text, "reason the first accelerator: there is neither a GPU nor an OpenCL CPU\n");
}

static void test_choose(void **state) {
    const char *wanted[] = {"1",          "4",        "5",           "99999999999999999999999",
                            "DEVICE GPU", "twins",    "nope",        "-1",
                            "",           "vice acc", "\033[1m\xff", "cpu",
                            "Gpu",        "1.5",      NULL};
    char *text = look(*state, "gpu,twins,accelerator", wanted);
    says(text, "5 devices, 0 warnings\n");
    says(text, "choose 1 -> 1\nchoose 4 -> 4\n");
    says(text, "choose 5 -> error 5 device 5: no device has this number; expected 0 to 4\n"
               "hint list the devices: fmnist-cl devices\n");
    says(text,
         "choose 99999999999999999999999 -> error 5 device 99999999999999999999999: no device has");
    says(text, "choose DEVICE GPU -> 0\n");
    says(text, "choose twins -> error 5 device twins: several devices match: "
               "1 (Device twins), 2 (Device twins)\nhint choose one by its number\n");
    says(text, "choose nope -> error 5 device nope: no device name contains this text\n"
               "hint list the devices: fmnist-cl devices\n");
    says(text, "choose -1 -> error 5 device -1: no device name contains this text\n");
    says(text, "choose  -> 0\n");
    says(text, "choose vice acc -> 3\n");
    says(text, "-> error 5 device [1m?: no device name contains this text\n");
    says(text, "choose cpu -> error 5 device cpu: there is no OpenCL CPU\n"
               "hint list the devices: fmnist-cl devices\n");
    says(text, "choose Gpu -> 0\n");
    says(text, "choose 1.5 -> error 5 device 1.5: no device name contains this text\n");
}

/* The text matches part of three names and all of one name: the whole name wins. */
static void test_whole_name(void **state) {
    const char *wanted[] = {"device", "evic", NULL};
    char *text = look(*state, "cpu,short,accelerator", wanted);
    says(text, "device 1|cpu|Fake short|Device|");
    says(text, "choose device -> 1\n");
    says(text, "choose evic -> error 5 device evic: several devices match: "
               "0 (Device cpu), 1 (Device), 2 (Device accelerator)\n");
}

static void test_handles(void **state) {
    write_icd(*state, "fake.icd", FM_FAKE_ICD);
    char *text = run(print_handles, *state, "gpu", NULL);
    assert_string_equal(text, "gpu 0, device\nreference 1\nbeyond 5\nbelow 5\n");
}

static void test_no_memory(void **state) {
    write_icd(*state, "bad.icd", "libnosuch_opencl.so.1\n");
    write_icd(*state, "fake.icd", FM_FAKE_ICD "\n");
    char *text = run(print_failures, *state,
                     "gpu,twins,twins,twins,twins,mute,empty,refusing,cpu,rude", NULL);
    int failures = 0;
    assert_int_equal(sscanf(text, "%d failures", &failures), 1);
    /* The list, its entries (8, then 16), the array of warnings, and 4 warnings. */
    assert_int_equal(failures, 1 + 2 + 1 + 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_driver, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_driver_without_platform, temporary_setup,
                                        temporary_teardown),
        cmocka_unit_test_setup_teardown(test_broken_icd_files, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_vendors_variable, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_order, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_gpu_before_pocl, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_platforms_without_devices, temporary_setup,
                                        temporary_teardown),
        cmocka_unit_test_setup_teardown(test_useless_devices, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_missing_answers, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_choose, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_whole_name, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_handles, temporary_setup, temporary_teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, temporary_setup, temporary_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
