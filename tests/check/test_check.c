/* The check of a device passes what is right and finds what is wrong, wherever it is. */
#include <stdlib.h>
#include <string.h>

#include "check/answers.h"
#include "check/check.h"
#include "support/check.h"
#include "support/faulty_ops.h"
#include "support/implementations.h"

static void test_every_implementation_passes(void **state) {
    (void)state;
    implementation implementations[MOST_IMPLEMENTATIONS];
    size_t count = implementations_open(implementations);
    fm_ops *reference = implementation_reference();
    for (size_t i = 0; i <= count; i++) {
        fm_error error = {0};
        fm_ops *ops = i < count ? implementations[i].ops : reference;
        CHECK_OK(fm_check_all(ops, &error), &error);
        CHECK_OK(fm_check_short(ops, FM_RELU, &error), &error);
        CHECK_OK(fm_check_short(ops, FM_PRELU, &error), &error);
    }
    fm_ops_free(reference);
    implementations_close();
}

/* What the error must name, by place. */
static const struct {
    const char *operation, *array;
    int of_prelu;
} places[FAULT_PLACES] = {
    [FAULT_GATHER] = {"gather, ", " of x, ", 0},
    [FAULT_FORWARD] = {"linear_forward, ", " of y, ", 0},
    [FAULT_FORWARD_Z] = {"linear_forward, ", " of z, ", 1},
    [FAULT_BACKWARD_INPUT] = {"linear_backward_input, ", " of dx, ", 0},
    [FAULT_BACKWARD_WEIGHT] = {"linear_backward_parameters, ", " of weight, ", 0},
    [FAULT_BACKWARD_BIAS] = {"linear_backward_parameters, ", " of bias, ", 0},
    [FAULT_BACKWARD_STATE] = {"linear_backward_parameters, ", " of bias's s0, ", 0},
    [FAULT_PRELU_BACKWARD] = {"prelu_backward, ", " of dz, ", 1},
    [FAULT_SLOPE] = {"prelu_backward, ", " of slope, ", 1},
    [FAULT_LOSS] = {"loss, ", " of loss, ", 0},
    [FAULT_LOSS_GRADIENT] = {"loss, ", " of dlogits, ", 0},
    [FAULT_CLASS] = {"loss, ", " of class, ", 0},
};

static void expect_found(int status, const fm_error *error, enum fault_place place,
                         const char *sizes) {
    assert_int_equal(status, FM_E_WRONG);
    assert_int_equal(error->status, FM_E_WRONG);
    if (!strstr(error->why, places[place].operation) || !strstr(error->why, places[place].array) ||
        !strstr(error->why, sizes))
        fail_msg("place %d: '%s'", (int)place, error->why);
    assert_non_null(strstr(error->why, " is allowed"));
}

/* In every operation and every one of its outputs, from a hand's reckoning on. */
static void test_every_fault_is_found(void **state) {
    (void)state;
    for (int place = 0; place < FAULT_PLACES; place++)
        for (int kind = FAULT_OFF; kind <= FAULT_NAN; kind++) {
            fm_error error = {0};
            fm_ops *ops = faulty_ops(
                (fault){.place = (enum fault_place)place, .kind = (enum fault_kind)kind});
            expect_found(fm_check_all(ops, &error), &error, (enum fault_place)place,
                         "(a known answer)");
            expect_found(fm_check_short(ops, FM_PRELU, &error), &error, (enum fault_place)place,
                         "(a known answer)");
            fm_ops_free(ops);
        }
}

/* Only with more rows than any known answer has: there the reference says what is right. */
static void test_faults_of_larger_batches(void **state) {
    (void)state;
    for (int place = 0; place < FAULT_PLACES; place++) {
        fm_error error = {0};
        fm_ops *ops = faulty_ops((fault){.place = (enum fault_place)place, .least_rows = 33});
        expect_found(fm_check_short(ops, FM_PRELU, &error), &error, (enum fault_place)place,
                     ", 33 x ");
        fm_ops_free(ops);
        ops = faulty_ops((fault){.place = (enum fault_place)place, .least_rows = 128});
        CHECK_OK(fm_check_short(ops, FM_PRELU, &error), &error);
        expect_found(fm_check_all(ops, &error), &error, (enum fault_place)place, ", 130 x ");
        fm_ops_free(ops);
    }
}

/* PReLU's own operations are left out where nothing needs them. */
static void test_short_form_without_prelu(void **state) {
    (void)state;
    for (int place = 0; place < FAULT_PLACES; place++) {
        fm_error error = {0};
        fm_ops *ops = faulty_ops((fault){.place = (enum fault_place)place});
        int status = fm_check_short(ops, FM_RELU, &error);
        assert_int_equal(status, places[place].of_prelu ? FM_OK : FM_E_WRONG);
        fm_ops_free(ops);
    }
}

/* How often an operation of that place is called before the trainings begin. */
static size_t calls_before_training(fault wanted) {
    size_t most = 1;
    for (int status = FM_E_WRONG; status; most++) {
        fm_error error = {0};
        wanted.from_call = most;
        fm_ops *ops = faulty_ops(wanted);
        status = fm_check_short(ops, FM_PRELU, &error);
        fm_ops_free(ops);
        if (status && strstr(error.why, "training of "))
            break;
    }
    return most;
}

/* Wrong after a while: then the training tells, by its losses, its weights or its bits. */
static void test_training_tells(void **state) {
    (void)state;
    static const struct {
        enum fault_place place;
        enum fault_kind kind;
        size_t later; /* calls of the training that are right */
        const char *why;
    } cases[] = {
        {FAULT_FORWARD, FAULT_NAN, 12, "of the losses, "},
        /* 8 steps of 3 layers, the last of which updates layer 1. */
        {FAULT_BACKWARD_WEIGHT, FAULT_OFF, 23, "of the weights of layer 1, "},
        {FAULT_BACKWARD_WEIGHT, FAULT_NOISE, 0, "ended with other bits when repeated"},
        {FAULT_LOSS_GRADIENT, FAULT_NOISE, 0, "ended with other bits when repeated"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_error error = {0};
        fault wanted = {.place = cases[i].place, .kind = FAULT_NAN};
        wanted.from_call = calls_before_training(wanted) + cases[i].later;
        wanted.kind = cases[i].kind;
        fm_ops *ops = faulty_ops(wanted);
        assert_int_equal(fm_check_short(ops, FM_PRELU, &error), FM_E_WRONG);
        assert_non_null(strstr(error.why, "training of 40-33-17-10, prelu, adam, batches of 16"));
        if (!strstr(error.why, cases[i].why))
            fail_msg("'%s' does not say '%s'", error.why, cases[i].why);
        fm_ops_free(ops);
    }
}

/* The reference is held too: by answers that do not come from it. */
static void test_wrong_reference(void **state) {
    (void)state;
    for (int place = 0; place < FAULT_PLACES; place++) {
        fm_error error = {0};
        fm_ops *ops = faulty_ops((fault){.place = (enum fault_place)place});
        expect_found(fm_check_answers(ops, 1, &error), &error, (enum fault_place)place, "");
        fm_ops_free(ops);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_implementation_passes),
        cmocka_unit_test(test_every_fault_is_found),
        cmocka_unit_test(test_faults_of_larger_batches),
        cmocka_unit_test(test_short_form_without_prelu),
        cmocka_unit_test(test_training_tells),
        cmocka_unit_test(test_wrong_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
