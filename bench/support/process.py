"""Runs programs and measures their time and memory."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A program failed; the message is for the user."""


@dataclass
class Finished:
    printed: str
    told: str  # on stderr
    seconds: float  # from start to exit
    peak_bytes: int
    main_thread_seconds: float  # processor time of the first thread


def say(text):
    print(text, file=sys.stderr, flush=True)


def thread_seconds(pid):
    """Processor time of a process's first thread, which Linux keeps until the process is waited for."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) * 1e-9
    except OSError:
        return float("nan")


def call(command, environment=None, folder=None):
    """Runs a command and waits for its end. Uses wait4, because RUSAGE_CHILDREN gives the maximum over
    all child processes so far."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.perf_counter()
        try:
            process = subprocess.Popen(
                [str(part) for part in command], stdout=out, stderr=err, cwd=folder,
                env={**os.environ, **(environment or {})},
            )  # fmt: skip
        except OSError as error:
            raise Failed(f"{command[0]}: {error.strerror}") from None
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        seconds = time.perf_counter() - began
        main_thread_seconds = thread_seconds(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        finished = Finished(out.read(), err.read(), seconds, usage.ru_maxrss * 1024, main_thread_seconds)
    if process.returncode:
        last = "\n".join(finished.told.strip().splitlines()[-5:])
        raise Failed(f"{Path(command[0]).name} failed with exit status {process.returncode}: {last}")
    return finished


def first_line(*command):
    """The first line that a command prints; "unknown" if it fails."""
    try:
        return call(command).printed.strip().splitlines()[0]
    except (Failed, IndexError):
        return "unknown"
