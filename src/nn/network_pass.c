/* One batch's way through a network: forward, loss, backward. */
#include "nn/network.h"

int fm_network_forward(fm_network *network, fm_samples *samples, size_t first, size_t rows,
                       fm_error *error) {
    fm_ops *ops = network->ops;
    fm_matrix *x = network->x;
    int status = fm_ops_gather(ops, x, samples, first, rows, error);
    for (size_t l = 0; !status && l < network->layer_count; l++) {
        fm_layer *layer = &network->layers[l];
        int last = l + 1 == network->layer_count;
        status = fm_ops_linear_forward(ops, layer->y, layer->z, x, layer->parameters,
                                       last ? FM_IDENTITY : network->architecture.activation,
                                       layer->slope, rows, error);
        x = layer->y;
    }
    return status;
}

int fm_network_score(fm_network *network, fm_samples *samples, fm_outcomes *outcomes,
                     enum fm_loss loss, size_t first, size_t rows, fm_error *error) {
    fm_matrix *logits = network->layers[network->layer_count - 1].y;
    int status = fm_network_forward(network, samples, first, rows, error);
    if (!status)
        status =
            fm_ops_loss(network->ops, NULL, outcomes, logits, samples, loss, first, rows, error);
    return status;
}

/* From dy of layer l to dy of the layer below, then layer l's own update: in this order, for the
 * gradient of the input wants the weights as they were. */
static int backward(fm_network *network, size_t l, const fm_update *update, size_t rows,
                    fm_error *error) {
    fm_ops *ops = network->ops;
    fm_layer *layer = &network->layers[l];
    fm_layer *below = l ? &network->layers[l - 1] : NULL;
    enum fm_activation activation = network->architecture.activation;
    int status = FM_OK;
    if (below && activation == FM_PRELU)
        status = fm_ops_linear_backward_input(ops, below->dy, layer->dy, layer->parameters,
                                              FM_IDENTITY, NULL, rows, error);
    else if (below)
        status = fm_ops_linear_backward_input(ops, below->dy, layer->dy, layer->parameters,
                                              activation, below->y, rows, error);
    if (!status)
        status = fm_ops_linear_backward_parameters(
            ops, layer->parameters, below ? below->y : network->x, layer->dy, update, rows, error);
    if (!status && below && activation == FM_PRELU)
        status = fm_ops_prelu_backward(ops, below->dy, below->z, below->slope, update, rows, error);
    return status;
}

int fm_network_step(fm_network *network, fm_samples *samples, fm_outcomes *outcomes,
                    enum fm_loss loss, const fm_update *update, size_t first, size_t rows,
                    fm_error *error) {
    fm_layer *last = &network->layers[network->layer_count - 1];
    int status = fm_network_forward(network, samples, first, rows, error);
    if (!status)
        status = fm_ops_loss(network->ops, last->dy, outcomes, last->y, samples, loss, first, rows,
                             error);
    for (size_t l = network->layer_count; !status && l-- > 0;)
        status = backward(network, l, update, rows, error);
    return status;
}
