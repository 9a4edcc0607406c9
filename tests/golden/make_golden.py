#!/usr/bin/env python3
"""Trains small networks and the base network with PyTorch and writes the results beside this file.

tests/train/test_golden.c repeats the trainings from the same start and compares. One thread, float32, CPU.
Run it in an environment with requirements.txt; it needs the data set for the base network:

    python3 make_golden.py [--data DIR]

start_ACTIVATION.safetensors   start weights of the small networks, checkpoints like any other
cases.safetensors              the small data set, and the losses, logits and weights of each case
base_start.safetensors         start weights of the base network, 784-256-256-10
base_logits.safetensors        its losses and the test set's logits after 50 steps

It also trains everything in float64 and prints how much PyTorch's float32 results differ from it: the
tolerances in tests/support/tolerances.h are based on these numbers.
"""

import argparse
import gzip
import json
import os
import platform
from pathlib import Path

import numpy
import safetensors.torch
import torch
from torch import nn
from torch.nn import functional

HERE = Path(__file__).resolve().parent
CLASSES = 10
# Seeds for which rounding does not change the results much. With others, an activation's input is so close
# to 0 that rounding decides its sign, and Adam turns the difference into a whole step (base network: the
# smallest is 1.9e-6; with seed 0, 3e-8); or a gradient nearly cancels, and RMSprop amplifies the rest (small
# networks with seed 5).
SMALL_SEED = 0
BASE_SEED = 25
STEPS = 50
BATCH = 12
PIXELS = 30
HIDDEN = (16, 7)
EVALUATED = 12  # images whose logits are kept
UNEVEN_IMAGES = 101  # 8 batches of 12 and one of 5
UNEVEN_EPOCHS = 2

# tests/train/test_golden.c has the same table.
OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adam_decay": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.01),
    "adam_betas": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-4),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.003),
    "rmsprop_momentum": lambda p: torch.optim.RMSprop(p, lr=0.003, momentum=0.5),
    "rmsprop_alpha": lambda p: torch.optim.RMSprop(p, lr=0.003, weight_decay=0.01, alpha=0.9),
}
ACTIVATIONS = {"relu": nn.ReLU, "prelu": nn.PReLU, "elu": nn.ELU}
LOSSES = {
    "ce": lambda outputs, labels: nn.CrossEntropyLoss()(outputs, labels),
    "nll": lambda outputs, labels: nn.NLLLoss()(functional.log_softmax(outputs, 1), labels),
    "mse": lambda outputs, labels: nn.MSELoss()(
        outputs, functional.one_hot(labels, CLASSES).to(outputs.dtype)
    ),
}
VERSIONS = {
    "torch": torch.__version__,
    "numpy": numpy.__version__,
    "safetensors": safetensors.__version__,
    "python": platform.python_version(),
}


def network(inputs, hidden, activation):
    layers = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), ACTIVATIONS[activation]()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, CLASSES))


def save(name, tensors, **metadata):
    """Sorts the metadata, which safetensors writes in a random order, so that the same numbers give the same
    file."""
    contiguous = {key: value.to(torch.float32).contiguous() for key, value in tensors.items()}
    data = safetensors.torch.save(contiguous, metadata={**VERSIONS, **metadata})
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode().ljust(size)
    assert len(text) == size
    (HERE / name).write_bytes(data[:8] + text + data[8 + size :])


def scaled(images, dtype):
    """Returns pixel / 255, rounded once to the type."""
    return images.to(dtype) / 255


def train(start, make_optimizer, loss, images, labels, batch, epochs, evaluated, dtype):
    """Trains in file order, with a smaller last batch. Returns the losses of the steps, the logits after the
    first and the last step, the final weights, and the smallest |z| of an activation's input."""
    model = start().to(dtype)
    nearest = []

    def look(_, inputs):
        if torch.is_grad_enabled():
            nearest.append(inputs[0].detach().abs().min().item())

    for module in model:
        if isinstance(module, (nn.ReLU, nn.PReLU)):
            module.register_forward_pre_hook(look)

    def logits():
        with torch.no_grad():
            return model(scaled(evaluated, dtype))

    optimizer = make_optimizer(model.parameters())
    losses, first = [], None
    for begin in list(range(0, len(labels), batch)) * epochs:
        optimizer.zero_grad()
        outputs = model(scaled(images[begin : begin + batch], dtype))
        value = LOSSES[loss](outputs, labels[begin : begin + batch])
        value.backward()
        optimizer.step()
        losses.append(value.detach())
        if first is None:
            first = logits()
    return {
        "losses": torch.stack(losses),
        "first": first,
        "last": logits(),
        "weights": {key: value.clone() for key, value in model.state_dict().items()},
        "kink": min(nearest, default=float("inf")),
    }


def distance(single, double):
    """Largest difference relative to the largest magnitude."""
    return ((single.double() - double).abs().max() / double.abs().max()).item()


