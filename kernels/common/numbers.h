/* The numbers of the activations and losses. src/backend/backend.c asserts that they equal those of
 * enum fm_activation and enum fm_loss. */
#ifndef FM_COMMON_NUMBERS_H
#define FM_COMMON_NUMBERS_H

enum { ACTIVATION_IDENTITY, ACTIVATION_RELU, ACTIVATION_PRELU, ACTIVATION_ELU };
enum { LOSS_CROSS_ENTROPY, LOSS_NLL, LOSS_MSE };

#endif
