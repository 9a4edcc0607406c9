"""Plots a series of measurements and its model as SVG with gnuplot."""

import subprocess

from .process import Failed

SCRIPT = """
set terminal svg size 900,420 font "sans-serif,13" background "white"
set output {file}
set multiplot layout 1,2 title {title}
set key top left
set grid
set xlabel {label}
set format x "%.0s%c"
{logarithmic}
$points << END
{points}
END
set ylabel "seconds per epoch"
plot $points using 1:2 with points pointtype 7 pointsize 0.8 linecolor rgb "#c04000" title "measured", \\
     $points using 1:3 with lines linewidth 2 linecolor rgb "#2060a0" title "model: the sum of", \\
     $points using 1:4 with lines dashtype 2 linecolor rgb "#2060a0" title "FLOP at peak", \\
     $points using 1:5 with lines dashtype 3 linecolor rgb "#2060a0" title "bytes at bandwidth", \\
     $points using 1:6 with lines dashtype 4 linecolor rgb "#2060a0" title "launches"
set ylabel "peak memory, MB"
set key bottom left
unset logscale y
set yrange [0:*]
plot $points using 1:7 with points pointtype 7 pointsize 0.8 linecolor rgb "#c04000" title "measured", \\
     $points using 1:8 with lines linewidth 2 linecolor rgb "#2060a0" title "expected"
unset multiplot
"""


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def draw(file, title, label, points):
    """points: rows of x, seconds, modelled seconds, the model's three terms, memory and modelled memory in MB."""
    wide = points[-1][0] > 8 * points[0][0]
    script = SCRIPT.format(
        file=quoted(file), title=quoted(title), label=quoted(label),
        logarithmic="set logscale xy" if wide else "set yrange [0:]",
        points="\n".join(" ".join(f"{value:.6g}" for value in point) for point in points),
    )  # fmt: skip
    try:
        subprocess.run(["gnuplot"], input=script, text=True, check=True, capture_output=True)
    except FileNotFoundError:
        raise Failed("gnuplot is not installed: the figures were written, but not the plots") from None
    except subprocess.CalledProcessError as error:
        raise Failed(f"gnuplot: {error.stderr.strip()}") from None
