"""Arguments that several commands take, and what they stand for."""

import contextlib
from collections.abc import Callable, Iterator
from io import FileIO
from typing import TypeVar

import click

from ..client import Client
from ..errors import InvalidOption
from ..options import Options, describe_options, parse_settings, to_options
from ..process import Engine
from ..source import Source
from .place import STDIN

Command = TypeVar("Command", bound=Callable[..., object])

SETTINGS = "\b\nJob parameters for --set KEY=VALUE:\n" + "\n".join(f"  {line}" for line in describe_options())


def setting_options(command: Command) -> Command:
    """Add --entity and --set."""
    entity = click.option("--entity", help="What the rows are: patient, lab_result, vital …; else it is found out.")
    sets = click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="A job parameter; see below.")
    return entity(sets(command))


def server_option(command: Command) -> Command:
    """Add --server."""
    text = "A running harmonizer; without it one is started for this command."
    return click.option("--server", metavar="HOST:PORT", help=text)(command)


def settings_of(sets: tuple[str, ...], entity: str | None) -> Options:
    """Return the job parameters of a command line. Errors: click.UsageError names the key."""
    try:
        return to_options(parse_settings(sets), entity)
    except InvalidOption as exc:
        raise click.UsageError(str(exc)) from None


@contextlib.contextmanager
def connected(server: str | None) -> Iterator[tuple[Client, Engine | None]]:
    """Yield a client of the named harmonizer, or of a private one, also yielded, that lives as long as the block."""
    if server:
        with Client(server) as client:
            yield client, None
    else:
        with Engine() as engine, Client(engine.target) as client:
            yield client, engine


def source_of(path: str) -> Source:
    """Return what to read for a path. Standard input is read without Python's buffer, whose lock would hang an
    exit."""
    return FileIO(0, "rb", closefd=False) if path == STDIN else path


def label_of(path: str) -> str:
    """Return what to call a path in a message."""
    return "standard input" if path == STDIN else path
