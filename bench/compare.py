#!/usr/bin/env python3
"""fmnist-cl against PyTorch on this machine: the base network, 48,000 images an epoch, batch 128, Adam.

Each takes its turn, round after round, so that a machine that drifts drifts for all of them.
bench/README.md says what each number means.
"""

import argparse
import csv
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
PROGRAM = ROOT / "build/fmnist-cl"
TRAINED = 48_000


class Failed(Exception):
    """A contestant could not run; the message is for people."""


@dataclass
class Contestant:
    name: str
    epochs: int
    rounds: int
    run: object  # (epochs) -> Measured
    measured: list = field(default_factory=list)


@dataclass
class Measured:
    """One process."""

    epochs: list  # seconds of each epoch's training part
    peak_bytes: int
    first_step: float | None = None  # seconds from the start of the process


def say(text):
    print(text, file=sys.stderr, flush=True)


def call(command):
    """Runs a command to its end: stdout, stderr, peak memory in bytes. wait4 and not
    RUSAGE_CHILDREN, which would only ever give the largest of all processes so far."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        printed, told = out.read(), err.read()
    if process.returncode:
        last = "\n".join(told.strip().splitlines()[-5:])
        raise Failed(f"{Path(command[0]).name} ended with {process.returncode}: {last}")
    return printed, told, usage.ru_maxrss * 1024


def train(arguments):
    """One fmnist-cl train in a run folder that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="fmnist-cl-bench-") as folder:
        run = Path(folder) / "run"
        _, told, peak = call([PROGRAM, "train", "-v", "--run", run, *arguments])
        with open(run / "history.csv", newline="") as history:
            epochs = [float(row["seconds"]) for row in csv.DictReader(history)]
    first = re.search(r"first step after ([0-9.]+) s", told)
    return Measured(epochs, peak, float(first.group(1)) if first else None)


def pytorch(python, arguments):
    printed, _, peak = call([python, BENCH / "pytorch.py", *arguments])
    return Measured(json.loads(printed)["epoch_seconds"], peak)


def prepare_python(wanted):
    """The Python that has PyTorch: the one asked for, or a virtual environment of its own."""
    if wanted:
        return wanted
    venv = BENCH / ".venv"
    requirements, stamp = BENCH / "requirements.txt", venv / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        say("setting up bench/.venv with PyTorch (a few minutes, once)")
        try:
            call([sys.executable, "-m", "venv", "--clear", venv])
        except Failed as failure:
            raise Failed(f"{failure}\nhint: Debian's package python3-venv may be missing") from None
        call([venv / "bin/python", "-m", "pip", "install", "--quiet", "-r", requirements])
        stamp.write_text(requirements.read_text())
    return venv / "bin/python"


def find_data(wanted):
    if wanted:
        return wanted.resolve()
    for place in (os.environ.get("FMNIST_DATA"), ROOT / "data/fashion-mnist",
                  "/usr/share/datasets/fashion-mnist"):  # fmt: skip
        if place and any(Path(place).glob("train-images-idx3-ubyte*")):
            return Path(place).resolve()
    raise Failed("no data set found; name its folder with --data")


def contestants(options, data, python):
    def ours(name, epochs, rounds, *arguments):
        fixed = ["--data", data, *arguments]
        return Contestant(name, epochs, rounds, lambda n: train([*fixed, "--epochs", n]))

    def theirs(name, *arguments):
        fixed = ["--data", data, "--resident", options.resident, *arguments]
        return Contestant(
            name, options.epochs, options.rounds, lambda n: pytorch(python, [*fixed, "--epochs", n])
        )

    device = ["--device", options.device]
    return [
        ours("fmnist-cl native", options.epochs, options.rounds, *device, "--gemm", "native"),
        theirs("PyTorch fused", "--fused"),
        ours("fmnist-cl CLBlast", options.clblast_epochs, options.rounds, *device, "--gemm", "clblast"),
        theirs("PyTorch default"),
        ours("fmnist-cl reference", options.reference_epochs, 1, "--device", "reference"),
    ]


