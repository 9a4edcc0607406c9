/* Pieces of a ring are given back one by one, moved, left alone, or given back all at once. */
/* wrap: malloc realloc free */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ring.h"

void *__real_malloc(size_t size);
void *__real_realloc(void *bytes, size_t size);
void __real_free(void *bytes);

static int held, fails;

void *__wrap_malloc(size_t size) {
    void *made = fails ? NULL : __real_malloc(size);
    held += made != NULL;
    return made;
}

void *__wrap_realloc(void *bytes, size_t size) {
    return fails ? NULL : __real_realloc(bytes, size);
}

void __wrap_free(void *bytes) {
    held -= bytes != NULL;
    __real_free(bytes);
}

enum { COUNT = 5 };

static void fill(fm_ring *ring, char *pieces[COUNT]) {
    held = fails = 0;
    if (ring)
        fm_ring_start(ring);
    for (int i = 0; i < COUNT; i++) {
        pieces[i] = fm_ring_allocate(ring, 7);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memcpy(pieces[i], "piece ", 7);
        pieces[i][5] = (char)('0' + i);
    }
    assert_int_equal(held, COUNT);
}

static void test_all_at_once(void **state) {
    (void)state;
    fm_ring ring;
    char *pieces[COUNT];
    fill(&ring, pieces);
    fm_ring_free(&ring);
    assert_int_equal(held, 0);
    fm_ring_free(&ring);
    assert_int_equal(held, 0);
}

static void test_one_by_one(void **state) {
    (void)state;
    fm_ring ring;
    char *pieces[COUNT];
    fill(&ring, pieces);
    static const int order[COUNT] = {2, 0, 4, 1};
    for (int i = 0; i < COUNT - 1; i++)
        fm_ring_release(pieces[order[i]]);
    fm_ring_release(NULL);
    assert_int_equal(held, 1);
    assert_string_equal(pieces[3], "piece3");
    fm_ring_free(&ring);
    assert_int_equal(held, 0);
}

static void test_moved(void **state) {
    (void)state;
    fm_ring ring;
    char *pieces[COUNT];
    fill(&ring, pieces);
    for (int i = 0; i < COUNT; i++) {
        pieces[i] = fm_ring_reallocate(pieces[i], 5000);
        assert_non_null(pieces[i]);
        assert_memory_equal(pieces[i], "piece", 5);
        assert_int_equal(pieces[i][5], '0' + i);
    }
    fails = 1;
    assert_null(fm_ring_reallocate(pieces[1], 10000));
    assert_null(fm_ring_reallocate(pieces[1], SIZE_MAX));
    assert_string_equal(pieces[1], "piece1");
    fm_ring_free(&ring);
    assert_int_equal(held, 0);
}

/* Those left alone outlive the ring, and those that never were in one are like them. */
static void test_alone(void **state) {
    (void)state;
    char *pieces[COUNT];
    for (int in_ring = 0; in_ring < 2; in_ring++) {
        fm_ring ring;
        fill(in_ring ? &ring : NULL, pieces);
        if (in_ring) {
            fm_ring_scatter(&ring);
            fm_ring_free(&ring);
        }
        assert_int_equal(held, COUNT);
        pieces[0] = fm_ring_reallocate(pieces[0], 5000);
        for (int i = 0; i < COUNT; i++) {
            assert_int_equal(pieces[i][5], '0' + i);
            fm_ring_release(pieces[i]);
        }
        assert_int_equal(held, 0);
    }
}

static void test_no_memory(void **state) {
    (void)state;
    fm_ring ring;
    fm_ring_start(&ring);
    fails = 1;
    assert_null(fm_ring_allocate(&ring, 1));
    fails = 0;
    assert_null(fm_ring_allocate(&ring, SIZE_MAX - 1));
    fm_ring_free(&ring);
    assert_int_equal(held, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_one_by_one),
        cmocka_unit_test(test_moved),       cmocka_unit_test(test_alone),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
