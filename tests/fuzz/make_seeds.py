#!/usr/bin/env python3
"""Writes the fuzzers' seeds into tests/fuzz/seeds: small valid and invalid files.

The files are kept in the repository; this says what they are.
"""
import gzip
import hashlib
import json
import pathlib
import struct
import zlib

SEEDS = pathlib.Path(__file__).parent / "seeds"
COMMANDS = ["train", "eval", "predict", "show", "explore", "study", "bench", "export", "devices", "tune", "use"]


def write(target, name, content):
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def idx(magic, *sizes, values=b""):
    return struct.pack(f">{1 + len(sizes)}I", magic, *sizes) + values


def safetensors(tensors, metadata=None):
    """tensors: name, shape, bytes, and the type if it is not F32."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, shape, values, *dtype in tensors:
        header[name] = {"dtype": dtype[0] if dtype else "F32", "shape": shape,
                        "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def network(*widths, slope=False):
    tensors = []
    for layer in range(len(widths) - 1):
        inputs, outputs = widths[layer], widths[layer + 1]
        floats = struct.pack(f"<{inputs * outputs}f", *(0.125 * (i % 9 - 4) for i in range(inputs * outputs)))
        tensors.append((f"{2 * layer}.weight", [outputs, inputs], floats))
        tensors.append((f"{2 * layer}.bias", [outputs], bytes(4 * outputs)))
        if slope and layer < len(widths) - 2:
            tensors.append((f"{2 * layer + 1}.weight", [1], struct.pack("<f", 0.25)))
    return tensors


def checkpoint(with_sum):
    """Two epochs and two images of the third, with the checksum defined in src/io/safetensors_sum.h."""
    rows = [0.7, 0.75, 0.6, 0.8, 1.5, 32000, 0.001, 3, 0.5, 0.8, 0.55, 0.8125, 1.25, 38400, 0.001, 3]
    tensors = [("history", [2, 8], struct.pack("<16d", *rows), "F64")]
    for prefix in ("", "slot1.", "best."):
        tensors += [(prefix + name, shape, values) for name, shape, values in network(2, 2, slope=True)]
    tensors += [("losses", [2], struct.pack("<2f", 0.5, 0.25)), ("classes", [2], struct.pack("<2f", 1, 0))]
    training = {"steps": 7, "slots": 1, "epochs": 2, "best_epoch": 2, "position": 2, "seconds": 0.125}
    metadata = {"format": "pt", "activation": "prelu", "note": "a note", "training": json.dumps(training),
                "history": "train_loss,train_acc,val_loss,val_acc,seconds,images_per_s,lr,steps"}
    if not with_sum:
        return safetensors(tensors, metadata)
    content = b""
    for name, shape, values, *_ in sorted(tensors):
        content += name.encode() + b"\0" + struct.pack(f"<{1 + len(shape)}Q", len(shape), *shape) + values
    for key in sorted(metadata):
        content += f"{key}\0{metadata[key]}\0".encode()
    metadata["content-checksum"] = "sha256"
    metadata["content-sha256"] = hashlib.sha256(content).hexdigest()
    return safetensors(tensors, metadata)


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, depth, colour, row, interlaced=0, extra=b""):
    """row: the bytes of every row after its filter byte. Interlaced: only 1 x 1."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    rows = b"".join(bytes([y % 5]) + row for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def trial(seed, **changes):
    line = {"value": "0.003", "seed": str(seed), "failed": False, "reason": None, "test": None,
            "curve": [[6, 0.5, 0.8, 0.6, 0.75, 0.003, 1.5, 32000.0]]}
    return json.dumps({**line, **changes}, separators=(",", ":")) + "\n"


