"""PyTorch on the CPU, eager or compiled.

Written as an experienced PyTorch user would for speed: no DataLoader; images stay in memory as bytes and are gathered
and scaled batch by batch (--resident float32 keeps floats, four times the memory); no .item() inside an
epoch; gradients set to None; denormals flushed to zero.
"""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from support.rows import layers

from . import common

# Images per batch of predictions, so that activations stay in the cache.
PIECE = 1000


class PyTorch:
    versions = {"PyTorch": torch.__version__}

    @staticmethod
    def add_options(parser):
        parser.add_argument("--adam", choices=("default", "fused", "compiled"), default="fused",
                            help="default: PyTorch's choice; fused: Adam(fused=True); compiled: fused, and network, "
                            "loss and gradients use torch.compile")  # fmt: skip
        parser.add_argument("--resident", choices=("uint8", "float32"), default="uint8")

    def __init__(self, options):
        torch.set_num_threads(options.threads)
        torch.set_flush_denormal(True)
        torch.manual_seed(0)
        self.name = f"PyTorch {options.adam}"
        self.options = options
        modules = []
        for size in layers(options.hidden):
            modules += [nn.Linear(*size), nn.ReLU()]
        self.model = nn.Sequential(*modules[:-1])
        # PyTorch chooses a default only without the argument: fused=False would forbid the fused version.
        choice = {} if options.adam == "default" else {"fused": True}
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=options.lr, **choice)
        self.loss = torch.compile(self.batch_loss) if options.adam == "compiled" else self.batch_loss

    def scaled(self, images):
        return images if images.dtype == torch.float32 else images.float().mul_(1 / 255)

    def batch_loss(self, images, labels):
        return cross_entropy(self.model(self.scaled(images)), labels)

    def place(self, images):
        placed = torch.from_numpy(common.owned(images))
        return self.scaled(placed) if self.options.resident == "float32" else placed

    def labels(self, labels):
        return torch.from_numpy(common.owned(labels)).long()

    def epoch(self, images, labels, steps):
        losses = torch.zeros(())
        for index in torch.randperm(len(labels)).split(self.options.batch_size)[:steps]:
            loss = self.loss(images.index_select(0, index), labels.index_select(0, index))
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            losses += loss.detach()
        return losses.item() / steps

    @torch.inference_mode()
    def logits(self, images):
        return torch.cat([self.model(self.scaled(piece)) for piece in images.split(PIECE)]).numpy()

    def save(self, folder):
        torch.save(self.model.state_dict(), folder / "weights.pt")


if __name__ == "__main__":
    common.main(PyTorch)
