"""The rows of the race: networks and batch sizes, with their FLOP and parameters."""

from dataclasses import dataclass

TRAINED, PIXELS, CLASSES = 48_000, 784, 10


@dataclass(frozen=True)
class Row:
    key: str
    hidden: tuple
    batch_size: int
    lr: float  # a learning rate with which this network learns
    wanted: float  # target for the best peer's time over ours

    @property
    def network(self):
        widths = self.hidden
        if len(widths) > 2 and len(set(widths)) == 1:
            return f"{len(widths)} layers of {widths[0]}"
        return ",".join(str(width) for width in widths)


ROWS = (
    Row("base", (256, 256), 128, 0.003, 1.5),
    Row("batch-1", (256, 256), 1, 0.0003, 1.2),
    Row("batch-8", (256, 256), 8, 0.001, 1.3),
    Row("batch-32", (256, 256), 32, 0.001, 1.3),
    Row("batch-1000", (256, 256), 1000, 0.003, 1.3),
    Row("wide", (512, 512), 128, 0.003, 1.3),
    Row("widest", (2048, 2048), 128, 0.001, 1.25),
    Row("deep", (256,) * 8, 128, 0.001, 1.3),
    Row("narrow", (20,), 128, 0.003, 1.3),
)

# Targets for the whole command: the best peer's time over ours, by state of the kernel caches, and
# PyTorch's memory over ours.
COMMAND = "command"
COMMAND_WANTED = {"cached": 2.0, "not cached": 1.2}
MEMORY_WANTED = 3


def by_key():
    return {row.key: row for row in ROWS}


def layers(hidden):
    """(inputs, outputs) of each layer."""
    sizes = (PIXELS, *hidden, CLASSES)
    return list(zip(sizes, sizes[1:]))


def image_flop(hidden):
    """FLOP of the matrix products per image: forward, gradients of weights, and gradients of inputs of
    every layer except the first."""
    return sum(2 * i * o * (3 if n else 2) for n, (i, o) in enumerate(layers(hidden)))


def parameters(hidden):
    return sum((i + 1) * o for i, o in layers(hidden))
