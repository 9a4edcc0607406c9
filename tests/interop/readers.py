#!/usr/bin/env python3
"""Other programs read what fmnist-cl writes, and it reads what they write.

    readers.py PROGRAM

onnx checks the exported models, and onnxruntime runs them on the whole test set. safetensors and, if it
is installed, PyTorch load the weights and write others. TensorBoard reads the curves. Logits must be
within 1e-4 of ours: both sides round sums of some hundred floats, which makes about 1e-5 for logits up to
20. The exit status is 77 if the data set is missing.
"""

import csv
import gzip
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import safetensors
import safetensors.numpy
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

try:
    import safetensors.torch
    import torch
except ImportError:
    torch = None

PROGRAM = os.path.abspath(sys.argv[1])
ROOT = Path(__file__).resolve().parents[2]
IMAGES = "t10k-images-idx3-ubyte"
WITHIN = 1e-4
ACTIVATIONS = ("relu", "prelu", "elu", "identity")
WIDTHS = (48, 20)


def find_data():
    places = [os.environ.get("FMNIST_DATA"), ROOT / "data/fashion-mnist", "/usr/share/datasets/fashion-mnist"]
    for place in places:
        if place and list(Path(place).glob(IMAGES + "*")):
            return Path(place).resolve()
    return None


DATA = find_data()


def read_test_images():
    plain = DATA / IMAGES
    content = plain.read_bytes() if plain.exists() else gzip.decompress((DATA / (IMAGES + ".gz")).read_bytes())
    return np.frombuffer(content[16:], np.uint8).reshape(-1, 784).astype(np.float32)


def run(*arguments, device="reference"):
    """fmnist-cl, on the data set. The reference is the same on every machine."""
    if arguments[0] in ("train", "predict"):
        arguments += ("--device", device, "--data", DATA)
    done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, arguments))}: {done.stderr}")


