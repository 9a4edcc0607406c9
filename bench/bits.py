#!/usr/bin/env python3
"""Do two builds of fmnist-cl train to the same bits?

Both train about 20 small configurations on each back end; weights, optimizer state, histories and test scores are
compared. One line per back end and configuration; exit status 1 when anything differs. bench/README.md says more.
"""

import argparse
import array
import csv
import json
import os
import random
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.place import ROOT
from support.process import Failed, call

STEPS = 40
PIXELS = 28 * 28
TEST_IMAGES = 50

# Options of train. gpu-path is the GPU back end, run on PoCL with tests/faults/gpu_path.c.
BACK_ENDS = {
    "cpu": ["--device", "cpu", "--gemm", "native"],
    "clblast": ["--device", "cpu", "--gemm", "clblast"],
    "gpu-path": ["--device", "gpu", "--gemm", "native"],
    "reference": ["--device", "reference"],
}

DEEP = ",".join(["8"] * 64)
MOMENTUM = "--optimizer sgd --lr 0.02 --momentum 0.9"
NESTEROV = MOMENTUM + " --nesterov"
DECAY = " --weight-decay 0.01"
RMSPROP = "--optimizer rmsprop --lr 0.001"

# Batch size, hidden layers, activation, the rest.
CONFIGURATIONS = [
    (1, "none", "relu", "--optimizer sgd --lr 0.05"),
    (1, "256,256", "relu", ""),
    (1, "300,17", "prelu", RMSPROP + " --momentum 0.9"),
    (1, DEEP, "elu", RMSPROP + DECAY),
    (8, "none", "relu", NESTEROV + DECAY),
    (8, "256,256", "relu", "--loss nll"),
    (8, "300,17", "identity", "--loss mse"),
    (16, "20", "elu", MOMENTUM + " --loss mse"),
    (16, "256,256", "prelu", ""),
    (16, DEEP, "relu", "--weight-decay 0.01 --no-shuffle"),
    (17, "20", "identity", NESTEROV),
    (17, "256,256", "elu", RMSPROP + " --loss mse"),
    (17, "300,17", "prelu", MOMENTUM + DECAY),
    (17, DEEP, "prelu", ""),
    (128, "none", "relu", ""),
    (128, "256,256", "relu", ""),
    (128, "256,256", "prelu", NESTEROV + DECAY + " --loss mse"),
    (128, "300,17", "elu", RMSPROP + " --momentum 0.9" + DECAY),
    (128, "512,512", "prelu", ""),
    (128, DEEP, "prelu", MOMENTUM + DECAY),
    (1000, "none", "relu", "--loss mse"),
    (1000, "20", "prelu", RMSPROP),
    (1000, "256,256", "relu", ""),
    (1000, "300,17", "relu", NESTEROV + " --val-fraction 0"),
]


def name_of(configuration):
    batch, hidden, activation, more = configuration
    return f"batch {batch}, {'64x8' if hidden == DEEP else hidden}, {activation} {more}".strip()


# ---- Data ----


def write_data(folder, count):
    """Images with black borders, like Fashion-MNIST's, and a bright column for each class. A fifth of the training
    images is for validation. With 131 images the last batch is smaller than batches of 8, 16 and 17; with 1403,
    smaller than batches of 128 and 1000."""
    folder.mkdir()
    for name, images in ("train", count), ("t10k", TEST_IMAGES):
        source = random.Random(name)
        pixels, labels = bytearray(), bytearray()
        for _ in range(images):
            label, margin = source.randrange(10), source.randrange(12)
            image = bytearray(PIXELS)
            for row in range(margin, 28 - margin):
                for column in range(margin, 28 - margin):
                    image[28 * row + column] = source.randrange(256)
                image[28 * row + 2 * label + 4] = 255
            pixels += image
            labels.append(label)
        head = (images, 28, 28)
        for what, magic, body in ("images-idx3", 0x803, pixels), ("labels-idx1", 0x801, labels):
            dimensions = head if magic == 0x803 else head[:1]
            numbers = b"".join(number.to_bytes(4, "big") for number in (magic, *dimensions))
            (folder / f"{name}-{what}-ubyte").write_bytes(numbers + body)


# ---- The files of a run ----


