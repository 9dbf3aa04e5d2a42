"""harmonizer match: which patients are probably one person."""

from collections.abc import Mapping
from typing import Any

import click

from ..progress import Summary
from .account import accounted, matched, rate
from .given import (
    MODELS,
    SETTINGS,
    mapping_of,
    mapping_option,
    server_option,
    setting_options,
    settings_of,
    terminology_option,
)
from .order import Order, Parcel, carry_out_all
from .outcome import EXIT_CODES
from .place import STDIN
from .run import directory_of

# The manifest seals a directory: one that has it holds the files of one run, all of them.
ARTIFACTS = ("matches", "review", "report", "manifest")


@click.command(epilog=f"{SETTINGS}\n\n{EXIT_CODES}")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--out", metavar="DIR", required=True, help="Where to write matches.ndjson and review.csv.")
@click.option(
    "--model",
    type=click.Choice(MODELS),
    default="auto",
    show_default=True,
    help="Weights of the rule book, or estimated from the records; auto estimates from 1,000 patients on.",
)
@setting_options
@mapping_option
@terminology_option
@server_option
@click.option("--quiet", is_flag=True, help="Only say what went wrong.")
def match(
    paths: tuple[str, ...],
    out: str,
    model: str,
    entity: str | None,
    sets: tuple[str, ...],
    mapping: str | None,
    terminology: str | None,
    server: str | None,
    quiet: bool,
) -> int:
    """Find patients that are probably one person, within a file and between files.

    DIR gets matches.ndjson (each pair with its class, score and what every field added, without values), review.csv
    (the pairs that a person has to decide about, side by side: patient values), report.json and manifest.json. Nothing
    is merged: `harmonizer run --match --dedup-policy merge` does that.
    """
    if paths.count(STDIN) > 1:
        raise click.UsageError("standard input can be read once only")
    known = mapping_of(mapping)
    options = settings_of((*sets, "match=true", f"match_model={model}"), entity or "patient", known)
    order = Order(directory_of(out), "harmonize", "csv", options, quiet, known, ARTIFACTS, told)
    return carry_out_all(order, server, [Parcel(paths, "")], terminology)


def told(name: str, summary: Summary, report: Mapping[str, Any], operation: str, end: str) -> str:
    """Return what was found, without any value of the files; ``end`` says where the artifacts are."""
    found = [line.removeprefix("matching: ") for line in matched(report)] or ["no patients to compare"]
    lines = [f"{name}: {rate(summary)}", f"  {accounted(summary.accounting)}", *(f"  {line}" for line in found)]
    if report.get("matching", {}).get("reviews"):
        lines.append("  review.csv holds patient values: show it only to those who may read the input")
    return "\n".join([*lines, f"  {end}"])
