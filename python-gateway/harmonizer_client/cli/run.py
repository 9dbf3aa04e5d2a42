"""harmonizer run: files in, clean files and an account out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ..artifacts import DirectoryStore
from ..client import Client
from ..errors import HarmonizerError, ServiceUnavailable
from ..options import Options
from ..process import Engine
from ..spec import ARTIFACTS, OPERATIONS, OUTPUT_FORMATS
from .account import account, read_report
from .given import SETTINGS, connected, label_of, server_option, setting_options, settings_of, source_of
from .live import watching
from .outcome import DONE, EXIT_CODES, UNAVAILABLE, code_of, complain, gravest
from .place import STDIN, places
from .stdout import StdoutStore

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

    def carry_out(self, client: Client, engine: Engine | None, path: str, name: str) -> int:
        """Harmonize one file and return its exit code, having said what there is to say."""
        try:
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
            if isinstance(store, StdoutStore):
                text = account(label_of(path), summary, read_report(bytes(store.report)), "standard output")
                return text + ("\n" + ROUTED if summary.accounting.routed else "")
            report = run.artifacts.get("report.json")
            found = read_report(report.read()) if report is not None else {}
            return account(label_of(path), summary, found, f"{self.directory}/{name}/")


@click.command(epilog=f"{SETTINGS}\n\n{EXIT_CODES}")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--out", metavar="DIR", help="Where to write; - is standard output, for one input.")
@click.option("--operation", type=click.Choice(list(OPERATIONS)), default="harmonize", show_default=True)
@click.option("--format", "output_format", type=click.Choice(list(OUTPUT_FORMATS)), default="csv", show_default=True)
@setting_options
@server_option
@click.option("--quiet", is_flag=True, help="Only say what went wrong.")
def run(
    paths: tuple[str, ...],
    out: str | None,
    operation: str,
    output_format: str,
    entity: str | None,
    sets: tuple[str, ...],
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
    order = Order(_directory(paths, out), operation, output_format, settings_of(sets, entity), quiet)
    try:
        with connected(server) as (client, engine):
            return _all(order, client, engine, paths)
    except ServiceUnavailable as exc:
        complain(exc)
        return code_of(exc)


def _all(order: Order, client: Client, engine: Engine | None, paths: Sequence[str]) -> int:
    codes: list[int] = []
    for path, name in zip(paths, places(paths), strict=True):
        codes.append(order.carry_out(client, engine, path, name))
        if codes[-1] == UNAVAILABLE:
            break
    if left := paths[len(codes) :]:
        click.echo(f"not done: {', '.join(left)}", err=True)
    return gravest(codes)


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