def forward(tensors, activation, x):
    """Returns the network's outputs, computed with numpy in double precision."""
    functions = {
        "relu": lambda z, slope: np.maximum(z, 0),
        "prelu": lambda z, slope: np.where(z > 0, z, slope * z),
        "elu": lambda z, slope: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        "identity": lambda z, slope: z,
    }
    module = 0
    while True:
        x = x @ tensors[f"{module}.weight"].T.astype(np.float64) + tensors[f"{module}.bias"]
        if f"{module + 2}.weight" not in tensors:
            return x
        x = functions[activation](x, tensors.get(f"{module + 1}.weight"))
        module += 2


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.holder.name)
        cls.pixels = read_test_images()

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def trained(self, activation, hidden=",".join(map(str, WIDTHS)), device="reference"):
        """A run of a few steps, trained once."""
        folder = self.folder / f"{activation}-{hidden}"
        if not folder.exists():
            run("train", "--activation", activation, "--hidden", hidden, "--max-steps", 150, "--run", folder,
                "-q", device=device)  # fmt: skip
        return folder

    def logits(self, checkpoint, device="reference"):
        """Returns our logits for a run (kept beside it) or for a file (which may be replaced later)."""
        path = checkpoint / "logits.csv" if checkpoint.is_dir() else self.folder / "logits.csv"
        if not checkpoint.is_dir() or not path.exists():
            run("predict", checkpoint, "--set", "test", "--logits", path, device=device)
        return np.loadtxt(path, delimiter=",", dtype=np.float32)

    def check_close(self, theirs, ours):
        self.assertEqual(theirs.shape, ours.shape)
        difference = float(np.abs(theirs - ours).max())
        print(f"difference {difference:.1e}, largest value {np.abs(ours).max():.1f}", flush=True)
        self.assertLessEqual(difference, WITHIN)
        self.assertGreater(np.abs(ours).max(), 0.1)

    def check_onnx(self, run_folder, device="reference"):
        path = self.folder / "model.onnx"
        run("export", run_folder, path)
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        self.assertEqual(model.ir_version, 8)
        self.assertEqual([(o.domain, o.version) for o in model.opset_import], [("", 17)])
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        self.assertEqual(metadata["class_names"].split(",")[9], "Ankle boot")
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        theirs = session.run(["logits"], {"pixels": self.pixels})[0]
        self.check_close(theirs, self.logits(run_folder, device))
        for rows in (1, 7):
            part = session.run(None, {"pixels": self.pixels[:rows]})[0]
            self.assertLessEqual(np.abs(part - theirs[:rows]).max(), WITHIN)

    def test_onnx(self):
        for activation in ACTIVATIONS:
            with self.subTest(activation):
                self.check_onnx(self.trained(activation))
        with self.subTest("linear"):
            self.check_onnx(self.trained("relu", "none"))

    def test_onnx_of_the_base_network(self):
        # Device 0 is the fastest one.
        self.check_onnx(self.trained("relu", "256,256", device="0"), device="0")

    def test_safetensors_read_ours(self):
        for activation in ACTIVATIONS:
            with self.subTest(activation):
                folder = self.trained(activation)
                with safetensors.safe_open(folder / "last.safetensors", "np") as file:
                    self.assertEqual(file.metadata()["format"], "pt")
                    self.assertEqual(file.metadata()["activation"], activation)
                tensors = safetensors.numpy.load_file(folder / "last.safetensors")
                self.check_close(forward(tensors, activation, self.pixels / 255), self.logits(folder))

    def test_safetensors_written_by_others(self):
        random = np.random.default_rng(1)
        sizes = (784, *WIDTHS, 10)
        for activation in ACTIVATIONS:
            with self.subTest(activation):
                tensors = {}
                for layer, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
                    bound = inputs**-0.5
                    tensors[f"{2 * layer}.weight"] = random.uniform(-bound, bound, (outputs, inputs)).astype(np.float32)
                    tensors[f"{2 * layer}.bias"] = random.uniform(-bound, bound, outputs).astype(np.float32)
                    if activation == "prelu" and layer < len(WIDTHS):
                        tensors[f"{2 * layer + 1}.weight"] = np.array([-0.5 - layer], np.float32)
                path = self.folder / "theirs.safetensors"
                safetensors.numpy.save_file(tensors, path, metadata={"activation": activation})
                self.check_close(forward(tensors, activation, self.pixels / 255), self.logits(path))

    def test_safetensors_written_again(self):
        """Our checksum covers the content, so it is valid in any order of the file's tensors."""
        folder = self.trained("elu")
        with safetensors.safe_open(folder / "last.safetensors", "np") as file:
            metadata = file.metadata()
        tensors = safetensors.numpy.load_file(folder / "last.safetensors")
        path = self.folder / "again.safetensors"
        safetensors.numpy.save_file(tensors, path, metadata=metadata)
        self.check_close(self.logits(path), self.logits(folder))

    def torch_model(self, activation):
        modules = {"relu": torch.nn.ReLU, "prelu": torch.nn.PReLU, "elu": torch.nn.ELU, "identity": torch.nn.Identity}
        first, second = WIDTHS
        return torch.nn.Sequential(
            torch.nn.Linear(784, first), modules[activation](),
            torch.nn.Linear(first, second), modules[activation](),
            torch.nn.Linear(second, 10))  # fmt: skip

    def torch_logits(self, model):
        with torch.no_grad():
            return model(torch.from_numpy(self.pixels) / 255).numpy()

    @unittest.skipUnless(torch, "no PyTorch here: tests/interop/setup.sh --torch installs it")
    def test_torch_loads_ours(self):
        for activation in ACTIVATIONS:
            with self.subTest(activation):
                path = self.folder / "export.safetensors"
                run("export", self.trained(activation), path)
                model = self.torch_model(activation)
                model.load_state_dict(safetensors.torch.load_file(path))
                self.check_close(self.torch_logits(model), self.logits(self.trained(activation)))

    @unittest.skipUnless(torch, "no PyTorch here: tests/interop/setup.sh --torch installs it")
    def test_we_load_what_torch_saves(self):
        torch.manual_seed(1)
        for activation in ACTIVATIONS:
            with self.subTest(activation):
                model = self.torch_model(activation)
                path = self.folder / "torch.safetensors"
                # The tensors distinguish ReLU and PReLU; other activations must be named.
                named = activation in ("elu", "identity")
                safetensors.torch.save_file(model.state_dict(), path, {"activation": activation} if named else None)
                self.check_close(self.torch_logits(model), self.logits(path))

    def check_curves(self, val_fraction):
        folder, curves = self.folder / f"run-{val_fraction}", self.folder / f"curves-{val_fraction}"
        run("train", "--hidden", 8, "--epochs", 3, "--batch-size", 1000, "--val-fraction", val_fraction, "--run", folder,
            "--tensorboard", curves, "-q")  # fmt: skip
        columns = {"loss/train": "train_loss", "accuracy/train": "train_acc", "lr": "lr", "images_per_s": "images_per_s"}
        if val_fraction:
            columns.update({"loss/val": "val_loss", "accuracy/val": "val_acc"})
        with open(folder / "history.csv", newline="") as file:
            history = list(csv.DictReader(file))
        reader = EventAccumulator(str(curves))
        reader.Reload()
        self.assertEqual(reader.file_version, 2.0)
        self.assertEqual(set(reader.Tags()["scalars"]), set(columns))
        for tag, column in columns.items():
            points = reader.Scalars(tag)
            self.assertEqual([p.step for p in points], [1, 2, 3])
            for point, row in zip(points, history):
                self.assertAlmostEqual(point.value / float(row[column]), 1, delta=1e-5)

    def test_tensorboard(self):
        for val_fraction in (0.2, 0):
            with self.subTest(val_fraction):
                self.check_curves(val_fraction)


if __name__ == "__main__":
    if not DATA:
        print("skipped: the data set is not here")
        sys.exit(77)
    del sys.argv[1:]
    unittest.main(verbosity=2)
