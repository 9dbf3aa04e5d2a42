"""harmonizer inspect, entities and rules: what a person looks at before they commit to a mapping."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2
from harmonizer.v1 import record_pb2

from ..mapping import check_fields
from .given import (
    SETTINGS,
    connected,
    mapping_of,
    mapping_option,
    server_option,
    setting_options,
    settings_of,
    source_of,
)
from .outcome import DONE, EXIT_CODES
from .place import STDIN
from .proposal import proposal

json_option = click.option("--json", "as_json", is_flag=True, help="Print the service's answer as JSON.")
# What the table of columns says already.
IN_TABLE = ("MAP-1", "MAP-3")
DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}


@click.command(epilog=f"{SETTINGS}\n\n{EXIT_CODES}")
@click.argument("path")
@setting_options
@mapping_option
@click.option("--save-mapping", metavar="M.YAML", help="Write what was found as a mapping file to edit and replay.")
@server_option
@json_option
def inspect(
    path: str,
    entity: str | None,
    sets: tuple[str, ...],
    mapping: str | None,
    save_mapping: str | None,
    server: str | None,
    as_json: bool,
) -> int:
    """Show how a file would be read, and write nothing but the mapping file that is asked for.

    Dialect, entities with their scores, columns with the fields they map to and why, evidence for dates, suggestions.
    PATH may be -, standard input. Shows no values, only shapes of them.
    """
    known = mapping_of(mapping)
    options = settings_of(sets, entity, known)
    if save_mapping:
        _check_place(save_mapping, mapping)
    with connected(server) as (client, _):
        check_fields(client, known, options)
        found = client.inspect(source_of(path), options=options)
    click.echo(as_text(found) if as_json else picture(found))
    if save_mapping:
        _save(save_mapping, proposal(found, "standard input" if path == STDIN else Path(path).name))
        click.echo(f"\nproposed mapping written to {save_mapping}", err=as_json)
    return DONE


def _check_place(place: str, mapping: str | None) -> None:
    """Leave alone what a person may have edited. Errors: click.UsageError."""
    if mapping is not None:
        raise click.UsageError("--save-mapping proposes a mapping for a file without one: leave --mapping out")
    if Path(place).exists():
        raise click.UsageError(f"{place} is there already: name another file, or remove it")


def _save(place: str, text: str) -> None:
    try:
        with open(place, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as exc:
        raise click.UsageError(f"{place} cannot be written: {exc.strerror}") from None


@click.command(epilog=EXIT_CODES)
@click.argument("name", required=False)
@server_option
@json_option
def entities(name: str | None, server: str | None, as_json: bool) -> int:
    """List the entities of the rule book, or the fields of the entity NAME with their aliases."""
    with connected(server) as (client, _):
        found = [client.entity(name)] if name else client.entities()
    if as_json:
        click.echo(as_text(service_pb2.ListEntitiesResponse(entities=found)))
    elif name:
        fields = found[0].fields
        rows = [(f.name, f.type, "required" if f.required else f.one_of, ", ".join(f.aliases)) for f in fields]
        click.echo(table(("field", "type", "", "aliases"), rows))
    else:
        facts = [(e.name, str(len(e.fields)), e.fhir_resource, e.omop_table) for e in found]
        click.echo(table(("entity", "fields", "FHIR R4", "OMOP 5.4"), facts))
    return DONE


@click.command(epilog=EXIT_CODES)
@server_option
@json_option
def rules(server: str | None, as_json: bool) -> int:
    """List the rules that the harmonizer runs on."""
    with connected(server) as (client, _):
        found = client.rules()
    if as_json:
        click.echo(as_text(service_pb2.ListRulesResponse(rules=found)))
    else:
        click.echo(table(("rule", "stage", "about"), [(r.id, r.stage, r.title) for r in found]))
    return DONE


def picture(found: service_pb2.InspectResponse) -> str:
    """Return what was found as text for a person."""
    scores = ", ".join(f"{s.entity} {s.score}" for s in found.scores if s.score) or "none"
    lines = [
        f"entity      {found.entity}  (scores: {scores})",
        f"file        {_file_facts(found)}",
        f"records     {found.records:,}, {found.broken_records:,} broken",
    ]
    if found.routed_entities:
        lines.append(f"mixed       rows go to {', '.join(found.routed_entities)}")
    head = ("#", "column", "field", "why", "values", "nulls", "distinct", "shapes")
    blocks = ["\n".join(lines), table(head, _columns(found))]
    blocks += ["\n".join(block) for block in (_evidence(found), _findings(found)) if block]
    return "\n\n".join(blocks)


def _file_facts(found: service_pb2.InspectResponse) -> str:
    header = "with a header" if found.header else "without a header"
    preamble = f", {found.preamble_rows} rows before it" if found.preamble_rows else ""
    compression = f", {found.compression}" if found.compression not in ("", "none") else ""
    delimiter = DELIMITERS.get(found.delimiter, "no") if found.delimiter else "no"
    return f"{found.encoding}, {delimiter} delimiter, {header}{preamble}{compression}"


def _columns(found: service_pb2.InspectResponse) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for column in found.columns:
        field = column.field or (f"({column.suggestion}?)" if column.suggestion else "-")
        distinct = f"{'≥ ' if column.distinct_approximate else ''}{column.distinct_count:,}"
        shapes = ", ".join(f"{s.shape} ×{s.count:,}" for s in column.shapes[:3])
        counts = (f"{column.value_count:,}", f"{column.null_count:,}", distinct)
        rows.append((str(column.position + 1), column.header, field, column.reason, *counts, shapes))
    return rows


def _evidence(found: service_pb2.InspectResponse) -> list[str]:
    lines = []
    for column in found.columns:
        for d in column.date_shapes:
            proofs = f"{d.day_first:,} day first, {d.month_first:,} month first, {d.undecided:,} undecided"
            lines.append(f"dates       {column.header}  {d.shape}: {d.decision}  ({proofs})")
        lines += [f"column      {column.header}: {decision}" for decision in column.decisions]
        if column.suggestion:
            way = f"--set 'column_map.{column.header}={column.suggestion}'"
            why = f"score {column.suggestion_score:.2f}, {column.reason}"
            lines.append(f"suggestion  {column.header} looks like {column.suggestion} ({why}): {way}")
    return lines


def _findings(found: service_pb2.InspectResponse) -> list[str]:
    return [
        f"{record_pb2.Severity.Name(f.severity).removeprefix('SEVERITY_').lower():<12}"
        f"{f.rule_id}  {f'{f.source_column or f.field}: ' if f.source_column or f.field else ''}{f.message}"
        for f in found.findings
        if f.rule_id not in IN_TABLE or f.severity != record_pb2.SEVERITY_INFORMATION
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as plain text, the columns as wide as their widest cell up to 40, the last one open."""
    texts = [[_one_line(cell) for cell in row] for row in (head, *rows)]
    widths = [min(max(len(row[i]) for row in texts), 40) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell if i == len(head) - 1 else f"{cell if len(cell) <= 40 else cell[:39] + '…':<{widths[i]}}"
            for i, cell in enumerate(row)
        ).rstrip()
        for row in texts
    )


def as_text(message: Message) -> str:
    """Return a message of the contract as JSON under its own field names."""
    return MessageToJson(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def _one_line(cell: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in cell)
