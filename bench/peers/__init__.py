"""The other trainers, a file each: `python -m peers.NAME --help` in bench/. Run by race.py."""
