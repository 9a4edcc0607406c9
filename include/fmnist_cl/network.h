/* A network on a device. */
#ifndef FMNIST_CL_NETWORK_H
#define FMNIST_CL_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/optimizer.h"
#include "fmnist_cl/weights.h"

typedef struct fm_network fm_network;

/* A batch capacity for predictions: in pieces of so many images their beginnings and ends do not
 * count. */
enum { FM_NETWORK_PREDICTIONS = 2000 };

/* Makes a network of these weights on the device. batch_capacity is the largest number of images
 * it will ever see at once (1 or more). The optimiser, NULL for a network that only predicts, says
 * what state to keep beside each parameter. The device must outlive the network.
 * Free with fm_network_free. FM_E_ARGUMENT, FM_E_MEMORY or FM_E_OPENCL. */
int fm_network_create(fm_network **out, fm_device *device, const fm_weights *weights,
                      size_t batch_capacity, const fm_optimizer *optimizer, fm_error *error);
void fm_network_free(fm_network *network);

const fm_architecture *fm_network_architecture(const fm_network *network);

/* Copies the weights between host and device; waits for the device. The architectures must be
 * the same. */
int fm_network_read(fm_weights *out, fm_network *network, fm_error *error);
int fm_network_write(fm_network *network, const fm_weights *weights, fm_error *error);

/* Logits of count images: [count][outputs] into out. Works through them in pieces of the batch
 * capacity. images->pixels must be the network's inputs; labels are not looked at and may be NULL.
 */
int fm_network_predict(float *out, fm_network *network, const fm_images *images, fm_error *error);

#endif
