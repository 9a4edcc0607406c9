"""Code shared by race.py and growth.py. It uses only Python's standard library."""
