"""A model of the time of a training step: FLOP at the measured peak, plus bytes at the measured bandwidth,
plus launches at the measured launch time, without overlap. A large difference from the measured time needs
an explanation or a fix."""

import math

from .rows import PIXELS, image_flop, layers, parameters

FLOAT = 4
# On a CPU: one launch for the rows of a batch and one for the parameters. (A GPU needs about three per layer.)
LAUNCHES_A_STEP = 2
# An update reads and writes the weights and Adam's two moments.
UPDATE_PASSES = 6


def activations(hidden, batch):
    """Bytes of a batch's activations: the input, and each layer's output and its gradient."""
    outputs = sum(outputs for _, outputs in layers(hidden))
    return FLOAT * batch * (PIXELS + 2 * outputs)


def memory(hidden, batch):
    """Bytes that a training needs: parameters with two moments each, and activations."""
    return 3 * FLOAT * parameters(hidden) + activations(hidden, batch)


def traffic(hidden, batch):
    """Bytes that a step moves. Weights are read in the forward pass, read in the backward pass (except for the
    first layer), and updated. Activations and their gradients are written once and read twice. Images are read as
    bytes."""
    weights = FLOAT * parameters(hidden)
    backward = weights - FLOAT * layers(hidden)[0][1] * (PIXELS + 1)
    return weights * (1 + UPDATE_PASSES) + backward + 3 * activations(hidden, batch) + PIXELS * batch


def bandwidth(peak, working_set):
    """Bytes/s for a working set of this size, interpolated between measured sizes on a logarithmic scale."""
    points = [(math.log(one["bytes"]), one["bytes_per_s"]) for one in peak["bandwidth"]]
    x = math.log(working_set)
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]


def epoch(peak, hidden, batch, samples):
    """The three terms of the model in seconds per epoch: FLOP, bytes, launches."""
    steps = math.ceil(samples / batch)
    rate = bandwidth(peak, memory(hidden, batch))
    return (
        samples * image_flop(hidden) / peak["flops"],
        steps * traffic(hidden, batch) / rate,
        steps * LAUNCHES_A_STEP * peak["launch_seconds"],
    )
