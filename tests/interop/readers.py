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
import importlib
import os
import re
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


NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")


def run_onnxslim(path, pixels):
    import onnxslim

    session = onnxruntime.InferenceSession(onnxslim.slim(str(path)).SerializeToString())
    return session.run(None, {"pixels": pixels})[0]


def run_onnxsim(path, pixels):
    import onnxsim

    simple, is_same = onnxsim.simplify(onnx.load(path))
    assert is_same
    return onnxruntime.InferenceSession(simple.SerializeToString()).run(None, {"pixels": pixels})[0]


def run_onnxoptimizer(path, pixels):
    import onnxoptimizer

    model = onnxoptimizer.optimize(onnx.load(path))
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"pixels": pixels})[0]


def run_onnx2torch(path, pixels):
    import onnx2torch

    return onnx2torch.convert(onnx.load(path))(torch.from_numpy(pixels)).detach().numpy()


def run_cv2(path, pixels):
    import cv2

    network = cv2.dnn.readNetFromONNX(str(path))
    network.setInput(pixels)
    return network.forward()


def run_openvino(path, pixels):
    import openvino

    # Its default on some processors is bfloat16.
    model = openvino.compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return model(pixels)[0]


def run_tinygrad(path, pixels):
    from tinygrad import Tensor
    from tinygrad.nn.onnx import OnnxRunner

    return OnnxRunner(str(path))({"pixels": Tensor(pixels)})["logits"].numpy()


def run_tract(path, pixels):
    import tract

    model = tract.onnx().load(str(path))
    model.set_input_fact(0, f"{len(pixels)},784,f32")
    return model.into_model().into_runnable().run([pixels])[0].to_numpy()


def run_reference(path, pixels):
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(str(path)).run(None, {"pixels": pixels})[0]


# Readers and converters of ONNX beside onnxruntime: the package, and a function that returns logits.
ONNX_READERS = {
    "onnx": run_reference,
    "onnxslim": run_onnxslim,
    "onnxsim": run_onnxsim,
    "onnxoptimizer": run_onnxoptimizer,
    "onnx2torch": run_onnx2torch,
    "cv2": run_cv2,
    "openvino": run_openvino,
    "tinygrad": run_tinygrad,
    "tract": run_tract,
}


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

    def test_onnx_names(self):
        """The specification asks for C identifiers, and converters that generate code depend on them."""
        path = self.folder / "names.onnx"
        run("export", self.trained("prelu"), path)
        graph = onnx.load(path).graph
        names = {name for node in graph.node for name in (node.name, *node.input, *node.output)}
        names |= {value.name for value in (*graph.initializer, *graph.input, *graph.output)}
        self.assertEqual([name for name in names if not NAME.fullmatch(name)], [])

    def test_onnx_readers(self):
        few = self.pixels[:16]
        for package, read in ONNX_READERS.items():
            for activation in ACTIVATIONS:
                with self.subTest(package, activation=activation):
                    try:
                        importlib.import_module(package)
                    except ImportError:
                        self.skipTest(f"{package} is not installed: see tests/interop/setup.sh")
                    path = self.folder / "model.onnx"
                    run("export", self.trained(activation), path)
                    self.check_close(read(path, few), self.logits(self.trained(activation))[: len(few)])

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

    def torch_forms(self, model):
        """The forms in which users save a stack of linear layers: name and tensors."""
        state = model.state_dict()
        words = {"0": "fc1", "2": "fc2", "4": "out"}
        yield "torch.compile", torch.compile(model).state_dict()
        yield "DataParallel", torch.nn.DataParallel(model).state_dict()
        yield "AveragedModel", torch.optim.swa_utils.AveragedModel(model).state_dict()
        yield "names", {words[key[0]] + key[1:]: value for key, value in state.items()}
        yield "Lightning", {f"model.net.{key}": value for key, value in state.items()}
        layers = {key.replace("0.", "9.").replace("2.", "10.").replace("4.", "11."): v for key, v in state.items()}
        yield "layer9, layer10", {f"layer{key}": value for key, value in layers.items()}
        kernels = {k.replace(".weight", ".kernel"): v.T.contiguous() if v.dim() == 2 else v for k, v in state.items()}
        yield "kernels", {f"params.Dense_{key}": value for key, value in kernels.items()}
        transposed = {k: v.T.contiguous() if v.dim() == 2 else v for k, v in state.items()}
        yield "transposed", transposed
        yield "no bias", {k: v for k, v in state.items() if not k.endswith("bias")}
        yield "float64", {k: v.double() for k, v in state.items()}
        yield "float16", {k: v.half() for k, v in state.items()}
        yield "bfloat16", {k: v.bfloat16() for k, v in state.items()}

    @unittest.skipUnless(torch, "no PyTorch here: tests/interop/setup.sh --torch installs it")
    def test_forms_of_torch(self):
        torch.manual_seed(2)
        model = self.torch_model("relu")
        path = self.folder / "form.safetensors"
        for name, tensors in self.torch_forms(model):
            with self.subTest(name):
                safetensors.torch.save_file({k: v.clone() for k, v in tensors.items()}, path)
                # The tensors of a form are in the order of the model's parameters.
                values = [v for v in tensors.values() if v.is_floating_point()]
                names = [n for n, _ in model.named_parameters() if len(values) == 6 or n.endswith("weight")]
                same = self.torch_model("relu")
                with torch.no_grad():
                    for parameter in same.parameters():
                        parameter.zero_()
                    for key, value in zip(names, values):
                        wanted = same.get_parameter(key)
                        wanted.copy_(value.T if value.shape != wanted.shape else value)
                self.check_close(self.torch_logits(same), self.logits(path))

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
