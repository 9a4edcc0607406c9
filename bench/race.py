#!/usr/bin/env python3
"""Compares fmnist-cl with other trainers on this machine: same networks, batches and data, alternating.

Builds the program and installs the peers in bench/.venv if necessary. Prints tables as Markdown, and writes them
and all measurements (JSON) to bench/results/. bench/README.md explains each number.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from support import place, table
from support.contestants import DEFAULT_NAMES, NAMES, OURS, Contest, racers, runs_once
from support.process import Failed, say
from support.rows import COMMAND, ROWS, by_key


class Race:
    """The measurements so far, written to a file after each run so that an interruption loses nothing."""

    def __init__(self, contest, machine, options):
        self.contest, self.options = contest, options
        self.failed = set()  # (row, contestant)
        shown = ("rounds", "epochs", "limit", "resident", "command_epochs", "device")
        self.document = {
            "machine": machine,
            "options": {name: getattr(options, name) for name in shown},
            "training": {},
            "command": {},
        }
        self.file = options.results / time.strftime(f"race-%Y-%m-%d-%H%M-{machine['commit']}.json")

    def keep(self):
        self.options.results.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(self.document, indent=1) + "\n")
        self.file.with_suffix(".md").write_text(table.markdown(self.document))

    def attempt(self, group, key, name, run):
        """Runs a contestant once. After a failure it is skipped in this row, and the race continues."""
        if (key, name) in self.failed:
            return
        try:
            result = run()
        except Failed as failure:
            say(f"{key}: {name} failed and is skipped: {failure}")
            self.failed.add((key, name))
            return
        versions = result.pop("versions", {})
        self.document["machine"]["versions"].update(versions)
        self.document[group].setdefault(key, {}).setdefault(name, []).append(result)
        self.keep()
        told = ", ".join(f"{k} {v:.4g}" for k, v in result.items() if isinstance(v, float))
        say(f"    {told}")

    def train(self, key, number):
        row = by_key()[key]
        for name in racers(self.options.only, row):
            if number > 1 and runs_once(name):
                continue
            say(f"round {number}, {key}: {name}")
            self.attempt("training", key, name, lambda name=name: self.contest.run(name, row))

    def command(self, number):
        for name in racers(self.options.only):
            say(f"round {number}, the whole command: {name}")
            for cache in ("not cached", "cached"):
                self.attempt("command", cache, name, lambda n=name, c=cache: self.contest.command(n, c == "cached"))

    def run(self):
        if COMMAND in self.options.rows:
            self.warm_up()
        for number in range(1, self.options.rounds + 1):
            # Marks the race as interrupted until all rounds are complete.
            self.document["options"]["round"] = number
            peaks = [self.document["machine"]["peak"], place.measure_peak(self.options.device)]
            self.document["machine"]["peak"] = place.best_peak(peaks)
            for key in self.options.rows:
                if key == COMMAND:
                    self.command(number)
                else:
                    self.train(key, number)
        del self.document["options"]["round"]

    def warm_up(self):
        """Fills the caches for the measurements "cached"; measures nothing."""
        for name in racers(self.options.only):
            try:
                self.contest.command(name, True)
            except Failed as failure:
                say(f"the whole command: {name}: {failure}")


def parse():
    keys = [*(row.key for row in ROWS), COMMAND]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"one of {', '.join(keys)}; default: all")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument("--epochs", type=int, default=2, metavar="N",
                        help="measured epochs per run, after one to warm up; default 2")  # fmt: skip
    parser.add_argument("--command-epochs", type=int, default=10, metavar="N",
                        help="epochs of the whole command; default 10")  # fmt: skip
    parser.add_argument("--limit", type=float, default=15, metavar="S",
                        help="seconds: slower epochs are timed in part and extrapolated; default 15")  # fmt: skip
    parser.add_argument("--only", metavar="A,B",
                        help=f"run only these of: {', '.join(NAMES)}; default: all without CUDA")  # fmt: skip
    parser.add_argument("--without", metavar="A,B", default="", help="skip these")
    parser.add_argument("--resident", choices=("uint8", "float32"), default="uint8",
                        help="how PyTorch and JAX keep the images; default uint8")  # fmt: skip
    parser.add_argument("--device", default="0", metavar="D", help="as in fmnist-cl; default 0")
    parser.add_argument("--data", metavar="DIR", help="folder with the four IDX files")
    parser.add_argument("--python", metavar="PROGRAM", help="a Python with the peers installed, instead of bench/.venv")
    parser.add_argument("--results", type=Path, default=place.RESULTS, metavar="DIR", help="default bench/results")
    parser.add_argument("--show", type=Path, metavar="FILE.json", help="print the tables of a recorded race")
    options = parser.parse_args()
    options.rows = options.rows or keys
    unknown = [key for key in options.rows if key not in keys]
    only = options.only.split(",") if options.only else list(DEFAULT_NAMES)
    without = [name for name in options.without.split(",") if name]
    unknown += [name for name in [*only, *without] if name not in NAMES]
    if unknown:
        parser.error(f"no such row or contestant: {', '.join(unknown)}")
    options.only = [name for name in only if name not in without]
    if options.rounds < 1 or options.epochs < 1:
        parser.error("--rounds and --epochs must be at least 1")
    return options


def main():
    options = parse()
    try:
        if options.show:
            print(table.markdown(json.loads(options.show.read_text())), end="")
            return
        place.prepare_program()
        theirs = any(not name.startswith(OURS) for name in options.only)
        python = place.prepare_python(options.python) if theirs else None
        contest = Contest(options, place.find_data(options.data), python, place.BUILD / "race-cache")
        race = Race(contest, place.describe(place.measure_peak(options.device)), options)
        race.run()
        race.keep()
        print(table.markdown(race.document), end="")
        say(f"written to {race.file} and .md")
    except (Failed, OSError) as failure:
        sys.exit(f"race.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
