"""Arguments that several commands take, and what they stand for."""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import TypeVar, cast

import click

from harmonizer_mapping import Mapping

from ..client import Client
from ..errors import InvalidOption
from ..mapping import load_mapping, with_mapping
from ..options import Options, describe_options, parse_settings, to_options, words_of
from ..process import TERMINOLOGY, Engine
from ..source import Named, Source
from .place import STDIN

Command = TypeVar("Command", bound=Callable[..., object])

MODELS = words_of("match_model")
POLICIES = words_of("dedup_policy")
SETTINGS = "\b\nJob parameters for --set KEY=VALUE:\n" + "\n".join(f"  {line}" for line in describe_options())


def setting_options(command: Command) -> Command:
    """Add --entity and --set."""
    entity = click.option("--entity", help="What the rows are: patient, lab_result, vital …; else it is found out.")
    sets = click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="A job parameter; see below.")
    return entity(sets(command))


def job_options(command: Command) -> Command:
    """Add an option for what is often asked for; each becomes a setting, behind those of --set."""

    @functools.wraps(command)
    def with_settings(
        *,
        match: bool,
        match_model: str | None,
        deidentify: bool,
        lineage: bool,
        dedup_policy: str | None,
        source_priority: tuple[str, ...],
        sets: tuple[str, ...],
        **others: object,
    ) -> object:
        flags = {"match": match, "deidentify": deidentify, "lineage": lineage}
        words = {"match_model": match_model, "dedup_policy": dedup_policy, "source_priority": _listed(source_priority)}
        given = [*(f"{name}=true" for name, on in flags.items() if on), *(f"{n}={w}" for n, w in words.items() if w)]
        return command(sets=(*sets, *given), **others)

    for option in reversed(_JOB_OPTIONS):
        with_settings = option(with_settings)
    return cast("Command", with_settings)


_JOB_OPTIONS = (
    click.option("--match", is_flag=True, help="Find patients that are probably one person: matches, reviews."),
    click.option("--match-model", type=click.Choice(MODELS), help="Where the weights of --match come from."),
    click.option("--dedup-policy", type=click.Choice(POLICIES), help="What becomes of records with one key."),
    click.option("--source-priority", multiple=True, metavar="NAME", help="A file to trust first, then the next …"),
    click.option("--deidentify", is_flag=True, help="Remove what identifies a person."),
    click.option("--lineage", is_flag=True, help="Write where each changed cell came from."),
)


def _listed(names: tuple[str, ...]) -> str:
    if any("," in name for name in names):
        raise click.UsageError("--source-priority: a name with a comma stands in a mapping file only")
    return ",".join(names)


def server_option(command: Command) -> Command:
    """Add --server."""
    text = "A running harmonizer; without it one is started for this command."
    return click.option("--server", metavar="HOST:PORT", help=text)(command)


def terminology_option(command: Command) -> Command:
    """Add --terminology."""
    text = "Your own releases of LOINC, SNOMED CT, RxNorm, ICD and NDC, whose codes are then known."
    kind = click.Path(exists=True, file_okay=False)
    return click.option("--terminology", metavar="DIR", type=kind, help=text)(command)


def mapping_option(command: Command) -> Command:
    """Add --mapping."""
    text = "A mapping file; --set and --entity win over it. `harmonizer inspect FILE --save-mapping` proposes one."
    return click.option("--mapping", metavar="M.YAML", help=text)(command)


def mapping_of(path: str | None) -> Mapping | None:
    """Return the mapping of a path. Errors: click.UsageError says where in the file what is wrong."""
    try:
        return None if path is None else load_mapping(path)
    except InvalidOption as exc:
        raise click.UsageError(str(exc)) from None


def settings_of(sets: tuple[str, ...], entity: str | None, mapping: Mapping | None = None) -> Options:
    """Return the job parameters of a command line. Errors: click.UsageError names the key."""
    explicit = {setting.partition("=")[0] for setting in sets}
    try:
        return with_mapping(mapping, to_options(parse_settings(sets), entity), explicit=explicit)
    except InvalidOption as exc:
        raise click.UsageError(str(exc)) from None


@contextlib.contextmanager
def connected(server: str | None, terminology: str | None = None) -> Iterator[tuple[Client, Engine | None]]:
    """Yield a client of the named harmonizer, or of a private one, also yielded, that lives as long as the block.

    Only a private one can be told of a directory with terminology. Errors: click.UsageError, ServiceUnavailable.
    """
    if server and terminology:
        raise click.UsageError(
            "--terminology is for a harmonizer that this command starts; what the one at --server knows is its own "
            f"setting, {TERMINOLOGY}"
        )
    if server:
        with Client(server) as client:
            yield client, None
    else:
        with Engine(terminology=terminology) as engine, Client(engine.target) as client:
            yield client, engine


def source_of(path: str) -> Source:
    """Return what to read for a path. Standard input is read without Python's buffer, whose lock would hang an
    exit."""
    return FileIO(0, "rb", closefd=False) if path == STDIN else path


def sources_of(paths: Sequence[str], stdin: str = "") -> list[Source | Named]:
    """Return what to read for paths, each with the name that the service is told."""
    return [(Path(path).name if path != STDIN else stdin, source_of(path)) for path in paths]


def label_of(path: str) -> str:
    """Return what to call a path in a message."""
    return "standard input" if path == STDIN else path
