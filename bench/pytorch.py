#!/usr/bin/env python3
"""The base network in PyTorch on the CPU, written for speed: the peer that fmnist-cl is held against.

What someone who knows PyTorch would do: the images stay in memory as bytes and are gathered and
scaled batch by batch (as fast as from float32 and a quarter of the memory; --resident float32 tries
the other), no DataLoader, no .item() inside an epoch, gradients set to None, denormal numbers
flushed. Prints one JSON line: the seconds of each epoch's training part and the peak memory.
"""

import argparse
import gzip
import json
import os
import platform
import resource
import time
from pathlib import Path

STARTED = time.perf_counter()

import numpy
import torch
from torch import nn

TRAINED = 48_000  # 80 % of the training file
PIXELS = 784


def read_idx(folder, name, header):
    plain = folder / name
    data = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    return torch.from_numpy(numpy.frombuffer(data, numpy.uint8)[header:].copy())


def make_network():
    return nn.Sequential(
        nn.Linear(PIXELS, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
    )


class Batches:
    """Batches by index out of images that stay in memory."""

    def __init__(self, images, resident):
        self.images = images.float().div_(255) if resident == "float32" else images

    def take(self, index):
        batch = self.images.index_select(0, index)
        return batch if batch.dtype == torch.float32 else batch.float().mul_(1 / 255)


def train_epoch(model, optimizer, batches, labels, batch_size):
    """Seconds and mean loss of one epoch."""
    criterion = nn.CrossEntropyLoss()
    losses = torch.zeros(())
    began = time.perf_counter()
    for index in torch.randperm(len(labels)).split(batch_size):
        loss = criterion(model(batches.take(index)), labels.index_select(0, index))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses += loss.detach() * len(index)
    mean = losses.item() / len(labels)
    return time.perf_counter() - began, mean


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--fused", action="store_true", help="Adam(fused=True)")
    parser.add_argument("--resident", choices=("uint8", "float32"), default="uint8")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    images = read_idx(options.data, "train-images-idx3-ubyte", 16).view(-1, PIXELS)[:TRAINED]
    labels = read_idx(options.data, "train-labels-idx1-ubyte", 8)[:TRAINED].long()
    batches = Batches(images, options.resident)
    model = make_network()
    # Without the argument PyTorch chooses its default; fused=False would rule that out.
    choice = {"fused": True} if options.fused else {}
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003, **choice)
    epochs = [
        train_epoch(model, optimizer, batches, labels, options.batch_size)
        for _ in range(options.epochs)
    ]
    result = {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "threads": options.threads,
        "adam": "fused" if options.fused else "default",
        "epoch_seconds": [seconds for seconds, _ in epochs],
        "loss": epochs[-1][1] if epochs else None,
        "seconds": time.perf_counter() - STARTED,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
