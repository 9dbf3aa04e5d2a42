"""harmonizer run: files in, clean files and an account out."""

from collections.abc import Sequence
from pathlib import Path

import click

from ..spec import ARTIFACTS, OPERATIONS, OUTPUT_FORMATS
from .given import (
    SETTINGS,
    job_options,
    mapping_of,
    mapping_option,
    server_option,
    setting_options,
    settings_of,
    terminology_option,
)
from .order import Order, Parcel, carry_out_all, each_alone
from .outcome import EXIT_CODES
from .place import STDIN


@click.command(epilog=f"{SETTINGS}\n\n{EXIT_CODES}")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--out", metavar="DIR", help="Where to write; - is standard output, for one input.")
@click.option("--operation", type=click.Choice(list(OPERATIONS)), default="harmonize", show_default=True)
@click.option("--format", "output_format", type=click.Choice(list(OUTPUT_FORMATS)), default="csv", show_default=True)
@click.option(
    "--artifact",
    "artifacts",
    type=click.Choice(list(ARTIFACTS)),
    multiple=True,
    help="Write only these; by default all.",
)
@click.option("--together", is_flag=True, help="Check references and find duplicates between the files: one run.")
@setting_options
@job_options
@mapping_option
@terminology_option
@server_option
@click.option("--quiet", is_flag=True, help="Only say what went wrong.")
def run(
    paths: tuple[str, ...],
    out: str | None,
    operation: str,
    output_format: str,
    artifacts: tuple[str, ...],
    together: bool,
    entity: str | None,
    sets: tuple[str, ...],
    mapping: str | None,
    terminology: str | None,
    server: str | None,
    quiet: bool,
) -> int:
    """Harmonize files, plain or compressed by gzip or zstd.

    PATH may be -, standard input, whose clean file goes to standard output unless -o names a directory.

    DIR gets a folder for each file, of its name (labs.csv.gz: labs; the next of that name: labs-2), with clean.csv or
    clean.ndjson, quarantine.csv, issues.ndjson, report.json, manifest.json and operation-outcome.json, and
    clean.<entity>.* where rows of several kinds were mixed. It appears when the file is done, whole or not at all, and
    replaces that of an earlier run.

    With --artifact clean --artifact report only those two are made, which costs less than all.

    With --together DIR itself gets what all of them make: clean.<entity>.csv, clean.<entity>.2.csv for the next file
    of an entity, and one of everything else. Their order counts: the first of equal records is kept.
    """
    known = mapping_of(mapping)
    directory = _directory(paths, out, together)
    if artifacts and directory is None:
        raise click.UsageError("--artifact goes with -o DIR: standard output gets the clean file")
    order = Order(
        directory, operation, output_format, settings_of(sets, entity, known), quiet, known, artifacts or None
    )
    return carry_out_all(order, server, [Parcel(paths, "")] if together else each_alone(paths), terminology)


def _directory(paths: Sequence[str], out: str | None, together: bool) -> Path | None:
    """Return where to write, None for standard output. Errors: click.UsageError."""
    if paths.count(STDIN) > 1:
        raise click.UsageError("standard input can be read once only")
    if out is None and (together or list(paths) != [STDIN]):
        raise click.UsageError("say where to write: -o DIR" + ("" if together else ", or -o - for standard output"))
    if out is None or out == STDIN:
        if len(paths) > 1:
            raise click.UsageError("standard output takes one input; use -o DIR for several")
        return None
    return directory_of(out)


def directory_of(out: str) -> Path:
    """Return the directory of -o, which need not be there. Errors: click.UsageError where it is something else."""
    if Path(out).exists() and not Path(out).is_dir():
        raise click.UsageError(f"-o {out} is not a directory")
    return Path(out)