def tensors(path):
    """{name: (dtype, shape, bytes)} of a safetensors file, without the measured times in its history."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    found = {}
    for name, one in header.items():
        begin, end = one["data_offsets"]
        found[name] = (one["dtype"], one["shape"], content[8 + length + begin : 8 + length + end])
    if "history" in found:
        dtype, shape, data = found.pop("history")
        columns, values = metadata["history"].split(","), array.array("d", data)
        for at, column in enumerate(columns):
            if column not in ("seconds", "images_per_s"):
                found[f"history.{column}"] = (dtype, shape[:1], values[at :: len(columns)].tobytes())
    return found


def left_by(folder):
    """{file and tensor: (dtype, shape, bytes)} of a run folder, with its scores and history.csv."""
    found = {}
    for file in sorted(folder.glob("*.safetensors")):
        found.update({f"{file.stem} {name}": one for name, one in tensors(file).items()})
    metrics = json.loads((folder / "metrics.json").read_text())
    for part in "train", "val", "test":
        for key, value in (metrics[part] or {}).items():
            found[f"metrics {part}.{key}"] = ("F64", [1], array.array("d", [value]).tobytes())
    with open(folder / "history.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            kept = {key: value for key, value in row.items() if key not in ("seconds", "images_per_s")}
            found[f"history.csv epoch {row['epoch']}"] = ("text", [1], json.dumps(kept).encode())
    return found


def difference(base, other):
    """How much two runs differ, and which values differ most; None if they do not differ."""
    names = [name for name in {**base, **other} if base.get(name) != other.get(name)]
    if not names:
        return None
    largest, where = -1.0, names[0]
    for name in names:
        one, two = base.get(name), other.get(name)
        if not one or not two:
            return f"{name}: only in {'PROGRAM' if two else 'BASE_PROGRAM'}'s run"
        if one[:2] != two[:2]:
            return f"{name}: {one[0]} {one[1]}, {two[0]} {two[1]}"
        if one[0] != "text":
            kind = "d" if one[0] == "F64" else "f"
            gaps = [abs(a - b) for a, b in zip(array.array(kind, one[2]), array.array(kind, two[2]))]
            gap = max(gap if gap == gap else float("inf") for gap in gaps)
            if gap > largest:
                largest, where = gap, name
    return f"{len(names)} of {len(base)} differ, most {where}: by {largest:.3g}"


# ---- Running ----


def build_gpu_path(folder):
    """Builds the library that makes a program use the GPU back end."""
    library = folder / "gpu_path.so"
    source = ROOT / "tests/faults/gpu_path.c"
    call([os.environ.get("CC", "cc"), "-DCL_TARGET_OPENCL_VERSION=120", "-shared", "-fPIC", "-o", library, source, "-ldl"])
    return library


def train(program, back_end, configuration, work, place):
    batch, hidden, activation, more = configuration
    folder = work / place
    data = work / ("few" if batch < 100 else "many")
    environment = {"FMNIST_CACHE": str(work / "cache")}  # nothing tuned by the user
    if back_end == "gpu-path":
        environment["LD_PRELOAD"] = str(work / "gpu_path.so")
    command = [program, "train", "-q", "--no-check", "--data", data, "--run", folder, "--epochs", STEPS]
    command += ["--max-steps", STEPS, "--batch-size", batch, "--hidden", hidden, "--activation", activation]
    try:
        call(command + more.split() + BACK_ENDS.get(back_end, ["--device", back_end]), environment)
        return left_by(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compare(options, work):
    """The number of configurations that differ."""
    count = 0
    with ThreadPoolExecutor(2) as pool:
        for back_end in options.back_ends:
            began = time.monotonic()
            for configuration in CONFIGURATIONS:
                runs = [
                    pool.submit(train, program, back_end, configuration, work, place)
                    for program, place in ((options.base, "base"), (options.program, "new"))
                ]
                try:
                    found = difference(*(run.result() for run in runs))
                except Failed as failure:
                    found = f"failed: {failure}"
                count += found is not None
                print(f"{back_end:10} {name_of(configuration)}: {found or 'same'}", flush=True)
            print(f"{back_end:10} {time.monotonic() - began:.0f} s", flush=True)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", metavar="BASE_PROGRAM", type=lambda text: Path(text).absolute())
    parser.add_argument("program", metavar="PROGRAM", type=lambda text: Path(text).absolute())
    parser.add_argument("back_ends", metavar="BACK_END", nargs="*", default=list(BACK_ENDS),
                        help=f"{', '.join(BACK_ENDS)} (all of them unless named), or a value of --device")  # fmt: skip
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fmnist-cl-bits-") as folder:
        work = Path(folder)
        write_data(work / "few", 131)
        write_data(work / "many", 1403)
        if "gpu-path" in options.back_ends:
            build_gpu_path(work)
        count = compare(options, work)
    print(f"{count} differ" if count else "all the same")
    return 1 if count else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"bits.py: {failure}")
