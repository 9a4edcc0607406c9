/* The numbers of an optimizer's update at a step. */
#include <math.h>

#include "nn/schedule.h"
#include "support/check.h"

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
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_adam_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
