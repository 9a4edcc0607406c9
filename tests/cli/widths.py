"""Runs commands in terminals of several widths, and complains about each line that is wider.

widths.py PROGRAM DATA: in an empty folder; exit status 1 if a line does not fit."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

PROGRAM, DATA = sys.argv[1:]
REFERENCE = ["--device", "reference"]
SMALL = [*REFERENCE, "--data", DATA, "--hidden", "8", "--batch-size", "32"]
COMMANDS = [
    ["devices"],
    ["show", "--data", DATA],
    ["show", "--data", DATA, "--index", "3"],
    ["eval", "trained", "--data", DATA, "--worst", "3", *REFERENCE],
    ["predict", "trained", "--data", DATA, "--index", "3", *REFERENCE],
    ["bench", "--data", DATA, "--hidden", "8", "--max-steps", "2", "--epochs", "1", *REFERENCE],
    ["train", *SMALL, "--epochs", "100"],
    ["explore", "lr", *SMALL, "--values", "0.003,0.01", "--seeds", "2", "--epochs", "12"],
]
# Paths and messages have the length that they have.
FREE = re.compile(r"^(weights|running|report|results|training|\[?\d+/\d+|fmnist-cl|earlier)")


def screen(command, columns, number):
    """What the command writes to a terminal of this width, line by line, without escape sequences."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    run = ["--run", f"run-{number}-{columns}"] if command[0] in ("train", "explore") else []
    process = subprocess.Popen([PROGRAM, *command, *run], stdin=other, stdout=other, stderr=other,
                               env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
    os.close(other)
    written = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        written += part
    os.close(main)
    if process.wait():
        print(f"{command}: exit status {process.returncode}: {written.decode(errors='replace')[-300:]}")
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", written.decode())
    return [part for line in text.split("\n") for part in line.split("\r")]


def main():
    wrong = 0
    subprocess.run([PROGRAM, "train", *SMALL, "--epochs", "1", "--run", "trained", "-q"], check=True,
                   stdout=subprocess.DEVNULL)
    for columns in (40, 50, 80):
        for number, command in enumerate(COMMANDS):
            for line in screen(command, columns, number):
                if len(line) >= columns and not FREE.match(line.strip()):
                    print(f"{columns} columns, {command[0]}: {len(line)}: {line}")
                    wrong += 1
    sys.exit(wrong > 0)


main()
