"""A mapping file as a proposal: what was found about a file, ready to be edited and replayed."""

import json
import re
from collections import Counter
from collections.abc import Iterable

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2
from harmonizer_mapping import VERSION

PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_ ()/.-]*[A-Za-z0-9_)])?")
WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}  # some YAML readers take them for something else
# Names of columns whose digits are no quantity.
NAMES = re.compile(r"(?:^|_)(?:id|ids|no|nr|num|number|code|key|zip|phone|index)$")
DAY = r"(?:9999(?P<s>[-/.])99?(?P=s)99?|99?[-/. ](?:99?|AAA)[-/. ](?:99|9999))"
NUMBER = r"[-+]?[9.,]*9[9.,]*"
# Types by the shape of values (letters are A, digits 9).
SHAPES = (
    (re.compile(rf"{DAY}[ A]99?:99\S*(?: AA)?"), "{type: datetime}"),
    (re.compile(DAY), "{type: date}"),
    (re.compile(NUMBER), "{type: number}"),
    (re.compile(rf"{NUMBER} ?[A%°/.][A%°/. 9-]{{0,15}}|[$€£A]{{1,3}} ?{NUMBER}"), '{type: number, strip: ["unit"]}'),
)
MOST = 0.9  # of the values have the shapes of a type
FEW = 20  # distinct words, of a column that may be an enum


def proposal(found: service_pb2.InspectResponse, file_name: str) -> str:
    """Return the text of a mapping file: what maps is said, what might be said stands in comments."""
    lines = [
        f"# Proposed by `harmonizer inspect` for {quoted(file_name)}. Edit it, then replay it for the next file",
        "# of this sender: harmonizer run FILE --mapping THIS.yaml -o DIR",
        "# Lines behind # say nothing yet. docs/mapping.md has all that can be said.",
        f"version: {VERSION}",
        f"name: {quoted(file_name)}",
        *_entity(found),
        *_parameters(found),
        "columns:",
    ]
    headers = Counter(column.header for column in found.columns)
    keys = {column.key for column in found.columns}
    for column in found.columns:
        own = (
            column.header and headers[column.header] == 1 and (column.header == column.key or column.header not in keys)
        )
        line = _column(column, column.header if own else column.key)
        # A field of one entity of a mixed file is none of another.
        lines.append(line.replace("  ", "  # ", 1) if found.routed_entities and not line.startswith("  #") else line)
    return "\n".join(lines) + "\n"


def _entity(found: service_pb2.InspectResponse) -> Iterable[str]:
    if found.routed_entities:
        yield f"# The rows are of several entities, {', '.join(found.routed_entities)}: naming one takes all for it."
        yield "# entity: " + found.entity
    else:
        yield f"entity: {found.entity}"


def _parameters(found: service_pb2.InspectResponse) -> Iterable[str]:
    yield "# How this file is written was found out, and is so each time, unless it is said here."
    yield "parameters:"
    yield f"  # encoding: {found.encoding}"
    if found.delimiter:
        yield f"  # delimiter: {'tab' if found.delimiter == chr(9) else quoted(found.delimiter)}"
    yield f"  # header: {str(found.header).lower()}"
    if found.preamble_rows:
        yield f"  # skip_rows: {found.preamble_rows}"
    orders = {_order(shape.decision) for column in found.columns for shape in column.date_shapes} - {""}
    if len(orders) == 1:
        yield f"  # date_order: {orders.pop()}"


def _order(decision: str) -> str:
    return "DMY" if decision.startswith("day first") else "MDY" if decision.startswith("month first") else ""


def _column(column: service_pb2.InspectedColumn, name: str) -> str:
    text, why = quoted(name), _one_line(column.reason)
    if column.field and not why.startswith("derived"):
        return f"  {text}: {column.field}" + ("" if why == "canonical name" else f"  # {why}")
    if column.suggestion:
        return f"  # {text}: {column.suggestion}  # suggestion, score {column.suggestion_score:.2f}: {why}"
    if why.startswith(("no match", "lost")):
        seen = f"{column.distinct_count} distinct of {column.value_count}"
        return f"  # {text}: {guess(column)}  # passes through, {why}; {seen}"
    return f"  # {text}  # leave it out: {why}"


def guess(column: service_pb2.InspectedColumn) -> str:
    """Return the type that a column may be declared to have, by its name and the shapes of its values."""
    shown = sum(shape.count for shape in column.shapes)
    counts: Counter[str] = Counter()
    for shape in column.shapes:
        counts[next((kind for form, kind in SHAPES if form.fullmatch(shape.shape)), "")] += shape.count
    kind = next((kind for _, kind in SHAPES if shown and counts[kind] >= MOST * shown), "")
    if not kind and shown and sum(n for k, n in counts.items() if k.startswith("{type: number")) >= MOST * shown:
        kind = SHAPES[-1][1]
    if kind.startswith("{type: number") and NAMES.search(column.key):
        return "{type: id}"
    if kind.startswith("{type: date"):
        order = next((o for shape in column.date_shapes if (o := _order(shape.decision))), "")
        return kind.replace("}", f", order: {order}}}") if order else kind
    if not kind and 0 < column.distinct_count <= FEW and column.value_count >= 5 * column.distinct_count:
        return "{type: enum, words: {word: [other, words]}}"
    return kind or "{type: text}"


def quoted(text: str) -> str:
    """Return a text as YAML has it: as it is where that is safe, else in quotes, on one line."""
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)


def _one_line(text: str) -> str:
    return " ".join(text.split())
