"""What race.py and growth.py share. Nothing here needs more than Python itself."""