def main():
    images = idx(0x803, 2, 28, 28, values=bytes(i % 251 for i in range(2 * 784)))
    labels = idx(0x801, 12, values=bytes(i % 10 for i in range(12)))
    write("idx", "images", images)
    write("idx", "labels", labels)
    write("idx", "images.gz", gzip.compress(images, mtime=0))
    write("idx", "labels.gz", gzip.compress(labels, mtime=0))
    write("idx", "two-members.gz", gzip.compress(labels[:9], mtime=0) + gzip.compress(labels[9:], mtime=0))
    write("idx", "stored.gz", gzip.compress(labels, 0, mtime=0))
    write("idx", "cut.gz", gzip.compress(images, mtime=0)[:-12])
    write("idx", "many", idx(0x803, 10_000_000, 28, 28, values=bytes(64)))
    write("idx", "empty", b"")

    write("safetensors", "one-layer", safetensors(network(3, 2)))
    write("safetensors", "slope", safetensors(network(2, 3, 2, slope=True), {"activation": "prelu", "format": "pt"}))
    write("safetensors", "three", safetensors(network(2, 2, 2, 2), {"activation": "elu"}))
    write("safetensors", "scalar", safetensors([("x", [], bytes(4)), ("empty", [0, 7], b"")]))
    write("safetensors", "doubles", safetensors([("d", [1], bytes(8), "F64"), ("f", [1], bytes(4))]))
    write("safetensors", "checkpoint", checkpoint(True))
    write("safetensors", "checkpoint-no-sum", checkpoint(False))
    write("safetensors", "hole", safetensors([("a", [1], bytes(4))]) + bytes(4))
    write("safetensors", "long", struct.pack("<Q", 100_000_000_000) + b"{}")
    write("safetensors", "huge", struct.pack("<Q", 70) + b'{"0.weight":{"dtype":"F32","shape":[4294967295,4294967297],"data_offsets":[0,4]}}')

    write("png", "grey", png(3, 4, 8, 0, bytes([0, 127, 255])))
    write("png", "bits", png(9, 5, 1, 0, b"\xaa\x80"))
    write("png", "grey16", png(2, 2, 16, 0, bytes(range(4))))
    write("png", "alpha", png(2, 3, 8, 4, bytes([9, 255, 200, 3])))
    write("png", "colour", png(2, 5, 8, 2, bytes([1, 2, 3, 250, 251, 252])))
    write("png", "rgba16", png(1, 2, 16, 6, bytes(range(8))))
    palette = chunk(b"PLTE", bytes(range(12))) + chunk(b"tRNS", bytes([0, 128]))
    write("png", "palette", png(4, 3, 2, 3, b"\x1b", extra=palette))
    write("png", "interlaced", png(1, 1, 8, 0, b"\x55", interlaced=1))
    text = chunk(b"tEXt", b"Comment\0hello") + chunk(b"gAMA", struct.pack(">I", 45455))
    write("png", "text", png(1, 1, 8, 0, b"\x10", extra=text))
    large = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    write("png", "large", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", large))

    first = '{"fmnist-cl":"experiment","version":"0","settings":{"experiment":"lr"}}\n'
    write("journal", "whole", (first + trial(0) + trial(1, value="0.001")).encode())
    write("journal", "cut", (first + trial(0) + trial(1)[:40]).encode())
    write("journal", "other", first.replace('"lr"', '"layers"').encode())
    write("journal", "first-cut", first[:30].encode())
    write("journal", "foreign", b"hello\n")
    write("journal", "trials", ("+" + trial(0) + trial(1, failed=True, reason="the loss is nan", curve=[])).encode())
    write("journal", "tested", ("+" + trial(18446744073709551615, test=[0.4, 0.87])).encode())
    write("journal", "nulls", ("+" + trial(3, test=[None, None], curve=[[1] + [None] * 7] * 3)).encode())

    choices = {"groups": 8, "row_groups": 2, "panels": 3, "lines": 2, "inputs": 6, "side": 32, "work": 4, "depth": 16}
    entry = {"network": "784-256-256-10", "weights": 269322, "batch_size": 128, "choices": choices,
             "built_in_seconds": 0.00125, "seconds": 0.001, "clblast_seconds": None}
    head = {"fmnist-cl": "tuning", "format": 1, "version": "0.1.0", "device": "a device", "entries": []}
    other = {**entry, "batch_size": 8, "clblast_seconds": 3e-05}
    for name, entries in {"one": [entry], "two": [entry, other], "twice": [entry, entry], "none": [],
                          "value": [{**entry, "choices": {**choices, "inputs": 9}}],
                          "many": [entry] * 40, "nothing": [{}], "object": entry}.items():
        write("tuning", name, b"+" + json.dumps(entries, separators=(",", ":")).encode())
    write("tuning", "no-sum", json.dumps({**head, "sha256": "0"}).encode())
    write("tuning", "later", json.dumps({**head, "format": 2}).encode())
    write("tuning", "cut", json.dumps(head).encode()[:40])
    write("tuning", "foreign", b"hello\n")
    write("tuning", "empty", b"")

    lines = {
        "train": [["--hidden", "256,256", "--lr", "1e-3", "--epochs=3", "-qv", "--nesterov"],
                  ["--hidden", "none", "--seed", "18446744073709551615", "--no-shuffle", "--", "-x"],
                  ["--batch-size", "0"], ["--beta1", "1"], ["--learning-rate", "3"], ["-z"], ["--lr"]],
        "eval": [["runs/x", "--set", "val", "--worst", "30", "--png", "w.png"]],
        "predict": [["last.safetensors", "a.png", "b.png", "--invert"], ["x", "--set", "test", "--index", "5"]],
        "show": [["--grid", "50", "--val-fraction", "0.5"]],
        "explore": [["lr", "--values", "0.1,0.2", "--seeds", "3"]],
        "study": [["--quick", "--run", "x"]],
        "bench": [["--gemm", "--layers", "8"]],
        "export": [["x", "y.onnx"]],
        "devices": [["--json"], ["--help"]],
        "tune": [["--seconds", "1e3", "--batch-size", "8", "--hidden", "none"], ["--seconds", "-1"]],
        "use": [["--factor", "1", "--values", "1,2,3"], ["--factor", "4", "--values", "0.001,1e-2,+3"],
                ["--layers", "64", "--nodes", "8192"], ["--factor", "5"], ["--factor", "2", "--hidden", "8"]],
    }
    for command, every in lines.items():
        for number, arguments in enumerate(every):
            write("options", f"{command}-{number}",
                  bytes([COMMANDS.index(command)]) + "\n".join(arguments).encode())


if __name__ == "__main__":
    main()
