"""Formats the race's results (the JSON that race.py writes) as Markdown."""

from statistics import median

from . import place
from .contestants import NAMES, OURS, PEERS, REFERENCE
from .rows import COMMAND_WANTED, MEMORY_WANTED, ROWS, TRAINED, by_key, image_flop

PYTORCH = "PyTorch fused"  # the memory target refers to it
NOT_TRAINING = {peer.name for peer in PEERS if not peer.trains}


def seconds(value):
    """About three digits; rounds differ in further digits."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def middle(runs, key):
    """The median over the runs that have this key; None if none has it."""
    values = [run[key] for run in runs or () if run.get(key) is not None]
    return median(values) if values else None


def head(cells):
    return [f"| {' | '.join(cells)} |", "|" + "---|" * len(cells)]


def line(cells):
    return f"| {' | '.join(cells)} |"


def present(results):
    """Names of the contestants with a result in any row, in the order of the table's columns."""
    found = {name for by_name in results.values() for name, runs in by_name.items() if runs}
    return [name for name in NAMES if name in found]


def is_part(runs):
    """Whether the epoch was timed in part and extrapolated."""
    return any(run["steps"] < run["whole_steps"] for run in runs)


def against_ours(runs, ours, key):
    """For example '0.700 (1.62)': the contestant's median, and its ratio to ours."""
    value = middle(runs, key)
    if value is None:
        return "-"
    about = "~" if key == "epoch_seconds" and is_part(runs) else ""
    return f"{about}{seconds(value)}" + (f" ({value / ours:.2f})" if ours else "")


def best_peer(results, key):
    """(name, value) of the fastest peer that trains; None if there is none."""
    values = [
        (middle(runs, key), name)
        for name, runs in results.items()
        if name not in (OURS, REFERENCE) and name not in NOT_TRAINING and middle(runs, key)
    ]
    return min(values)[::-1] if values else None


def verdict(ratio, wanted):
    return f"**{ratio:.2f}**" if ratio >= wanted else f"{ratio:.2f} (missed)"


def training_row(row, results, others, peak):
    ours = middle(results.get(OURS), "epoch_seconds")
    best = best_peer(results, "epoch_seconds")
    cells = [f"{row.network}, {row.batch_size}", "-", "-", "-", f"{row.wanted:.2f}"]
    if ours:
        share = image_flop(row.hidden) * TRAINED / ours / peak
        cells[1] = f"{'~' if is_part(results[OURS]) else ''}{seconds(ours)} ({share:.0%})"
    if best:
        cells[2] = best[0]
    if ours and best:
        cells[3] = verdict(best[1] / ours, row.wanted)
    return line(cells + [against_ours(results.get(name), ours, "epoch_seconds") for name in others])


def training_table(training, peak):
    others = [name for name in present(training) if name != OURS]
    columns = ["network, batch", f"{OURS}, s (of peak)", "best peer", "ratio", "target"]
    rows = [training_row(row, training[row.key], others, peak) for row in ROWS if row.key in training]
    return head(columns + others) + rows


def loss_table(training):
    names = [name for name in present(training) if name not in NOT_TRAINING]
    table = head(["network, batch", "learning rate", *names])
    for row in (row for row in ROWS if row.key in training):
        cells = [f"{row.network}, {row.batch_size}", f"{row.lr:g}"]
        for name in names:
            runs = training[row.key].get(name)
            loss = middle(runs, "loss")
            cells.append("-" if loss is None else f"{loss:.3f}" + ("~" if is_part(runs) else ""))
        table.append(line(cells))
    return table


