/* The order of the images in an epoch. */
#ifndef FM_TRAIN_ORDER_H
#define FM_TRAIN_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/dataset.h"

/* Writes the order of the training set in an epoch (from 1), batch by batch: shuffled for this
 * epoch, or in the order of the split. It depends only on split, seed and epoch, so no earlier
 * epoch is needed.
 *
 * Within a batch, images of the same class are adjacent, which affects only the order of sums.
 * Adjacent images of one class have more zeros in common, which kernels skip: 40 % of the pixels
 * are zero in both neighbours instead of 34 %.
 *
 * order and scratch have room for split->train_count. */
void fm_order_epoch(uint32_t *order, uint32_t *scratch, const fm_split *split,
                    const uint8_t *labels, size_t batch_size, int shuffle, uint64_t seed,
                    size_t epoch);

/* Sorts the count images of `from` by class; the sort is stable. */
void fm_order_by_class(uint32_t *order, const uint32_t *from, size_t count, const uint8_t *labels);

#endif
