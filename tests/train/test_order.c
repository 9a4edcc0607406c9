/* The order of an epoch: the batches of the shuffle, the images of a class together in each. */
#include <string.h>

#include "base/random.h"
#include "support/check.h"
#include "train/order.h"

enum { COUNT = 255 };

typedef struct images {
    uint32_t train[COUNT], order[COUNT], scratch[COUNT];
    uint8_t label[2 * COUNT];
    fm_split split;
} images;

/* Every second image is trained on. */
static void create(images *out) {
    fm_random random;
    fm_random_seed(&random, 3, 1);
    for (size_t i = 0; i < COUNT; i++)
        out->train[i] = (uint32_t)(2 * i);
    for (size_t i = 0; i < sizeof out->label; i++)
        out->label[i] = (uint8_t)fm_random_below(&random, 10);
    out->label[7] = UINT8_MAX;
    out->label[8] = UINT8_MAX;
    out->split = (fm_split){.train_count = COUNT, .train = out->train};
}

/* The position of the image in the batch of the expected order. */
static size_t find(const uint32_t *batch, size_t rows, uint32_t image) {
    for (size_t i = 0; i < rows; i++)
        if (batch[i] == image)
            return i;
    fail_msg("image %u is not in its batch", image);
    return rows;
}

static void check(const images *all, const uint32_t *expected, size_t batch_size) {
    for (size_t first = 0; first < COUNT; first += batch_size) {
        size_t rows = COUNT - first < batch_size ? COUNT - first : batch_size;
        const uint32_t *batch = all->order + first;
        for (size_t i = 0; i < rows; i++) {
            size_t at = find(expected + first, rows, batch[i]);
            if (!i)
                continue;
            uint8_t label = all->label[batch[i]], before = all->label[batch[i - 1]];
            assert_true(before <= label);
            if (before == label) /* so there are no duplicates either */
                assert_true(find(expected + first, rows, batch[i - 1]) < at);
        }
    }
}

static void test_batches_are_those_of_the_shuffle(void **state) {
    static const size_t batch_sizes[] = {1, 2, 7, 127, 128, COUNT};
    images all;
    (void)state;
    create(&all);
    for (size_t b = 0; b < sizeof batch_sizes / sizeof *batch_sizes; b++) {
        for (size_t epoch = 1; epoch <= 3; epoch++) {
            uint32_t expected[COUNT];
            fm_random random;
            memcpy(expected, all.train, sizeof expected);
            fm_random_seed(&random, 5, FM_STREAM_ORDER + epoch);
            fm_random_shuffle(&random, expected, COUNT);
            fm_order_epoch(all.order, all.scratch, &all.split, all.label, batch_sizes[b], 1, 5,
                           epoch);
            check(&all, expected, batch_sizes[b]);
        }
        fm_order_epoch(all.order, all.scratch, &all.split, all.label, batch_sizes[b], 0, 5, 1);
        check(&all, all.train, batch_sizes[b]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches_are_those_of_the_shuffle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
