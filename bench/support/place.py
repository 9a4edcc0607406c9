"""Locates, and if necessary sets up, the program, the data set and the peers; describes the machine."""

import json
import os
import platform
import re
import sys
import time
from pathlib import Path

from .process import Failed, call, first_line, say

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
BUILD = ROOT / "build"
PROGRAM = BUILD / "fmnist-cl"
PEAK = BUILD / "bench/peak"
RESULTS = BENCH / "results"


def prepare_program():
    """Builds the programs if they are out of date."""
    call([ROOT / "run.sh", "--version"])
    call(["cmake", "--build", BUILD, "--target", "peak"])


def prepare_python(wanted):
    """The Python to run the peers with: the given one, or the virtual environment bench/.venv."""
    if wanted:
        return Path(wanted).absolute()
    venv = BENCH / ".venv"
    requirements, stamp = BENCH / "requirements.txt", venv / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        say("setting up bench/.venv with the peers (a few minutes, once)")
        try:
            call([sys.executable, "-m", "venv", "--clear", venv])
        except Failed as failure:
            raise Failed(f"{failure}\nhint: Debian's package python3-venv may be missing") from None
        call([venv / "bin/python", "-m", "pip", "install", "--quiet", "-r", requirements])
        stamp.write_text(requirements.read_text())
    return venv / "bin/python"


def find_data(wanted):
    """Searches the same folders as the program, except the current folder."""
    if wanted:
        return Path(wanted).absolute()
    for place in (os.environ.get("FMNIST_DATA"), ROOT / "data/fashion-mnist",
                  "/usr/share/datasets/fashion-mnist"):  # fmt: skip
        if place and any(Path(place).glob("train-images-idx3-ubyte*")):
            return Path(place).absolute()
    raise Failed("no data set found; name its folder with --data")


def measure_peak(device):
    """The output of peak.c: FLOP/s, bytes/s for several sizes, seconds per launch."""
    return json.loads(call([PEAK, device]).printed)


def best_peak(peaks):
    """The best of several measurements, because disturbances only lower them."""
    best = dict(peaks[0])
    best["flops"] = max(peak["flops"] for peak in peaks)
    best["launch_seconds"] = min(peak["launch_seconds"] for peak in peaks)
    best["bandwidth"] = [
        max(same, key=lambda one: one["bytes_per_s"]) for same in zip(*(p["bandwidth"] for p in peaks))
    ]
    return best


def processor():
    try:
        names = re.findall(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def describe(peak):
    """Machine, versions and commit, to go with the results."""
    devices = json.loads(call([PROGRAM, "devices", "--json"]).printed)["devices"]
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "device": next(one for one in devices if one["number"] == peak["device"]),
        "peak": peak,
        "program": first_line(PROGRAM, "--version"),
        "commit": first_line("git", "-C", ROOT, "describe", "--always", "--dirty"),
        "versions": {"Python": platform.python_version()},
    }


def lines(machine):
    """The heading of the tables: a Markdown list of machine, program, peak and versions."""
    device, peak = machine["device"], machine["peak"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(machine["versions"].items()))
    bandwidths = ", ".join(
        f"{one['bytes_per_s'] / 1e9:.0f} GB/s over {one['bytes'] / 2**20:.0f} MiB" for one in peak["bandwidth"]
    )
    return [
        f"- {machine['date']}, {machine['processor']}, {machine['cores']} cores, {machine['system']}",
        f"- {machine['program']}, commit {machine['commit']}, on {device['name']}, {device['platform']}, "
        f"driver {device['driver'] or 'none'}",
        f"- measured peak of the device: **{peak['flops'] / 1e9:.0f} GFLOP/s** in fused multiply-adds; {bandwidths}; "
        f"{peak['launch_seconds'] * 1e6:.1f} us per launch",
        f"- {versions}",
    ]
