"""harmonizer run: files in, clean files and an account out."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from harmonizer_mapping import Mapping

from ..artifacts import DirectoryStore
from ..client import Client
from ..errors import HarmonizerError, ServiceUnavailable
from ..mapping import check_fields
from ..options import Options
from ..process import Engine
from ..spec import ARTIFACTS, OPERATIONS, OUTPUT_FORMATS
from .account import DRY, account, read_report, where
from .given import (
    SETTINGS,
    connected,
    label_of,
    mapping_of,
    mapping_option,
    server_option,
    setting_options,
    settings_of,
    source_of,
    terminology_option,
)
from .live import watching
from .outcome import DONE, EXIT_CODES, UNAVAILABLE, code_of, complain, gravest
from .place import STDIN, places
from .stdout import StdoutStore

NO_RECORDS = "only checked: -o DIR gets the issues and the report"
ROUTED = "  the routed records stand in other clean files, which standard output cannot hold: use -o DIR"


@dataclass(frozen=True)
class Order:
    """What to do with every file of one command."""

    directory: Path | None
    """None: standard output."""
    operation: str
    output_format: str
    options: Options
    quiet: bool
    mapping: Mapping | None = None
    """What the options are made of, for what is wrong with it."""

    def carry_out(self, client: Client, engine: Engine | None, path: str, name: str) -> int:
        """Harmonize one file and return its exit code, having said what there is to say."""
        try:
            check_fields(client, self.mapping, self.options)
            text = self._harmonize(client, path, name)
        except HarmonizerError as exc:
            complain(exc, label_of(path), engine.last_words() if engine is not None else None)
            return code_of(exc)
        if not self.quiet:
            click.echo(text, err=self.directory is None)
        return DONE

    def _harmonize(self, client: Client, path: str, name: str) -> str:
        """Return the account of one file. Errors: HarmonizerError, ReaderGone."""
        store = StdoutStore() if self.directory is None else DirectoryStore(self.directory / name)
        with (
            watching(label_of(path), self.quiet) as show,
            client.harmonize(
                source_of(path),
                operation=self.operation,
                options=self.options,
                output_format=self.output_format,
                artifacts=("clean", "report") if self.directory is None else ARTIFACTS,
                records=False,
                on_progress=show,
                file_name=Path(path).name if path != STDIN else None,
                store=store,
            ) as run,
        ):
            summary = run.wait()
            kept = run.artifacts.get("report.json")
        content = kept.read() if kept is not None else store.report if isinstance(store, StdoutStore) else b""
        text = account(label_of(path), summary, read_report(content), self.operation, self._end(name))
        routed = summary.accounting.routed and self.operation != DRY and self.directory is None
        return f"{text}\n{ROUTED}" if routed else text

    def _end(self, name: str) -> str:
        """Return where the artifacts of a file are, in words."""
        if self.directory is not None:
            return where(self.operation, f"{self.directory}/{name}/")
        return NO_RECORDS if self.operation == DRY else where(self.operation, "standard output")


@click.command(epilog=f"{SETTINGS}\n\n{EXIT_CODES}")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--out", metavar="DIR", help="Where to write; - is standard output, for one input.")
@click.option("--operation", type=click.Choice(list(OPERATIONS)), default="harmonize", show_default=True)
@click.option("--format", "output_format", type=click.Choice(list(OUTPUT_FORMATS)), default="csv", show_default=True)
@setting_options
@mapping_option
@terminology_option
@server_option
@click.option("--quiet", is_flag=True, help="Only say what went wrong.")
def run(
    paths: tuple[str, ...],
    out: str | None,
    operation: str,
    output_format: str,
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
    clean.ndjson, quarantine.csv, issues.ndjson, report.json and manifest.json, and clean.<entity>.* where rows of
    several kinds were mixed. It appears when the file is done, whole or not at all, and replaces that of an earlier
    run.
    """
    known = mapping_of(mapping)
    order = Order(_directory(paths, out), operation, output_format, settings_of(sets, entity, known), quiet, known)
    return _all(order, server, paths, terminology)


def _all(order: Order, server: str | None, paths: Sequence[str], terminology: str | None) -> int:
    """Carry out the order for each path, with a new harmonizer after a file that a private one did not survive."""
    left = deque(zip(paths, places(paths), strict=True))
    codes: list[int] = []
    try:
        while left:
            with connected(server, terminology) as (client, engine):
                codes += _while_it_serves(order, client, engine, left)
            if server and codes[-1] == UNAVAILABLE:
                break
    except ServiceUnavailable as exc:
        complain(exc)
        codes.append(code_of(exc))
    if left:
        click.echo(f"not done: {', '.join(path for path, _ in left)}", err=True)
    return gravest(codes)


def _while_it_serves(order: Order, client: Client, engine: Engine | None, left: deque[tuple[str, str]]) -> list[int]:
    """Take paths from ``left`` and return their exit codes, until none is left or the harmonizer is gone."""
    codes: list[int] = []
    while left and UNAVAILABLE not in codes:
        codes.append(order.carry_out(client, engine, *left.popleft()))
    return codes


def _directory(paths: Sequence[str], out: str | None) -> Path | None:
    """Return where to write, None for standard output. Errors: click.UsageError."""
    if paths.count(STDIN) > 1:
        raise click.UsageError("standard input can be read once only")
    if out is None and list(paths) != [STDIN]:
        raise click.UsageError("say where to write: -o DIR, or -o - for standard output")
    if out is None or out == STDIN:
        if len(paths) > 1:
            raise click.UsageError("standard output takes one input; use -o DIR for several")
        return None
    if Path(out).exists() and not Path(out).is_dir():
        raise click.UsageError(f"-o {out} is not a directory")
    return Path(out)
