"""tinygrad on its OpenCL device: TinyJit compiles the step; images stay on the device as bytes; the order is copied
to the device once per epoch, where batches are gathered.
"""

import importlib.metadata

from tinygrad import Context, Tensor, TinyJit, Variable, dtypes, nn

from support.rows import layers

from . import common


class TinyGrad:
    name = "tinygrad"
    versions = {"tinygrad": importlib.metadata.version("tinygrad")}

    def __init__(self, options):
        self.options = options
        self.layers = [nn.Linear(*size) for size in layers(options.hidden)]
        self.optimizer = nn.optim.Adam(nn.state.get_parameters(self.layers), lr=options.lr)
        self.total = Tensor.zeros(1).contiguous().realize()  # of the losses
        self.step = TinyJit(self.batch)
        self.forward = TinyJit(lambda images: self.network(images).realize())

    def network(self, images):
        x = images.cast(dtypes.float32) * (1 / 255)
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)

    def batch(self, images, labels, order, first):
        index = order.shrink(((first, first + self.options.batch_size),))
        loss = self.network(images[index]).sparse_categorical_crossentropy(labels[index])
        self.optimizer.zero_grad()
        loss.backward()
        self.total.assign(self.total + loss)
        Tensor.realize(self.total, *self.optimizer.schedule_step())

    def place(self, images):
        return Tensor(common.owned(images)).realize()

    def labels(self, labels):
        return Tensor(common.owned(labels)).realize()

    def epoch(self, images, labels, steps):
        size = self.options.batch_size
        order = common.shuffled(len(labels), size, len(labels) // size).flatten()
        order = Tensor(order.astype("int32")).realize()
        first = Variable("first", 0, len(labels) - size)
        self.total.assign(Tensor.zeros(1)).realize()
        with Context(TRAINING=1):
            for step in range(steps):
                self.step(images, labels, order, first.bind(step * size))
        return self.total.item() / steps

    def logits(self, images):
        return self.forward(images).numpy()


if __name__ == "__main__":
    common.main(TinyGrad)
