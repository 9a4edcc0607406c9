#!/usr/bin/env python3
"""Measures how fmnist-cl's time and memory grow with nodes, layers, batch size and samples, and compares
them with a model based on the machine's measured peak, bandwidth and launch time.

Prints tables, and writes them, all figures (JSON) and a plot of each series to bench/results/growth.
bench/README.md explains each number.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from support import growth_plot, model, place
from support.process import Failed, call, say
from support.rows import TRAINED

# Measurements that differ from the model by more than this factor are marked.
DEPARTS = 1.5


@dataclass(frozen=True)
class Point:
    x: int
    hidden: tuple = (256, 256)
    batch: int = 128
    samples: int = TRAINED


SERIES = {
    "nodes": ("nodes in each of 2 hidden layers", [Point(n, hidden=(n, n)) for n in (16, 32, 64, 128, 256, 512, 1024, 2048)]),
    "layers": ("hidden layers of 256", [Point(n, hidden=(256,) * n) for n in (1, 2, 3, 4, 6, 8)]),
    "batch-size": ("images per batch", [Point(2**n, batch=2**n) for n in range(11)]),
    "samples": ("training images", [Point(n, samples=n) for n in range(8 * 128 * 6, TRAINED + 1, 8 * 128 * 6)]),
}  # fmt: skip


def measure(point, options, data):
    """Seconds per epoch and the process's peak memory."""
    command = [place.PROGRAM, "bench", "--json", "-q", "--no-reference", "--data", data, "--device", options.device,
               "--epochs", options.epochs, "--hidden", ",".join(map(str, point.hidden)),
               "--batch-size", point.batch, "--lr", "0.0003"]  # fmt: skip
    if point.samples < TRAINED:
        command += ["--max-steps", point.samples // point.batch]
    finished = call(command)
    (result,) = json.loads(finished.printed)["results"]
    return {"seconds": point.samples / result["images_per_s"], "peak_bytes": finished.peak_bytes}


def measure_series(name, options, data):
    figures = []
    for point in SERIES[name][1]:
        say(f"{name} {point.x}")
        figures.append({"x": point.x, **measure(point, options, data)})
    return figures


def best_of(rounds):
    """The minimum over the rounds for each point, because disturbances only make it slower."""
    return [
        {"x": same[0]["x"], **{key: min(one[key] for one in same) for key in ("seconds", "peak_bytes")}}
        for same in zip(*rounds)
    ]


def with_model(name, figures, peak):
    """Rows in the form that growth_plot expects."""
    by_x = {point.x: point for point in SERIES[name][1]}
    points = [by_x[figure["x"]] for figure in figures]
    needs = [model.memory(point.hidden, point.batch) for point in points]
    # The constant part: program, driver, compiler, data set.
    rest = min(figure["peak_bytes"] - need for figure, need in zip(figures, needs))
    rows = []
    for point, figure, need in zip(points, figures, needs):
        terms = model.epoch(peak, point.hidden, point.batch, point.samples)
        rows.append((point.x, figure["seconds"], sum(terms), *terms, figure["peak_bytes"] / 1e6, (rest + need) / 1e6))
    return rows


def table(name, rows):
    lines = [
        f"## {SERIES[name][0]}",
        "",
        f"![time and memory]({name}.svg)",
        "",
        f"| {name} | s per epoch | model | measured over model | FLOP | bytes | launches | memory, MB | expected |",
        "|" + "---|" * 9,
    ]
    for x, seconds, expected, flop, moved, launches, memory, memory_expected in rows:
        ratio = seconds / expected
        mark = "" if 1 / DEPARTS <= ratio <= DEPARTS else " (departs)"
        lines.append(
            f"| {x} | {seconds:.3f} | {expected:.3f} | {ratio:.2f}{mark} | {flop:.3f} | {moved:.3f} "
            f"| {launches:.3f} | {memory:.0f} | {memory_expected:.0f} |"
        )
    return lines


def told(document):
    epochs, rounds = document["epochs"], document["rounds"]
    return f"- median of {epochs} epochs after one to warm up; minimum of {rounds} rounds"


def page(document):
    """All tables as Markdown."""
    machine = document["machine"]
    lines = ["# Growth", "", *place.lines(machine), told(document)]
    for name, figures in document["series"].items():
        lines += ["", *table(name, with_model(name, figures, machine["peak"]))]
    return "\n".join(lines) + "\n"


def keep(document, folder):
    """Writes figures and tables, then draws the plots, which need gnuplot."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "growth.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / "growth.md").write_text(page(document))
    for name, figures in document["series"].items():
        rows = with_model(name, figures, document["machine"]["peak"])
        growth_plot.draw(folder / f"{name}.svg", f"time and memory: {name}", SERIES[name][0], rows)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", nargs="*", metavar="SERIES", help=f"one of {', '.join(SERIES)}; default: all")
    parser.add_argument("--epochs", type=int, default=3, metavar="N", help="measured epochs per point; default 3")
    parser.add_argument("--rounds", type=int, default=3, metavar="N",
                        help="repetitions of everything; keeps each point's minimum; default 3")  # fmt: skip
    parser.add_argument("--device", default="0", metavar="D", help="as in fmnist-cl; default 0")
    parser.add_argument("--data", metavar="DIR", help="folder with the four IDX files")
    parser.add_argument("--results", type=Path, default=place.RESULTS / "growth", metavar="DIR",
                        help="default bench/results/growth")  # fmt: skip
    parser.add_argument("--show", type=Path, metavar="FILE.json", help="print the tables of recorded figures")
    options = parser.parse_args()
    options.series = options.series or list(SERIES)
    unknown = [name for name in options.series if name not in SERIES]
    if unknown:
        parser.error(f"no such series: {', '.join(unknown)}")
    if options.rounds < 1 or options.epochs < 1:
        parser.error("--rounds and --epochs must be at least 1")
    return options


def main():
    options = parse()
    try:
        if options.show:
            print(page(json.loads(options.show.read_text())), end="")
            return
        place.prepare_program()
        data = place.find_data(options.data)
        peaks, rounds = [place.measure_peak(options.device)], []
        for number in range(1, options.rounds + 1):
            say(f"round {number}")
            rounds.append({name: measure_series(name, options, data) for name in options.series})
            peaks.append(place.measure_peak(options.device))
        document = {
            "machine": place.describe(place.best_peak(peaks)),
            "epochs": options.epochs,
            "rounds": options.rounds,
            "series": {name: best_of([one[name] for one in rounds]) for name in options.series},
        }
        print(page(document), end="")
        keep(document, options.results)
    except (Failed, OSError) as failure:
        sys.exit(f"growth.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