class Distances:
    """Returns the largest difference between float32 and float64."""

    def __init__(self):
        self.worst = {}

    def add(self, case, single, double):
        pairs = [(key, single[key], double[key]) for key in ("losses", "first", "last")]
        pairs += [("weights", value, double["weights"][key]) for key, value in single["weights"].items()]
        for key, a, b in pairs:
            self.note(key, distance(a, b), case, max)
        self.note("smallest |z| at a kink", double["kink"], case, min)

    def note(self, key, value, case, worse):
        self.worst[key] = worse(self.worst.get(key, (value, case)), (value, case))

    def print(self, title):
        print(title)
        for key, (value, case) in self.worst.items():
            print(f"  {key}: {value:.2e} ({case})")


def synthetic(count, generator):
    """Returns noisy copies of one pattern per class, with half of the pixels black as in Fashion-MNIST."""
    patterns = torch.randint(64, 224, (CLASSES, PIXELS), generator=generator)
    patterns *= torch.rand(CLASSES, PIXELS, generator=generator) < 0.5
    labels = torch.randint(CLASSES, (count,), generator=generator)
    noise = torch.randint(-31, 32, (count, PIXELS), generator=generator)
    images = patterns[labels]
    return torch.where(images > 0, images + noise, images).to(torch.uint8), labels


def make_cases():
    generator = torch.Generator().manual_seed(SMALL_SEED)
    images, labels = synthetic(STEPS * BATCH + EVALUATED, generator)
    evaluated, images, labels = images[-EVALUATED:], images[:-EVALUATED], labels[:-EVALUATED]
    starts = {}
    for activation in ACTIVATIONS:
        torch.manual_seed(SMALL_SEED)  # the same matrices for every activation
        starts[activation] = network(PIXELS, HIDDEN, activation).state_dict()
        save(f"start_{activation}.safetensors", starts[activation], activation=activation)

    def start(activation):
        model = network(PIXELS, HIDDEN, activation)
        model.load_state_dict(starts[activation])
        return model

    tensors = {"images": images, "labels": labels, "evaluated": evaluated}
    distances = Distances()

    def run(case, optimizer, activation, loss, count, epochs):
        single, double = (
            train(
                lambda: start(activation), OPTIMIZERS[optimizer], loss, images[:count],
                labels[:count], BATCH, epochs, evaluated, dtype,
            )
            for dtype in (torch.float32, torch.float64)
        )  # fmt: skip
        for key in ("losses", "first", "last"):
            tensors[f"{case}/{key}"] = single[key]
        if loss == "ce":
            tensors.update({f"{case}/{key}": value for key, value in single["weights"].items()})
        distances.add(case, single, double)

    for optimizer in OPTIMIZERS:
        for activation in ACTIVATIONS:
            for loss in LOSSES:
                run(f"{optimizer}/{activation}/{loss}", optimizer, activation, loss, len(labels), 1)
    run("uneven", "adam", "relu", "ce", UNEVEN_IMAGES, UNEVEN_EPOCHS)
    save("cases.safetensors", tensors)
    distances.print("small cases, float32 against float64, worst of all:")


def find_data(wanted):
    places = [wanted] if wanted else [
        os.environ.get("FMNIST_DATA"), HERE.parents[1] / "data/fashion-mnist",
        "/usr/share/datasets/fashion-mnist",
    ]  # fmt: skip
    for place in filter(None, places):
        if any(Path(place).glob("train-images-idx3-ubyte*")):
            return Path(place)
    raise SystemExit("make_golden.py: no data set found: name its folder with --data")


def read_idx(folder, name, header):
    plain = folder / name
    data = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    return torch.from_numpy(numpy.frombuffer(data, numpy.uint8, offset=header).copy())


def make_base(folder):
    images = read_idx(folder, "train-images-idx3-ubyte", 16).view(-1, 784)[: STEPS * 128]
    labels = read_idx(folder, "train-labels-idx1-ubyte", 8)[: STEPS * 128].long()
    test = read_idx(folder, "t10k-images-idx3-ubyte", 16).view(-1, 784)
    torch.manual_seed(BASE_SEED)
    weights = network(784, (256, 256), "relu").state_dict()
    save("base_start.safetensors", weights, activation="relu")

    def start():
        model = network(784, (256, 256), "relu")
        model.load_state_dict(weights)
        return model

    def adam(parameters):
        return torch.optim.Adam(parameters, lr=0.003, fused=False)

    single, double = (
        train(start, adam, "ce", images, labels, 128, 1, test, dtype)
        for dtype in (torch.float32, torch.float64)
    )
    save("base_logits.safetensors", {"losses": single["losses"], "logits": single["last"]})
    distances = Distances()
    distances.add("base", single, double)
    distances.print("base network, float32 against float64:")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", help="folder with the four IDX files")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    print(", ".join(f"{name} {version}" for name, version in VERSIONS.items()))
    make_cases()
    make_base(find_data(options.data))


if __name__ == "__main__":
    main()
