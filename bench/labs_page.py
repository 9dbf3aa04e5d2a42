"""The section of the laboratory file: from measurements to a table a reader can repeat."""

from __future__ import annotations

from statistics import median

from report import Chosen, Series, how

BEYOND = """\
The others are told what is in the file; this project is told nothing. In the measured time it also

- finds delimiter, encoding, entity and the meaning of each column,
- decides the date order of each shape of each column from evidence,
- reads the file twice, because those decisions come from the whole file and not from its first rows,
- applies the rest of the rule book: analyte identity, UCUM units, reference ranges, flags against ranges, plausibility,
- keeps source order, and its output has the same bytes for any number of workers,
- writes five files, not one: clean records, quarantine with raw lines, every issue, a quality report, a manifest,
- proves that records read = written + duplicates + quarantined (+ routed - created), with a SHA-256 of each file,
- works in another process, which takes the file as a stream and sends the results as one.

Over REST it moreover stores the upload and the artifacts durably, and keeps a job with its events.

`ours, grpc, clean + report` asks for two of the five files, and leaves out nothing else: the report counts every issue.
What the others write is less than that still, but it is what their users asked for.

The others do one thing it does not: they let go of the source order where that is faster.
"""


def table(found: list[Series], size_bytes: int) -> str:
    """Markdown; the last column says how many times the median of the first contestant that is."""
    base = median(found[0].seconds)
    lines = [
        "| contestant | version | median s | min s | max s | CPU s | MB/s | peak memory MiB | records out "
        f"| times {found[0].name} |",
        "|---|---|--:|--:|--:|--:|--:|---|--:|--:|",
    ]
    for series in found:
        middle = median(series.seconds)
        lines.append(
            f"| {series.name} | {series.version} | {series.times} | {size_bytes / 1e6 / middle:.1f} | "
            f"{series.memory} | {series.records} | {middle / base:.2f} |"
        )
    return "\n".join(lines)


def agreement(found: list[Series]) -> str:
    """Whether those that do the same task came to the same rows."""
    plain = [series for series in found if series.digest]
    if len(plain) < 2:
        return ""
    names = ", ".join(series.name for series in plain)
    same = len({series.digest for series in plain}) == 1
    return f"The rows written by {names} {'are the same' if same else 'DIFFER'}, whatever their order."


def processes(found: list[Series]) -> str:
    """Who of ours used the CPU."""
    told = [f"{series.name}: {series.cpu_split}" for series in found if series.cpu_split]
    return f"CPU seconds by process: {'; '.join(told)}." if told else ""


def section(found: list[Series], chosen: Chosen, size_bytes: int, load: list[str]) -> str:
    """The whole section; `load` is the load average before and after."""
    files = (
        "The file is made by `bench/labs.py`; what every contestant has to do stands in `bench/contestants/task.py`."
    )
    parts = [
        f"## {chosen.rows:,} laboratory rows, {size_bytes / 1e6:.1f} MB of messy CSV",
        f"{how(chosen.command, len(found[0].seconds), load)} {files}",
        table(found, size_bytes),
        processes(found),
        agreement(found),
    ]
    if any(series.name.startswith("ours") for series in found):
        parts += ["### What ours does beyond that", BEYOND.strip()]
    return "\n\n".join(part for part in parts if part)
