"""What a command asks for, carried out parcel by parcel: a parcel is one file, or several that go together."""

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
from ..spec import artifacts_for
from .account import DRY, Told, account, number, read_report, where
from .given import connected, label_of, sources_of
from .live import watching
from .outcome import DONE, UNAVAILABLE, code_of, complain, gravest
from .place import places
from .stdout import StdoutStore

NO_RECORDS = "only checked: -o DIR gets the issues and the report"
ROUTED = "  the routed records stand in other clean files, which standard output cannot hold: use -o DIR"


@dataclass(frozen=True)
class Parcel:
    """Files of one run, and the folder of the output directory that gets what it makes; "" is the directory itself."""

    paths: Sequence[str]
    folder: str

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return label_of(self.paths[0]) if len(self.paths) == 1 else number(len(self.paths), "file")


def each_alone(paths: Sequence[str]) -> list[Parcel]:
    """Return a parcel for each path, each with a folder of its own."""
    return [Parcel([path], folder) for path, folder in zip(paths, places(paths), strict=True)]


@dataclass(frozen=True)
class Order:
    """What to do with every parcel of one command."""

    directory: Path | None
    """None: standard output."""
    operation: str
    output_format: str
    options: Options
    quiet: bool
    mapping: Mapping | None = None
    """What the options are made of, for what is wrong with it."""
    artifacts: Sequence[str] | None = None
    """Kinds to write. None: all that the options bring."""
    tell: Told = account
    """What is said of a run."""

    def carry_out(self, client: Client, engine: Engine | None, parcel: Parcel) -> int:
        """Harmonize one parcel and return its exit code, having said what there is to say."""
        try:
            check_fields(client, self.mapping, self.options)
            text = self._harmonize(client, parcel)
        except HarmonizerError as exc:
            complain(exc, parcel.label, engine.last_words() if engine is not None else None)
            return code_of(exc)
        if not self.quiet:
            click.echo(text, err=self.directory is None)
        return DONE

    def _harmonize(self, client: Client, parcel: Parcel) -> str:
        """Return the account of one parcel. Errors: HarmonizerError, ReaderGone."""
        store = StdoutStore() if self.directory is None else DirectoryStore(self.directory / parcel.folder)
        with (
            watching(parcel.label, self.quiet) as show,
            client.harmonize(
                sources_of(parcel.paths),
                operation=self.operation,
                options=self.options,
                output_format=self.output_format,
                artifacts=self._kinds(),
                records=False,
                on_progress=show,
                store=store,
            ) as run,
        ):
            summary = run.wait()
            kept = run.artifacts.get("report.json")
        content = kept.read() if kept is not None else store.report if isinstance(store, StdoutStore) else b""
        text = self.tell(parcel.label, summary, read_report(content), self.operation, self._end(parcel.folder))
        routed = summary.accounting.routed and self.operation != DRY and self.directory is None
        return f"{text}\n{ROUTED}" if routed else text

    def _kinds(self) -> Sequence[str]:
        if self.directory is None:
            return ("clean", "report")
        return self.artifacts if self.artifacts is not None else artifacts_for(self.options)

    def _end(self, folder: str) -> str:
        """Return where the artifacts of a parcel are, in words."""
        if self.directory is not None:
            return where(self.operation, f"{self.directory / folder}/")
        return NO_RECORDS if self.operation == DRY else where(self.operation, "standard output")


def carry_out_all(order: Order, server: str | None, parcels: Sequence[Parcel], terminology: str | None) -> int:
    """Carry out the order for each parcel, with a new harmonizer after one that a private one did not survive."""
    left = deque(parcels)
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
        click.echo(f"not done: {', '.join(path for parcel in left for path in parcel.paths)}", err=True)
    return gravest(codes)


def _while_it_serves(order: Order, client: Client, engine: Engine | None, left: deque[Parcel]) -> list[int]:
    """Take parcels from ``left`` and return their exit codes, until none is left or the harmonizer is gone."""
    codes: list[int] = []
    while left and UNAVAILABLE not in codes:
        codes.append(order.carry_out(client, engine, left.popleft()))
    return codes