def run_rounds(all_of_them, rounds):
    for number in range(1, rounds + 1):
        for one in list(all_of_them):
            if number > one.rounds or not one.epochs:
                continue
            say(f"round {number} of {rounds}: {one.name}, {one.epochs} epochs")
            try:
                one.measured.append(one.run(one.epochs))
            except Failed as failure:
                say(f"{one.name} is left out: {failure}")
                all_of_them.remove(one)


def steady(one):
    """Seconds of the epochs after each process's first, which warms up; that one where it is all."""
    return [s for m in one.measured for s in (m.epochs[1:] or m.epochs)]


def print_table(all_of_them):
    shown = [one for one in all_of_them if one.measured]
    judge = next((statistics.median(steady(one)) for one in shown if one.name == "PyTorch fused"), None)
    print("| | s per epoch, median | fastest | first epoch | images/s | times PyTorch fused | "
          "peak MB | first step s |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for one in shown:
        seconds = steady(one)
        median = statistics.median(seconds)
        first_epoch = statistics.median(m.epochs[0] for m in one.measured)
        steps = [m.first_step for m in one.measured if m.first_step is not None]
        print(
            f"| {one.name} | {median:.3f} | {min(seconds):.3f} | {first_epoch:.3f} "
            f"| {TRAINED / median:,.0f} | {f'{median / judge:.2f}' if judge else '-'} "
            f"| {max(m.peak_bytes for m in one.measured) / 1e6:.0f} "
            f"| {f'{statistics.median(steps):.2f}' if steps else '-'} |"
        )


def processor():
    try:
        names = re.findall(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def print_header(options, python):
    """Machine, versions, commit: without them a table says nothing."""

    def first_line(*command):
        try:
            return call(command)[0].strip().splitlines()[0]
        except (Failed, OSError, IndexError):
            return "unknown"

    commit = first_line("git", "describe", "--always", "--dirty")
    torch = first_line(python, "-c", "import torch, platform as p; "
                       "print('PyTorch', torch.__version__, 'on Python', p.python_version())")  # fmt: skip
    print(f"- {time.strftime('%Y-%m-%d')}, {processor()}, {len(os.sched_getaffinity(0))} cores, "
          f"{platform.system()} {platform.release()}")  # fmt: skip
    print(f"- {first_line(PROGRAM, '--version')}, commit {commit}; {torch}")
    for device in json.loads(call([PROGRAM, "devices", "--json"])[0])["devices"]:
        print(f"- device {device['number']}: {device['name']}, {device['platform']}, "
              f"driver {device['driver'] or 'none'}")  # fmt: skip
    print(f"- on device {options.device}, {options.rounds} rounds of {options.epochs} epochs, CLBlast {options.clblast_epochs}, "
          f"the reference {options.reference_epochs} once; PyTorch's images as {options.resident}\n")  # fmt: skip


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument("--epochs", type=int, default=5, metavar="N", help="a round, default 5")
    parser.add_argument("--clblast-epochs", type=int, default=2, metavar="N", help="default 2; 0: none")
    parser.add_argument("--reference-epochs", type=int, default=1, metavar="N", help="default 1; 0: none")
    parser.add_argument("--device", default="0", metavar="D", help="as in fmnist-cl, default 0")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with the four IDX files")
    parser.add_argument("--resident", choices=("uint8", "float32"), default="uint8",
                        help="how PyTorch keeps the images, default uint8")  # fmt: skip
    parser.add_argument("--python", metavar="PROGRAM", help="a Python that has PyTorch, instead of bench/.venv")
    options = parser.parse_args()
    if options.rounds < 1 or options.epochs < 1:
        parser.error("--rounds and --epochs want 1 or more")
    return options


def main():
    options = parse()
    try:
        call([ROOT / "run.sh", "--version"])  # builds what is missing
        data, python = find_data(options.data), prepare_python(options.python)
        # Not measured: the driver compiles and keeps its kernels at the first start.
        train(["--data", data, "--device", options.device, "--epochs", 1])
        competing = contestants(options, data, python)
        run_rounds(competing, options.rounds)
        print_header(options, python)
        print_table(competing)
    except Failed as failure:
        sys.exit(f"compare.py: {failure}")


if __name__ == "__main__":
    main()
