"""What a training step should take: FLOP at the measured peak, bytes at the measured bandwidth, launches
at what one costs, one after the other. Where the sum is far from what is measured, something is to be
explained or mended."""

import math

from .rows import PIXELS, image_flop, layers, parameters

FLOAT = 4
# On a CPU: what goes along the rows of a batch, and what goes along the parameters. (A GPU launches each
# operation: about three a layer.)
LAUNCHES_A_STEP = 2
# An update reads and writes the weights and Adam's two moments.
UPDATE_PASSES = 6


def activations(hidden, batch):
    """Bytes of what a step keeps of a batch: the input, and of each layer the output and its gradient."""
    outputs = sum(outputs for _, outputs in layers(hidden))
    return FLOAT * batch * (PIXELS + 2 * outputs)


def memory(hidden, batch):
    """Bytes of a training: parameters with their moments, and activations."""
    return 3 * FLOAT * parameters(hidden) + activations(hidden, batch)


def traffic(hidden, batch):
    """Bytes a step moves: the weights are read forward and, of all layers but the first, backward, then
    updated; each activation is written once and read twice, its gradient too; images are bytes at first."""
    weights = FLOAT * parameters(hidden)
    backward = weights - FLOAT * layers(hidden)[0][1] * (PIXELS + 1)
    return weights * (1 + UPDATE_PASSES) + backward + 3 * activations(hidden, batch) + PIXELS * batch


def bandwidth(peak, working_set):
    """Bytes/s over a working set of so many bytes: between two that were measured, by their logarithms."""
    points = [(math.log(one["bytes"]), one["bytes_per_s"]) for one in peak["bandwidth"]]
    x = math.log(working_set)
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]


def epoch(peak, hidden, batch, samples):
    """Seconds of an epoch's (FLOP, bytes, launches)."""
    steps = math.ceil(samples / batch)
    rate = bandwidth(peak, memory(hidden, batch))
    return (
        samples * image_flop(hidden) / peak["flops"],
        steps * traffic(hidden, batch) / rate,
        steps * LAUNCHES_A_STEP * peak["launch_seconds"],
    )
