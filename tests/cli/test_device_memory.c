/* A device whose memory is too small for the network: one line that says how much was asked for, a
 * hint at what helps, and no weights left that were never trained. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/small_runs.h"
#include "support/temporary.h"

enum { LIMIT = 1 << 30 };

/* PoCL can be told to have less memory; other drivers cannot. */
static const char *const environment[] = {"POCL_MEMORY_LIMIT=1", NULL};

/* The number of a device with no more than the limit; -1: there is none. */
static int find_small(void) {
    program p = {.environment = environment};
    size_t index;
    json_t *device;
    int found = -1;
    program_run(&p, "devices", "--json");
    json_t *document = parse_json(p.out);
    json_array_foreach(json_object_get(document, "devices"), index, device) {
        json_int_t bytes = json_integer_value(json_object_get(device, "memory_bytes"));
        const char *type = json_string_value(json_object_get(device, "type"));
        if (type && strcmp(type, "reference") != 0 && bytes <= LIMIT && found < 0)
            found = (int)json_integer_value(json_object_get(device, "number"));
    }
    json_decref(document);
    program_free(&p);
    return found;
}

static void test_a_network_that_is_too_large(void **state) {
    char device[32];
    int number = find_small();
    if (number < 0) {
        print_message("skipped: no device here can be made to have little memory\n");
        skip();
    }
    snprintf(device, sizeof device, "%d", number);
    program p = {.folder = *state, .environment = environment};
    /* 74,000,000 parameters: 0.9 GB with the two moments of each, but no single piece of device
     * memory may be so large. */
    program_run(&p, "train", "--device", device, "--data", "data", "--hidden", "8192,8192", "--run",
                "large", "--batch-size", "32", "--max-steps", "1");
    if (p.status != 1)
        fail_msg("status %d: %s", p.status, p.err);
    assert_non_null(strstr(p.err, " bytes of device memory: clCreateBuffer: CL_"));
    assert_non_null(strstr(p.err, "hint: a smaller batch or network needs less memory"));
    assert_string_equal(p.out, "");
    program_free(&p);
    assert_false(file_exists(temporary_path(*state, "large/last.safetensors")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_network_that_is_too_large),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
