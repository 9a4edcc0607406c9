"""PyTorch on a CUDA GPU: eager, or with one CUDA graph per step.

Written as an experienced PyTorch user would for speed: images resident on the device as bytes, the order generated on
the device, no wait for the device inside an epoch, Adam(fused=True). A CUDA graph replaces the launches of a step by
one: gather, forward, backward and update are captured once and replayed for each batch, after its indices are
copied to a fixed buffer. Products are computed in float32, as ours (no TF32, PyTorch's default).
"""

import torch

from . import common
from .pytorch import PyTorch

# Warm-up steps before a capture, as PyTorch's documentation requires: optimizer and libraries initialize.
WARM_UP = 3


class PyTorchCuda(PyTorch):
    @staticmethod
    def add_options(parser):
        parser.add_argument("--step", choices=("eager", "graph"), default="eager")
        parser.add_argument("--resident", choices=("uint8", "float32"), default="uint8")

    def __init__(self, options):
        options.adam = "fused"
        super().__init__(options)
        self.name = f"PyTorch CUDA {options.step}"
        self.versions = PyTorch.versions | {"CUDA device": torch.cuda.get_device_name()}
        self.model.cuda()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=options.lr, fused=True,
                                          capturable=options.step == "graph")  # fmt: skip
        self.losses = torch.zeros((), device="cuda")
        self.graph = None

    def place(self, images):
        return super().place(images).cuda()

    def labels(self, labels):
        return super().labels(labels).cuda()

    def step(self, images, labels, index):
        loss = self.loss(images.index_select(0, index), labels.index_select(0, index))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.losses += loss.detach()

    def capture(self, images, labels, index):
        self.index = index.clone()
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UP):
                self.step(images, labels, self.index)
        torch.cuda.current_stream().wait_stream(aside)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.step(images, labels, self.index)

    def epoch(self, images, labels, steps):
        batches = torch.randperm(len(labels), device="cuda").split(self.options.batch_size)[:steps]
        if self.options.step == "graph" and not self.graph:
            self.capture(images, labels, batches[0])
        self.losses.zero_()
        for index in batches:
            if self.graph:
                self.index.copy_(index)
                self.graph.replay()
            else:
                self.step(images, labels, index)
        return self.losses.item() / steps

    @torch.inference_mode()
    def logits(self, images):
        return self.model(self.scaled(images)).cpu().numpy()


if __name__ == "__main__":
    common.main(PyTorchCuda)
