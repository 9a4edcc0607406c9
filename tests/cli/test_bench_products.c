/* fmnist-cl bench --gemm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fmnist_cl/device.h"
#include "support/small_runs.h"

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

/* Every product, by both where CLBlast was built in; their sums; no data set is needed. */
static void test_json(void **state) {
    (void)state;
    program p = {.environment = (const char *const[]){"FMNIST_DATA=/nowhere", NULL}};
    program_run(&p, "bench", "--gemm", "--device", "0", "--hidden", "16", "--batch-size", "20",
                "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    assert_string_equal(json_string_value(json_object_get(document, "network")), "784-16-10");
    assert_int_equal(json_integer_value(json_object_get(document, "batch_size")), 20);
    const json_t *result = json_array_get(json_object_get(document, "results"), 0);
    const json_t *products = json_object_get(result, "products");
    assert_int_equal(json_array_size(products), 5);
    double native = 0, clblast = 0;
    for (size_t i = 0; i < 5; i++) {
        const json_t *product = json_array_get(products, i);
        assert_true(number(product, "native_seconds") > 0);
        assert_int_equal(number(product, "clblast_seconds") > 0, fm_gemm_has_clblast());
        assert_true(number(product, "flop") ==
                    2 * number(product, "m") * number(product, "n") * number(product, "k"));
        native += number(product, "native_seconds");
        clblast += number(product, "clblast_seconds");
    }
    assert_true(number(result, "native_seconds") > 0.999 * native &&
                number(result, "native_seconds") < 1.001 * native);
    assert_true(number(result, "clblast_seconds") >= 0.999 * clblast);
    json_decref(document);
    program_free(&p);
}

/* The reference has nobody to be compared with. */
static void test_text(void **state) {
    (void)state;
    program p = {.folder = NULL};
    program_run(&p, "bench", "--gemm", "--device", "reference", "--hidden", "none", "--batch-size",
                "3");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "784-10, batches of 3, on plain C: m x n over k\n"));
    assert_non_null(strstr(p.out, "\nforward 1       3 x 10 x 784 "));
    assert_non_null(strstr(p.out, "\nparameters 1    10 x 784 x 3 "));
    assert_non_null(strstr(p.out, "\nwhole step "));
    assert_null(strstr(p.out, "CLBlast"));
    program_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
