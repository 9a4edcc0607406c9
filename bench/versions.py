#!/usr/bin/env python3
"""Two builds of fmnist-cl on this machine: the race's rows and the whole command, alternating, as ratios.

Prints a Markdown table: median of the rounds for both programs, and the median of the rounds' ratios (below 1:
the second program is faster). Builds nothing: name two programs, such as the build of an older commit in a
worktree and build/fmnist-cl.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from types import SimpleNamespace

from support import place
from support.contestants import OURS, Contest, caches
from support.process import Failed, call, say
from support.rows import COMMAND, ROWS, TRAINED

HOST_STEPS = 100_000  # enough for the difference of two runs


def start(contest, program, cached):
    """Seconds from the start of the program to its end, without a training step."""
    with tempfile.TemporaryDirectory(prefix="fmnist-cl-versions-") as folder:
        cache = contest.cache if cached else Path(folder) / "cache"
        cache.mkdir(exist_ok=True)
        began = time.perf_counter()
        call([program, "train", "-q", "--device", contest.options.device, "--data", contest.data, "--max-steps", 1,
              "--val-fraction", 0, "--run", Path(folder) / "run"], caches(cache))  # fmt: skip
        return {"seconds": time.perf_counter() - began}


def host_microseconds(contest, row, program):
    """Processor time of the host's thread per training step, from two runs that differ in their number of epochs."""
    steps = TRAINED // row.batch_size
    more = max(1, HOST_STEPS // steps)
    short, long = (contest.ours(row, contest.options.device, program=program, epochs=e) for e in (1, 1 + more))
    seconds = long["main_thread_seconds"] - short["main_thread_seconds"]
    return {"host_microseconds": seconds / (more * steps) * 1e6}


def measures(contest, row):
    """What is measured of a row: name, function of a program, key of the result, factor for the table."""
    if row == COMMAND:
        return [
            ("whole command, cached", lambda p: contest.command(OURS, True, p), "seconds", 1),
            ("the same, not cached", lambda p: contest.command(OURS, False, p), "seconds", 1),
            ("its peak memory, MB", lambda p: contest.command(OURS, True, p), "peak_bytes", 1e-6),
            ("start to first step, cached", lambda p: start(contest, p, True), "seconds", 1),
            ("start to first step, not cached", lambda p: start(contest, p, False), "seconds", 1),
        ]
    name = f"{row.network}, batch {row.batch_size}"
    return [
        (f"{name}, s per epoch", lambda p: contest.ours(row, contest.options.device, program=p), "epoch_seconds", 1),
        (f"{name}, host µs per step", lambda p: host_microseconds(contest, row, p), "host_microseconds", 1),
    ]


def compare(measure, programs, rounds):
    """Both programs' medians, and the median of the rounds' ratios."""
    name, run, key, factor = measure
    results = [[], []]
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            results[which].append(run(programs[which])[key] * factor)
    ratios = [new / old for old, new in zip(*results)]
    say(f"{name}: {median(ratios):.3f} of {', '.join(f'{ratio:.3f}' for ratio in ratios)}")
    return [name, *(f"{median(values):.4g}" for values in results), f"{median(ratios):.3f}"]


def main():
    keys = [*(row.key for row in ROWS), COMMAND]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", metavar="OLD_PROGRAM", type=Path)
    parser.add_argument("new", metavar="NEW_PROGRAM", type=Path)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(keys)}; default all")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default 5")
    parser.add_argument("--epochs", type=int, default=2, metavar="N", help="to measure in a round; default 2")
    parser.add_argument("--device", default="0", metavar="D", help="as in fmnist-cl; default 0")
    parser.add_argument("--data", metavar="DIR", help="folder with the four IDX files")
    options = parser.parse_args()
    unknown = [key for key in options.rows if key not in keys]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}")
    programs = [options.old.resolve(), options.new.resolve()]
    rows = [row for row in (*ROWS, COMMAND) if not options.rows or getattr(row, "key", row) in options.rows]
    shared = SimpleNamespace(device=options.device, epochs=options.epochs, command_epochs=3)
    try:
        with tempfile.TemporaryDirectory(prefix="fmnist-cl-versions-") as cache:
            contest = Contest(shared, place.find_data(options.data), None, Path(cache))
            for program in programs:  # fills the caches
                contest.command(OURS, True, program)
            print(f"| row | {options.old} | {options.new} | ratio |\n|---|---|---|---|", flush=True)
            for row in rows:
                for measure in measures(contest, row):
                    print(f"| {' | '.join(compare(measure, programs, options.rounds))} |", flush=True)
    except (Failed, OSError) as failure:
        sys.exit(f"versions.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
