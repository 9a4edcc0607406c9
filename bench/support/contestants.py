"""Who takes part, and how each is run for a row. A run gives what is kept of it: a dict of numbers."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .place import BENCH, PROGRAM
from .process import Failed, call
from .rows import TRAINED

OURS = "fmnist-cl"
REFERENCE = "fmnist-cl reference"
# Steps that tell how long an epoch of the reference takes: it has no such probe inside.
PROBE_STEPS = 4


@dataclass(frozen=True)
class Peer:
    name: str
    module: str
    arguments: tuple = ()
    environment: tuple = ()
    once: bool = False  # too slow, or not close enough, for every round
    whole: bool = False  # runs the whole command too
    trains: bool = True
    gpu: bool = False  # only where it is asked for by name


PEERS = (
    Peer("PyTorch fused", "pytorch", ("--adam", "fused"), whole=True),
    Peer("PyTorch default", "pytorch", ("--adam", "default"), whole=True),
    Peer("PyTorch compiled", "pytorch", ("--adam", "compiled"), whole=True),
    Peer("JAX", "jax", environment=(("JAX_PLATFORMS", "cpu"),), whole=True),
    Peer("scikit-learn", "scikit_learn", once=True),
    Peer("tinygrad", "tinygrad", environment=(("DEV", "CL"),), once=True),
    Peer("OpenBLAS products", "openblas", trains=False),
    Peer("PyTorch CUDA", "pytorch_cuda", ("--step", "eager"), whole=True, gpu=True),
    Peer("PyTorch CUDA graph", "pytorch_cuda", ("--step", "graph"), whole=True, gpu=True),
    Peer("JAX CUDA", "jax", environment=(("JAX_PLATFORMS", "cuda"),), whole=True, gpu=True),
)
NAMES = (OURS, REFERENCE, *(peer.name for peer in PEERS))
DEFAULT_NAMES = (OURS, REFERENCE, *(peer.name for peer in PEERS if not peer.gpu))


def caches(folder):
    """Where drivers and compilers keep what they compiled, and we what was checked and tuned: all in a folder
    of the race's own."""
    return {
        "FMNIST_CACHE": str(folder / "fmnist-cl"),
        "POCL_CACHE_DIR": str(folder / "pocl"),
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor"),
        "JAX_COMPILATION_CACHE_DIR": str(folder / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "CACHEDB": str(folder / "tinygrad.db"),
    }


class Contest:
    """What all runs of a race share."""

    def __init__(self, options, data, python, cache):
        self.options, self.data, self.python = options, data, python
        cache.mkdir(parents=True, exist_ok=True)
        self.cache = cache

    # ---- The training part of an epoch ----

    def run(self, name, row):
        """One process of the contestant; its median epoch in seconds, its last loss, its memory."""
        if name == OURS:
            return self.ours(row, self.options.device)
        if name == REFERENCE:
            return self.reference(row)
        peer = next(peer for peer in PEERS if peer.name == name)
        return self.theirs(peer, row)

    def theirs(self, peer, row):
        options = self.options
        resident = ("--resident", options.resident) if peer.module in ("pytorch", "pytorch_cuda", "jax") else ()
        finished = self.call_peer(
            peer, self.cache, *resident, "--hidden", ",".join(map(str, row.hidden)), "--batch-size", row.batch_size,
            "--lr", row.lr, "--epochs", options.epochs, "--limit", options.limit,
        )  # fmt: skip
        return json.loads(finished.printed.splitlines()[-1]) | {"peak_bytes": finished.peak_bytes}

    def call_peer(self, peer, cache, *arguments):
        environment = caches(cache) | dict(peer.environment)
        module = ["-m", f"peers.{peer.module}", *peer.arguments, "--data", self.data]
        return call([self.python, *module, *arguments], environment, BENCH)

    def ours(self, row, device, steps=None, program=PROGRAM):
        arguments = ["--hidden", ",".join(map(str, row.hidden)), "--batch-size", row.batch_size, "--lr", row.lr,
                     "--epochs", self.options.epochs, "--device", device, "--no-reference"]  # fmt: skip
        whole = TRAINED // row.batch_size
        if steps and steps < whole:
            arguments += ["--max-steps", steps]
        finished = call([program, "bench", "--json", "-q", "--data", self.data, *arguments], caches(self.cache))
        (result,) = json.loads(finished.printed)["results"]
        return {
            "steps": min(steps or whole, whole),
            "whole_steps": whole,
            "epoch_seconds": result["epoch_seconds"],
            "loss": result["loss"],
            "logits_seconds": result["logits_seconds"],
            "peak_bytes": finished.peak_bytes,
        }

    def reference(self, row):
        """As many steps as the peers' limit leaves it."""
        limit = self.options.limit
        probe = self.ours(row, "reference", PROBE_STEPS)
        seconds = probe["epoch_seconds"]
        if seconds <= limit:
            return self.ours(row, "reference")
        steps = max(PROBE_STEPS, int(probe["whole_steps"] * limit / 3 / seconds))
        return self.ours(row, "reference", steps)

    # ---- The whole command ----

    def command(self, name, cached, program=PROGRAM):
        """Seconds from start to exit of a training of some epochs with validation and test."""
        epochs = ("--epochs", self.options.command_epochs)
        with tempfile.TemporaryDirectory(prefix="fmnist-cl-race-") as folder:
            cache = self.cache if cached else Path(folder) / "cache"
            cache.mkdir(exist_ok=True)
            run = Path(folder) / "run"
            if name == OURS:
                finished = call([program, "train", "--json", "-q", "--device", self.options.device, "--data", self.data,
                                 "--run", run, *epochs], caches(cache))  # fmt: skip
                accuracy = json.loads(finished.printed)["test"]["accuracy"]
            else:
                peer = next(peer for peer in PEERS if peer.name == name)
                finished = self.call_peer(peer, cache, "--whole", run, *epochs)
                accuracy = json.loads(finished.printed.splitlines()[-1])["test_accuracy"]
        if not accuracy > 0.5:
            raise Failed(f"{name} does not learn: {accuracy:.2%} of the test images right")
        return {"seconds": finished.seconds, "peak_bytes": finished.peak_bytes, "test_accuracy": accuracy}


def racers(names, row=None):
    """The contestants among these names: of a row, or (None) of the whole command."""
    whole = {peer.name for peer in PEERS if peer.whole} | {OURS}
    return [name for name in NAMES if name in names and (row or name in whole)]


def runs_once(name):
    return name == REFERENCE or any(peer.name == name and peer.once for peer in PEERS)
