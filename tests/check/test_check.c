/* The device check accepts correct back ends, and finds a fault in any operation. */
#include <stdlib.h>
#include <string.h>

#include "check/answers.h"
#include "check/check.h"
#include "support/backends.h"
#include "support/check.h"
#include "support/faulty_reference.h"

static void test_every_backend_passes(void **state) {
    (void)state;
    backends_set_up(NULL);
    for (size_t i = 0; i <= backend_count; i++) {
        fm_error error = {0};
        CHECK_OK(fm_check_all(backends[i].backend, &error), &error);
        CHECK_OK(fm_check_short(backends[i].backend, FM_RELU, &error), &error);
        CHECK_OK(fm_check_short(backends[i].backend, FM_PRELU, &error), &error);
    }
    backends_tear_down(NULL);
}

/* The operation that the error must name: the faulty one, or the update after it. */
static const struct {
    const char *array;
    int of_prelu;
} places[FAULT_PLACES] = {
    [FAULT_GATHER] = {"x", 0},
    [FAULT_FORWARD] = {"y", 0},
    [FAULT_FORWARD_Z] = {"z", 0},
    [FAULT_LOSS] = {"loss", 0},
    [FAULT_LOSS_GRADIENT] = {"dlogits", 0},
    [FAULT_PREDICTION] = {"prediction", 0},
    [FAULT_BACKWARD_INPUT] = {"dx", 0},
    [FAULT_ACTIVATION_BACKWARD] = {"dy", 0},
    [FAULT_PRELU_BACKWARD] = {"dy", 1},
    [FAULT_SHARE] = {"share", 1},
    [FAULT_BACKWARD_WEIGHT] = {"weight's gradient", 0},
    [FAULT_BACKWARD_BIAS] = {"bias's gradient", 0},
    [FAULT_SLOPE] = {"slope's gradient", 1},
    [FAULT_UPDATE_WEIGHT] = {"weight", 0},
    [FAULT_UPDATE_STATE] = {"bias", 0},
};

/* A wrong update is first found where it follows its gradient. */
static void expect_found(int status, const fm_error *error, enum fault_place place,
                         const char *sizes) {
    enum fm_operation operation = fault_operation(place);
    char text[64], array[64];
    if (operation == FM_OP_UPDATE)
        operation = FM_OP_LINEAR_BACKWARD_PARAMETERS;
    snprintf(text, sizeof text, "computes wrongly: %s (", fm_operation_get(operation)->name);
    snprintf(array, sizeof array, " of %s", places[place].array);
    assert_int_equal(status, FM_E_WRONG);
    assert_int_equal(error->status, FM_E_WRONG);
    if (!strstr(error->why, text) || !strstr(error->why, array) || !strstr(error->why, sizes) ||
        !strstr(error->why, "; tolerance "))
        fail_msg("place %d: '%s'", (int)place, error->why);
}

/* Faults in every operation and every output, for the known answers and beyond. */
static void test_every_fault_is_found(void **state) {
    (void)state;
    for (int place = 0; place < FAULT_PLACES; place++)
        for (int kind = FAULT_OFF; kind <= FAULT_NAN; kind++) {
            fm_error error = {0};
            fm_backend *backend = faulty_reference(
                (fault){.place = (enum fault_place)place, .kind = (enum fault_kind)kind});
            expect_found(fm_check_all(backend, &error), &error, (enum fault_place)place,
                         "(a known answer)");
            expect_found(fm_check_short(backend, FM_PRELU, &error), &error, (enum fault_place)place,
                         "(a known answer)");
            fm_backend_free(backend);
        }
}

/* Faults only in larger batches than the known answers: the comparison with the reference finds
 * them. */
static void test_faults_of_larger_batches(void **state) {
    (void)state;
    for (int place = 0; place < FAULT_PLACES; place++) {
        fm_error error = {0};
        fm_backend *backend =
            faulty_reference((fault){.place = (enum fault_place)place, .least_rows = 33});
        expect_found(fm_check_short(backend, FM_PRELU, &error), &error, (enum fault_place)place,
                     " (33 ");
        fm_backend_free(backend);
        backend = faulty_reference((fault){.place = (enum fault_place)place, .least_rows = 128});
        CHECK_OK(fm_check_short(backend, FM_PRELU, &error), &error);
        expect_found(fm_check_all(backend, &error), &error, (enum fault_place)place, " (130 ");
        fm_backend_free(backend);
    }
}

/* The short form skips PReLU's operations for other networks. */
static void test_short_form_without_prelu(void **state) {
    (void)state;
    for (int place = 0; place < FAULT_PLACES; place++) {
        fm_error error = {0};
        fm_backend *backend = faulty_reference((fault){.place = (enum fault_place)place});
        int status = fm_check_short(backend, FM_RELU, &error);
        assert_int_equal(status, places[place].of_prelu ? FM_OK : FM_E_WRONG);
        fm_backend_free(backend);
    }
}

/* How often an operation is called before the trainings begin. */
static size_t calls_before_training(fault wanted) {
    size_t most = 1;
    for (int status = FM_E_WRONG; status; most++) {
        fm_error error = {0};
        wanted.from_call = most;
        fm_backend *backend = faulty_reference(wanted);
        status = fm_check_short(backend, FM_PRELU, &error);
        fm_backend_free(backend);
        if (status && strstr(error.why, "training of "))
            break;
    }
    return most;
}

/* Faults after some calls: the training finds them, by its losses, weights or bits. */
static void test_training_finds_faults(void **state) {
    (void)state;
    static const struct {
        enum fault_place place;
        enum fault_kind kind;
        size_t later; /* correct calls of the training */
        const char *why;
    } cases[] = {
        {FAULT_FORWARD, FAULT_NAN, 12, "of the losses, "},
        /* 8 steps of 3 layers, the last of which updates layer 1. */
        {FAULT_BACKWARD_WEIGHT, FAULT_OFF, 23, "of the weights of layer 1, "},
        {FAULT_BACKWARD_WEIGHT, FAULT_NOISE, 0, "gave other bits when repeated"},
        {FAULT_LOSS_GRADIENT, FAULT_NOISE, 0, "gave other bits when repeated"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_error error = {0};
        fault wanted = {.place = cases[i].place, .kind = FAULT_NAN};
        wanted.from_call = calls_before_training(wanted) + cases[i].later;
        wanted.kind = cases[i].kind;
        fm_backend *backend = faulty_reference(wanted);
        assert_int_equal(fm_check_short(backend, FM_PRELU, &error), FM_E_WRONG);
        assert_non_null(strstr(error.why, "training of 40-33-17-10, prelu, adam, batches of 16"));
        if (!strstr(error.why, cases[i].why))
            fail_msg("'%s' does not say '%s'", error.why, cases[i].why);
        fm_backend_free(backend);
    }
}

/* The known answers also find a wrong reference. */
static void test_wrong_reference(void **state) {
    (void)state;
    for (int place = 0; place < FAULT_PLACES; place++) {
        fm_error error = {0};
        fm_backend *backend = faulty_reference((fault){.place = (enum fault_place)place});
        expect_found(fm_check_answers(backend, 1, &error), &error, (enum fault_place)place, "");
        fm_backend_free(backend);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_backend_passes),
        cmocka_unit_test(test_every_fault_is_found),
        cmocka_unit_test(test_faults_of_larger_batches),
        cmocka_unit_test(test_short_form_without_prelu),
        cmocka_unit_test(test_training_finds_faults),
        cmocka_unit_test(test_wrong_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
