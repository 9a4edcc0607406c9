"""The matrix products of a step with numpy's OpenBLAS, into preallocated arrays, without activations, loss and
update. No trainer that uses these products can be faster.
"""

import numpy

from . import common


def library():
    """Name and version of the BLAS that numpy calls."""
    blas = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{blas['name']} {blas['version']}"


class OpenBlas:
    name = "OpenBLAS products"
    versions = {"numpy": numpy.__version__, "BLAS of numpy": library()}

    def __init__(self, options):
        self.options = options
        self.weights = [weight.T.copy() for weight, _ in common.initial_weights(options.hidden)]
        self.gradients = [numpy.zeros_like(weight) for weight in self.weights]
        random = numpy.random.default_rng(0)
        rows = options.batch_size
        self.outputs = [numpy.zeros((rows, w.shape[1]), numpy.float32) for w in self.weights]
        self.errors = [random.standard_normal(y.shape).astype(numpy.float32) for y in self.outputs]

    def step(self, x):
        inputs = [x, *self.outputs[:-1]]
        for layer, weight in enumerate(self.weights):
            numpy.matmul(inputs[layer], weight, out=self.outputs[layer])
        for layer in reversed(range(len(self.weights))):
            numpy.matmul(inputs[layer].T, self.errors[layer], out=self.gradients[layer])
            if layer:
                numpy.matmul(self.errors[layer], self.weights[layer].T, out=self.errors[layer - 1])

    def place(self, images):
        return images.astype(numpy.float32) / 255

    def labels(self, labels):
        return labels

    def epoch(self, images, labels, steps):
        rows = self.options.batch_size
        for first in range(0, steps * rows, rows):
            self.step(images[first : first + rows])
        return None  # it does not learn

    def logits(self, images):
        return None


if __name__ == "__main__":
    common.main(OpenBlas)
