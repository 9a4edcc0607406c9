#include "backend/reference/reference.h"

#include "base/philox.h"

void fm_reference_dropout_mask(const fm_reference_run *run) {
    const size_t bytes = fm_mask_bytes(run->node->outputs);
    const uint32_t key[2] = {run->step->seed_low, run->step->seed_high};
    const uint32_t threshold = fm_dropout_threshold(run->node->rate);
    uint8_t *mask = fm_reference_mask(run, 0);
    for (size_t i = 0; i < (size_t)run->step->rows; i++)
        for (size_t byte = 0; byte < bytes; byte++) {
            const uint32_t counter[4] = {(uint32_t)byte, (uint32_t)fm_reference_index(run, i),
                                         (uint32_t)run->step->epoch, (uint32_t)run->node->layer};
            uint32_t numbers[4];
            unsigned bits = 0;
            fm_philox(numbers, counter, key);
            for (unsigned bit = 0; bit < 8; bit++) {
                const uint32_t number = numbers[bit / 2] >> (bit % 2 ? 16 : 0) & 0xFFFFU;
                bits |= (unsigned)(number >= threshold) << bit;
            }
            mask[i * bytes + byte] = (uint8_t)bits;
        }
}

/* Elements where the mask is 0 become 0, the others are scaled. */
static void apply(float *out, const float *in, const uint8_t *mask, const fm_reference_run *run) {
    const size_t cols = run->node->outputs, bytes = fm_mask_bytes(cols);
    const float scale = fm_dropout_scale(run->node->rate);
    for (size_t i = 0; i < (size_t)run->step->rows; i++)
        for (size_t c = 0; c < cols; c++)
            out[i * cols + c] =
                mask[i * bytes + c / 8] >> c % 8 & 1 ? in[i * cols + c] * scale : 0.0f;
}

void fm_reference_dropout_forward(const fm_reference_run *run) {
    apply(fm_reference_batch(run, 0), fm_reference_batch(run, 1), fm_reference_mask(run, 2), run);
}

void fm_reference_dropout_backward(const fm_reference_run *run) {
    float *dy = fm_reference_batch(run, 0);
    apply(dy, dy, fm_reference_mask(run, 1), run);
}
