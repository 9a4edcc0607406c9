"""The contestants, and how to run each for a row. A run returns its measurements as a dict."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .place import BENCH, PROGRAM
from .process import Failed, call
from .rows import TRAINED

OURS = "fmnist-cl"
REFERENCE = "fmnist-cl reference"
# Steps to estimate the time of an epoch of the reference; peers estimate it themselves.
PROBE_STEPS = 4


@dataclass(frozen=True)
class Peer:
    name: str
    module: str
    arguments: tuple = ()
    environment: tuple = ()
    once: bool = False  # runs in the first round only, because it is slow or far behind
    whole: bool = False  # can run the whole command too
    trains: bool = True
    gpu: bool = False  # runs only if --only names it


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
    """Environment variables that put the caches of drivers, compilers and fmnist-cl into a folder."""
    return {
        "FMNIST_CACHE": str(folder / "fmnist-cl"),
        "POCL_CACHE_DIR": str(folder / "pocl"),
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor"),
        "JAX_COMPILATION_CACHE_DIR": str(folder / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "CACHEDB": str(folder / "tinygrad.db"),
    }


class Contest:
    """Runs contestants with the options that all runs of a race share."""

    def __init__(self, options, data, python, cache):
        self.options, self.data, self.python = options, data, python
        cache.mkdir(parents=True, exist_ok=True)
        self.cache = cache

    # ---- The training part of an epoch ----

    def run(self, name, row):
        """Runs one process of the contestant. Returns median seconds per epoch, last loss and peak memory."""
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

    def ours(self, row, device, steps=None, program=PROGRAM, epochs=None):
        arguments = ["--hidden", ",".join(map(str, row.hidden)), "--batch-size", row.batch_size, "--lr", row.lr,
                     "--epochs", epochs or self.options.epochs, "--device", device, "--no-reference"]  # fmt: skip
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
            "main_thread_seconds": finished.main_thread_seconds,
        }

    def reference(self, row):
        """Runs as many steps as the limit allows, like the peers."""
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
            raise Failed(f"{name} does not learn: test accuracy {accuracy:.2%}")
        return {"seconds": finished.seconds, "peak_bytes": finished.peak_bytes, "test_accuracy": accuracy}


def racers(names, row=None):
    """The contestants among these names for a row, or for the whole command (None)."""
    whole = {peer.name for peer in PEERS if peer.whole} | {OURS}
    return [name for name in NAMES if name in names and (row or name in whole)]


def runs_once(name):
    return name == REFERENCE or any(peer.name == name and peer.once for peer in PEERS)
