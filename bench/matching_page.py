"""The section of matching: time, memory, and how right the pairs are."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from quality import Quality
from report import Chosen, Series, how

TASK = """\
The task: read the CSV, find the records that are one person, write the pairs and their clusters. Nobody is told the \
truth; everybody estimates anew in each run but `ours, fixed`, which takes the weights of the rule book. A pair \
found is two records of one cluster; precision and recall are counted in such pairs against the generator's truth, \
and are medians of the runs; what ours sends to review counts as not found. The patients are made by \
`go-harmonizer/cmd/genpatients` (seed 1) of the kind `mixed`: a third of the households are drawn plain, the others \
with names that many share, or among them twins, fathers and sons of one name, people of care homes, or birth years \
instead of dates. The two columns "plain" are of one further run, not timed, on as many patients of the kind \
`plain`, who have typing errors, moves and marriages only."""

FAIR = """\
The generator is this project's own, and the hard households are those its model was made for: it knows a third kind \
of pair, two persons who live together. Splink takes fields to be independent given the truth, as the model of \
Fellegi and Sunter has it; address, telephone, last name and birth date of twins, or of father and son, are not. The \
plain columns show what it does where they are. Somebody who knows the population can tell Splink more than \
`bench/contestants/splink_match.py` does, and it is made to be told.

Splink is told which column is what, and writes clusters, pairs and their probabilities. Ours is told nothing but \
that patients are to be matched. In the measured time it also finds the meaning of each column, standardizes and \
checks every value as the rule book has it, explains each pair field by field, cuts clusters that contradict \
themselves, writes a review queue with both records of each doubtful pair, the clean records, every issue and a \
quality report; and it works in another process, which takes the file as a stream and sends the results as one.

Splink does things ours does not: it takes any table and any comparison that SQL can say, shows its model in charts, \
keeps it for the next file, and moves to a cluster of machines with the same settings."""


def table(found: list[Series]) -> str:
    """Markdown; the last column says how many times the median of the first contestant that is."""
    base = median(found[0].seconds)
    lines = [
        "| contestant | version | median s | min s | max s | CPU s | peak memory MiB | pairs found | precision "
        f"| recall | plain: precision | plain: recall | times {found[0].name} |",
        "|---|---|--:|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for series in found:
        mixed, plain = (quality_cells(series.quality[kind]) for kind in ("mixed", "plain"))
        pairs = middle(series.quality["mixed"], lambda one: one.found)
        lines.append(
            f"| {series.name} | {series.version} | {series.times} | {series.memory} | {pairs:.0f} | {mixed} | "
            f"{plain} | {median(series.seconds) / base:.2f} |"
        )
    return "\n".join(lines)


def quality_cells(runs: list[Quality]) -> str:
    return f"{middle(runs, lambda one: one.precision):.4f} | {middle(runs, lambda one: one.recall):.4f}"


def middle(runs: list[Quality], what: Callable[[Quality], float]) -> float:
    return median(what(one) for one in runs)


def training(found: list[Series]) -> str:
    """What part of the seconds is estimating, of those who tell it; ours estimates within its run."""
    told = [series for series in found if any(series.training)]
    return " ".join(
        f"Of the seconds of {series.name}, {median(series.training):.2f} (median) go into estimating its model."
        for series in told
    )


def steadiness(found: list[Series]) -> str:
    """Who came to other numbers in other runs."""
    differ = []
    for series in found:
        seen = [one.precision for one in series.quality["mixed"]]
        if len(set(series.quality["mixed"])) > 1:
            differ.append(f"{series.name} (precision {min(seen):.4f} to {max(seen):.4f})")
    if differ:
        return f"Not the same in each run: {', '.join(differ)}."
    return "Everybody came to the same numbers in each run." if len(found[0].seconds) > 1 else ""


def section(found: list[Series], chosen: Chosen, size_bytes: int, load: list[str]) -> str:
    """The whole section; `load` is the load average before and after."""
    true = found[0].quality["mixed"][0].true
    parts = [
        f"## {chosen.patients:,} patients matched, {true:,} true pairs, {size_bytes / 1e6:.1f} MB of CSV",
        how(chosen.command, len(found[0].seconds), load),
        TASK,
        table(found),
        " ".join(text for text in (training(found), steadiness(found)) if text),
    ]
    names = {series.name for series in found}
    if "splink" in names and len(names) > 1:
        parts += ["### How to read it", FAIR]
    return "\n\n".join(part for part in parts if part)
