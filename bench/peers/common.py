"""Code shared by the peers, so that they differ only in how they compute: data, clock, checks, result.

A peer is a class that common.main runs:

    Peer(options)                  creates a network with options.hidden, and its optimizer
    name, versions                 for the table; versions as {"package": "1.2.3"}
    place(images), labels(labels)  converts the uint8 arrays to what the peer uses, on its device
    epoch(images, labels, steps)   shuffles, trains `steps` batches, waits, and returns the mean loss
    logits(images)                 logits of placed images, [n, 10] in host memory; None: not supported
    save(folder)                   saves the weights in the peer's own format
"""

import argparse
import gzip
import json
import math
import os
import resource
import statistics
import sys
import time
from pathlib import Path

STARTED = time.perf_counter()

import numpy
from support.rows import CLASSES, PIXELS, TRAINED, layers

PROBE_STEPS = 20  # to estimate the time of an epoch
PREDICTIONS = 5
ORDER = numpy.random.default_rng(0)  # one sequence for all epochs
# A network that guesses has a mean loss of ln 10; one that learns is soon below this limit.
LEARNT = 0.9 * math.log(CLASSES)


def parse(peer):
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--data", metavar="DIR", type=Path, required=True)
    parser.add_argument("--hidden", default="256,256", help="widths; default 256,256")
    parser.add_argument("--batch-size", type=int, default=128, metavar="N")
    parser.add_argument("--lr", type=float, default=0.003, metavar="X")
    parser.add_argument("--epochs", type=int, default=2, metavar="N", help="measured epochs, after one to warm up")
    parser.add_argument("--limit", type=float, default=15, metavar="S",
                        help="seconds: slower epochs are timed in part, for about a third of this")  # fmt: skip
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), metavar="N")
    parser.add_argument("--whole", metavar="DIR", type=Path,
                        help="do what fmnist-cl train does: split, train, validate, test, save to DIR")  # fmt: skip
    if hasattr(peer, "add_options"):
        peer.add_options(parser)
    options = parser.parse_args()
    options.hidden = [int(width) for width in options.hidden.split(",")]
    if TRAINED % options.batch_size:
        parser.error(f"--batch-size must divide {TRAINED}")
    return options


def initial_weights(hidden):
    """(weight [outputs, inputs], bias) of each layer: PyTorch's default for Linear."""
    random = numpy.random.default_rng(0)
    weights = []
    for inputs, outputs in layers(hidden):
        bound = 1 / math.sqrt(inputs)
        weight = random.uniform(-bound, bound, (outputs, inputs)).astype(numpy.float32)
        weights.append((weight, random.uniform(-bound, bound, outputs).astype(numpy.float32)))
    return weights


def read_idx(folder, name, header):
    plain = folder / name
    data = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    return numpy.frombuffer(data, numpy.uint8)[header:]


def read_set(folder, part):
    images = read_idx(folder, f"{part}-images-idx3-ubyte", 16).reshape(-1, PIXELS)
    return images, read_idx(folder, f"{part}-labels-idx1-ubyte", 8)


def owned(array):
    """The array, copied if it is a read-only view of the file's bytes."""
    return array if array.flags.writeable else array.copy()


def shuffled(count, batch_size, steps):
    """Indices of the first `steps` batches of a shuffled epoch, [steps, batch_size]."""
    return ORDER.permutation(count)[: steps * batch_size].reshape(steps, batch_size)


def score(logits, labels):
    """Mean cross-entropy and accuracy."""
    logits = logits.astype(numpy.float64)
    top = logits.max(1)
    total = numpy.log(numpy.exp(logits - top[:, None]).sum(1)) + top
    loss = (total - logits[numpy.arange(len(labels)), labels]).mean()
    return float(loss), float((logits.argmax(1) == labels).mean())


def timed(function, *arguments):
    began = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - began, result


def choose_steps(peer, images, labels, options):
    """Number of updates to time: a whole epoch, or as many as the limit allows."""
    whole = TRAINED // options.batch_size
    probe = min(whole, PROBE_STEPS)
    peer.epoch(images, labels, probe)  # compiles
    seconds = timed(peer.epoch, images, labels, probe)[0] * whole / probe
    if seconds <= options.limit:
        return whole, whole
    return max(probe, int(whole * options.limit / 3 / seconds)), whole


def time_logits(peer, options):
    images, labels = read_set(options.data, "t10k")
    placed = peer.place(images)
    logits = peer.logits(placed)
    if logits is None:
        return {}
    seconds = statistics.median(timed(peer.logits, placed)[0] for _ in range(PREDICTIONS))
    return {"logits_seconds": seconds, "test_accuracy": score(logits, labels)[1]}


def train(peer, options):
    """Times epochs. If they are partial, extrapolates the seconds to a whole epoch."""
    images, labels = read_set(options.data, "train")
    placed = peer.place(images[:TRAINED]), peer.labels(labels[:TRAINED])
    steps, whole = choose_steps(peer, *placed, options)
    first = peer.epoch(*placed, steps)
    epochs = [timed(peer.epoch, *placed, steps) for _ in range(options.epochs)]
    loss = epochs[-1][1]
    if loss is not None and not loss < LEARNT:
        sys.exit(f"{peer.name} does not learn: mean loss {first:.4f}, then {loss:.4f}")
    return {
        "steps": steps,
        "whole_steps": whole,
        "epoch_seconds": statistics.median(seconds for seconds, _ in epochs) * whole / steps,
        "first_loss": first,
        "loss": loss,
        **time_logits(peer, options),
    }


def train_wholly(peer, options):
    """Does what `fmnist-cl train` does from start to exit."""
    images, labels = read_set(options.data, "train")
    order = numpy.random.default_rng(0).permutation(len(labels))
    parts = order[:TRAINED], order[TRAINED:]
    placed = peer.place(images[parts[0]]), peer.labels(labels[parts[0]])
    validation, val_labels = peer.place(images[parts[1]]), labels[parts[1]]
    history = []
    for _ in range(options.epochs):
        seconds, loss = timed(peer.epoch, *placed, TRAINED // options.batch_size)
        history.append((seconds, loss, *score(peer.logits(validation), val_labels)))
    test, test_labels = read_set(options.data, "t10k")
    loss, accuracy = score(peer.logits(peer.place(test)), test_labels)
    options.whole.mkdir(parents=True, exist_ok=True)
    peer.save(options.whole)
    return {
        "train_seconds": sum(epoch[0] for epoch in history),
        "loss": history[-1][1] if history else None,
        "val_accuracy": history[-1][3] if history else None,
        "test_accuracy": accuracy,
    }


def main(peer_class):
    """Parses the options, runs the peer and prints one line of JSON."""
    options = parse(peer_class)
    peer = peer_class(options)
    result = train_wholly(peer, options) if options.whole else train(peer, options)
    result |= {
        "peer": peer.name,
        "versions": peer.versions,
        "threads": options.threads,
        "seconds": time.perf_counter() - STARTED,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(result))
