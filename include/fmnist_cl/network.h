/* A network in device memory. */
#ifndef FMNIST_CL_NETWORK_H
#define FMNIST_CL_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/optimizer.h"
#include "fmnist_cl/weights.h"

FM_BEGIN_DECLS

typedef struct fm_network fm_network;

/* A good batch capacity for predictions: with larger batches, the overhead per batch is negligible.
 */
enum { FM_NETWORK_PREDICTIONS = 2000 };

/* Creates a network with these weights on the device. batch_capacity (at least 1) is the largest
 * number of images per batch. The optimizer determines the state per parameter; NULL for a network
 * that only predicts. The device must outlive the network. Free with fm_network_free.
 * FM_E_ARGUMENT, FM_E_MEMORY or FM_E_OPENCL. */
int fm_network_create(fm_network **out, fm_device *device, const fm_weights *weights,
                      size_t batch_capacity, const fm_optimizer *optimizer, fm_error *error);
void fm_network_free(fm_network *network);

const fm_architecture *fm_network_architecture(const fm_network *network);

/* Copy the weights between host and device, and wait for the device. Both must have the same
 * architecture. */
int fm_network_read(fm_weights *out, fm_network *network, fm_error *error);
int fm_network_write(fm_network *network, const fm_weights *weights, fm_error *error);

/* Computes the logits [count][outputs] of count images, in batches of up to the batch capacity.
 * images->pixels must equal the network's inputs. Ignores labels, which may be NULL. */
int fm_network_predict(float *out, fm_network *network, const fm_images *images, fm_error *error);

FM_END_DECLS

#endif