def logits_table(training):
    """One row per network; the batch size does not matter for evaluation."""
    networks = {}
    for key, results in training.items():
        for name, runs in results.items():
            if middle(runs, "logits_seconds"):
                networks.setdefault(by_key()[key].network, {}).setdefault(name, []).extend(runs)
    names = present(networks)
    table = head(["network", *(f"{name}, ms" for name in names)])
    for network, results in networks.items():
        ours = middle(results.get(OURS), "logits_seconds")
        cells = [network]
        for name in names:
            value = middle(results.get(name), "logits_seconds")
            ratio = f" ({value / ours:.2f})" if value and ours and name != OURS else ""
            cells.append(f"{value * 1e3:.1f}{ratio}" if value else "-")
        table.append(line(cells))
    return table if networks else []


def command_row(name, command):
    cached, cold = command.get("cached", {}), command.get("not cached", {})

    def cell(results, key, shown):
        value, ours = middle(results.get(name), key), middle(results.get(OURS), key)
        ratio = f" ({value / ours:.2f})" if value and ours and name != OURS else ""
        return f"{shown(value)}{ratio}" if value else "-"

    accuracy = middle(cached.get(name) or cold.get(name), "test_accuracy")
    return line([name, cell(cached, "seconds", seconds), cell(cold, "seconds", seconds),
                 cell(cached, "peak_bytes", lambda value: f"{value / 1e6:.0f}"), f"{accuracy:.2%}"])  # fmt: skip


def command_verdicts(command):
    """A sentence for each measured target."""
    found = []
    for cache, wanted in COMMAND_WANTED.items():
        results = command.get(cache, {})
        ours, best = middle(results.get(OURS), "seconds"), best_peer(results, "seconds")
        if ours and best:
            ratio = verdict(best[1] / ours, wanted)
            found.append(f"Time, kernels {cache}: {best[0]} takes {ratio} times ours; target {wanted:g}.")
        pytorch, memory = middle(results.get(PYTORCH), "peak_bytes"), middle(results.get(OURS), "peak_bytes")
        if pytorch and memory:
            ratio = verdict(pytorch / memory, MEMORY_WANTED)
            found.append(f"Memory, kernels {cache}: {PYTORCH} takes {ratio} times ours; target {MEMORY_WANTED:g}.")
    return found


def command_table(command):
    """One row per contestant: seconds with and without cached kernels, memory, accuracy."""
    columns = ["", "kernels cached, s", "not cached, s", "peak memory, MB", "test accuracy"]
    table = head(columns) + [command_row(name, command) for name in present(command)]
    return [*table, "", *command_verdicts(command)]


def markdown(document):
    """The whole page."""
    machine, options = document["machine"], document["options"]
    training, command = document["training"], document["command"]
    page = ["# The race", "", *place.lines(machine)]
    stopped = f" (interrupted in round {options['round']})" if "round" in options else ""
    page.append(
        f"- medians of {options['rounds']} rounds{stopped}, each of {options['epochs']} epochs after one to warm up; "
        f"images resident as {options['resident']} in PyTorch and JAX"
    )
    if training:
        page += ["", "## Training part of an epoch", "",
                 "Seconds per epoch (48,000 images, Adam). In parentheses: for fmnist-cl, the FLOP/s of its matrix "
                 "products relative to the measured peak; for the others, the ratio to fmnist-cl's time. ~: timed in "
                 "part and extrapolated. OpenBLAS computes only the products and does not train.", "",
                 *training_table(training, machine["peak"]["flops"])]  # fmt: skip
        page += ["", "Mean training loss of the last measured epoch (~: part of an epoch).", "",
                 *loss_table(training)]  # fmt: skip
        logits = logits_table(training)
        if logits:
            page += ["", "## Logits of the 10,000 test images", "",
                     "Time from images resident as bytes to logits in host memory; in parentheses, the ratio to "
                     "fmnist-cl.", "", *logits]  # fmt: skip
    if command:
        page += ["", "## The whole command", "",
                 f"784-256-256-10, {options['command_epochs']} epochs with batch size 128, validation and test, from "
                 "the start of the program to its exit; in parentheses, the ratio to fmnist-cl.", "",
                 *command_table(command)]  # fmt: skip
    return "\n".join(page) + "\n"
