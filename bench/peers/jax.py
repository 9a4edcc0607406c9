"""JAX on the CPU: a whole epoch is one compiled lax.scan over its batches.

The images stay on the device as bytes (--resident float32: as floats). The compiled step gathers each batch by
index and scales it. Weights and moments are donated, so they are updated in place.
"""

import functools

import jax
import jax.numpy as jnp
import numpy

from . import common

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


def forward(weights, images):
    x = images if images.dtype == jnp.float32 else images.astype(jnp.float32) * (1 / 255)
    for weight, bias in weights[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = weights[-1]
    return x @ weight + bias


def batch_loss(weights, images, labels):
    logits = forward(weights, images)
    picked = jnp.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(logits, axis=1) - picked)


def adam(state, gradients, lr):
    weights, first, second, step = state
    step += 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradients)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradients)
    rate = lr / (1 - BETA1**step)
    root = jnp.sqrt(1 - BETA2**step)
    weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) / root + EPS), weights, first, second)
    return weights, first, second, step


@functools.partial(jax.jit, donate_argnums=0, static_argnames="lr")
def train_batches(state, images, labels, order, lr):
    """Makes one update per row of order. Returns the final state and the mean loss."""

    def update(state, index):
        loss, gradients = jax.value_and_grad(batch_loss)(state[0], images[index], labels[index])
        return adam(state, gradients, lr), loss

    state, losses = jax.lax.scan(update, state, order)
    return state, losses.mean()


class Jax:
    name = "JAX"
    versions = {"JAX": jax.__version__}

    @staticmethod
    def add_options(parser):
        parser.add_argument("--resident", choices=("uint8", "float32"), default="uint8")

    def __init__(self, options):
        self.options = options
        weights = [(jnp.asarray(w.T), jnp.asarray(b)) for w, b in common.initial_weights(options.hidden)]
        # Two sets of zeros: a buffer cannot be donated twice.
        zeros = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
        self.state = (weights, *zeros, jnp.zeros((), jnp.float32))
        self.forward = jax.jit(forward)

    def place(self, images):
        if self.options.resident == "float32":
            images = images.astype(numpy.float32) / 255
        return jax.device_put(images)

    def labels(self, labels):
        return jax.device_put(labels.astype(numpy.int32))

    def epoch(self, images, labels, steps):
        order = common.shuffled(len(labels), self.options.batch_size, steps).astype(numpy.int32)
        self.state, loss = train_batches(self.state, images, labels, order, self.options.lr)
        jax.block_until_ready(self.state)
        return float(loss)

    def logits(self, images):
        return numpy.asarray(self.forward(self.state[0], images))

    def save(self, folder):
        arrays = [numpy.asarray(array) for layer in self.state[0] for array in layer]
        numpy.savez(folder / "weights.npz", *arrays)


if __name__ == "__main__":
    common.main(Jax)
