/* The order in which an epoch takes its images. */
#ifndef FM_TRAIN_ORDER_H
#define FM_TRAIN_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/dataset.h"

/* The training part of the epoch (from 1 on), batch by batch: shuffled anew, or as it stands in the
 * split. Depends on split, seed and epoch alone, so that any epoch can be had without the ones
 * before it.
 *
 * Within a batch the images of a class come one after the other. Their order there changes no more
 * than the order of sums; and where images that lie together have their zeros in the same places,
 * more products can be left out (kernels/linear_panel.cl): 40 % of the pixels of two neighbours
 * are zero in both then, not 34 %.
 *
 * order and scratch have room for split->train_count. */
void fm_order_epoch(uint32_t *order, uint32_t *scratch, const fm_split *split,
                    const uint8_t *labels, size_t batch_size, int shuffle, uint64_t seed,
                    size_t epoch);

/* count images of `from`, those of a class together, else as they were. */
void fm_order_by_class(uint32_t *order, const uint32_t *from, size_t count, const uint8_t *labels);

#endif
