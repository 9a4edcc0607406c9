/* Names, ranges and schedules of the optimisers. */
#include <math.h>

#include "fmnist_cl/optimizer.h"
#include "optim/schedule.h"
#include "support/check.h"

static void test_defaults_are_pytorchs(void **state) {
    (void)state;
    fm_optimizer o;
    fm_optimizer_init(&o, FM_RMSPROP);
    assert_int_equal(o.kind, FM_RMSPROP);
    assert_true(o.beta1 == 0.9 && o.beta2 == 0.999 && o.eps == 1e-8 && o.alpha == 0.99);
    assert_true(o.momentum == 0 && o.weight_decay == 0 && !o.nesterov && o.lr == 0.003);
    assert_int_equal(fm_optimizer_check(&o, NULL), FM_OK);
}

static void test_names(void **state) {
    (void)state;
    for (int kind = FM_ADAM; kind <= FM_RMSPROP; kind++) {
        enum fm_optimizer_kind parsed = FM_ADAM;
        const char *name = fm_optimizer_name((enum fm_optimizer_kind)kind);
        assert_int_equal(fm_optimizer_parse(&parsed, name, NULL), FM_OK);
        assert_int_equal(parsed, kind);
    }
    fm_error error = {0};
    enum fm_optimizer_kind unchanged = FM_SGD;
    assert_int_equal(fm_optimizer_parse(&unchanged, "adamax", &error), FM_E_ARGUMENT);
    assert_int_equal(unchanged, FM_SGD);
    assert_string_equal(error.why, "'adamax' is unknown");
    assert_string_equal(error.hint, "choose one of: adam, sgd, rmsprop");
}

static int refused(size_t member, double value) {
    fm_optimizer o;
    fm_error error = {0};
    fm_optimizer_init(&o, FM_ADAM);
    double *members[] = {&o.lr, &o.weight_decay, &o.momentum, &o.eps, &o.beta1, &o.beta2, &o.alpha};
    *members[member] = value;
    int status = fm_optimizer_check(&o, &error);
    assert_int_equal(status, error.status);
    return status == FM_E_ARGUMENT;
}

static void test_ranges(void **state) {
    (void)state;
    for (size_t member = 0; member < 7; member++) {
        assert_true(refused(member, NAN));
        assert_true(refused(member, INFINITY));
        assert_true(refused(member, -0.1));
        assert_true(refused(member, 1e39)); /* not a float */
        assert_false(refused(member, 0.5));
    }
    assert_true(refused(0, 0));
    assert_true(refused(0, 1e-60)); /* 0 as a float */
    for (size_t member = 1; member < 7; member++)
        assert_false(refused(member, 0));
    assert_true(refused(4, 1));
    assert_true(refused(5, 1));
    assert_false(refused(6, 1));
    assert_true(refused(6, 1.5));
}

static void test_nesterov(void **state) {
    (void)state;
    fm_optimizer o;
    fm_optimizer_init(&o, FM_SGD);
    o.nesterov = 1;
    assert_int_equal(fm_optimizer_check(&o, NULL), FM_E_ARGUMENT);
    o.momentum = 0.9;
    assert_int_equal(fm_optimizer_check(&o, NULL), FM_OK);
    o.kind = FM_ADAM;
    assert_int_equal(fm_optimizer_check(&o, NULL), FM_E_ARGUMENT);
}

static void test_slots(void **state) {
    (void)state;
    fm_optimizer o;
    fm_optimizer_init(&o, FM_ADAM);
    assert_int_equal(fm_schedule_slots(&o), 2);
    o.kind = FM_SGD;
    assert_int_equal(fm_schedule_slots(&o), 0);
    o.momentum = 0.9;
    assert_int_equal(fm_schedule_slots(&o), 1);
    o.kind = FM_RMSPROP;
    assert_int_equal(fm_schedule_slots(&o), 2);
    o.momentum = 0;
    assert_int_equal(fm_schedule_slots(&o), 1);
}

/* The bias corrections: at step 1 they undo 1 - beta exactly, in the long run they vanish. */
static void test_adam_schedule(void **state) {
    (void)state;
    fm_optimizer o;
    fm_update first, late;
    fm_optimizer_init(&o, FM_ADAM);
    fm_schedule_update(&first, &o, 1);
    fm_schedule_update(&late, &o, 1000000);
    assert_int_equal(first.rule, FM_UPDATE_ADAM);
    assert_true(first.step_size == (float)(0.003 / (1 - 0.9)));
    assert_true(first.root_scale == (float)(1 / sqrt(1 - 0.999)));
    assert_true(late.step_size == 0.003f);
    assert_true(late.root_scale == 1.0f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_pytorchs),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_nesterov),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_adam_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
