"""The other trainers, one file each. race.py runs them; to run one alone: `python -m peers.NAME --help` in bench/."""
