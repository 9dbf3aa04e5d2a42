"""The documentation names everything there is, its tables are those of the programs, and its links lead somewhere.

UPDATE_GOLDEN=1 writes the tables again from the programs; read the diff like code.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from gateway.app import create_app
from gateway.errors import GatewayError
from gateway.settings import PREFIX, Settings
from harmonizer.v1 import harmonizer_service_pb2, job_service_pb2
from harmonizer.v1.options_pb2 import Options

ROOT = Path(__file__).parents[1]
API = ROOT / "docs" / "api.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
HARMONIZERD = ROOT / "bin" / "harmonizerd"
FOLDERS = ("docs", "sample_data", "tests", "bench", "deploy", "proto")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])


def routes() -> Iterator[str]:
    paths = create_app(Settings()).openapi()["paths"]
    return (f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


def rpcs() -> Iterator[str]:
    for module in (harmonizer_service_pb2, job_service_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from (method.name for method in service.methods)


def problem_codes(kind: type[GatewayError] = GatewayError) -> Iterator[str]:
    yield kind.code
    for child in kind.__subclasses__():
        yield from problem_codes(child)


def reasons() -> Iterator[str]:
    for source in (ROOT / "go-harmonizer" / "internal").rglob("*.go"):
        if not source.name.endswith("_test.go"):
            yield from re.findall(r'fault\.New\(fault\.\w+,\s*"([A-Z_]+)"', source.read_text("utf-8"))


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("endpoint", [f"### `{route}`" for route in routes()]),
        ("rpc", [f"| `{name}` |" for name in rpcs()]),
        ("option", [f"| `{field.name}` |" for field in Options.DESCRIPTOR.fields]),
        ("problem code", [f"`{code}`" for code in problem_codes()]),
        ("reason", [f"`{reason}`" for reason in reasons()]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_api_page_names_every(kind: str, names: list[str]) -> None:
    text = API.read_text("utf-8")
    assert len(set(names)) > 4, f"no {kind} was found to look for"
    assert [name for name in sorted(set(names)) if name not in text] == []


def test_api_page_names_no_endpoint_that_is_gone() -> None:
    told = re.findall(r"^### `([A-Z]+ /.*)`$", API.read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(routes())


# --- Tables that are made from the programs ---


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def harmonizerd_table() -> list[str]:
    """What `harmonizerd -help` says of its settings: a name, then a line about it with the default in brackets."""
    done = subprocess.run([HARMONIZERD, "-help"], capture_output=True, text=True, timeout=30, check=True)
    found = re.findall(r"^  (HARMONIZERD_\w+)\n\s+(.+)$", done.stderr, re.MULTILINE)
    split = (re.fullmatch(r"(.*?)(?: \(([^()]*)\))?", about) for _, about in found)
    parts = [(match[1], match[2] or "") for match in split if match]
    rows = [row(f"`{name}`", about, default) for (name, _), (about, default) in zip(found, parts, strict=True)]
    return [row("setting", "what", "default"), "|---|---|---|", *rows]


def gateway_table() -> list[str]:
    """The fields of Settings: what the text below each says, and its default."""
    body = ast.parse(textwrap.dedent(inspect.getsource(Settings))).body[0]
    assert isinstance(body, ast.ClassDef)
    texts = {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }
    rows = [
        row(f"`{PREFIX}{name.upper()}`", texts[name].replace("\n", " "), shown(field.default, field.default_factory))
        for name, field in Settings.model_fields.items()
    ]
    return [row("setting", "what", "default"), "|---|---|---|", *rows]


def shown(default: object, factory: object) -> str:
    if factory is not None:
        return "the platform's place for data"
    return str(default).lower() if isinstance(default, bool) else str(default)


def options_table() -> list[str]:
    """The fields of Options with their comments in the proto; of an enum, what its zero means."""
    proto = (ROOT / "proto" / "harmonizer" / "v1" / "options.proto").read_text("utf-8")
    (body,) = re.findall(r"^message Options \{\n(.*?)^\}", proto, re.MULTILINE | re.DOTALL)
    found = re.findall(r"((?:^  //.*\n)+)^  (?:optional )?[\w<>, .]+ (\w+) = \d+", body, re.MULTILINE)
    texts = {name: " ".join(re.findall(r"// (.*)", comment)) for comment, name in found}
    zeros = {name: text for text, name in re.findall(r"  // Not said: (.*)\.\n  (\w+_UNSPECIFIED) = 0;", proto)}
    rows = []
    for field in Options.DESCRIPTOR.fields:
        meaning, _, default = re.sub(r" ?(Empty|Not set): ", "\0", texts[field.name]).partition("\0")
        if field.enum_type is not None:
            zero = zeros[field.enum_type.values_by_number[0].name]
            default = zero.removeprefix(prefix_of(field.enum_type)).lower() if zero.isupper() else zero
        elif field.cpp_type == FieldDescriptor.CPPTYPE_BOOL and not field.has_presence:
            default = "false"
        rows.append(row(f"`{field.name}`", kind(field), meaning, default.removesuffix(".")))
    return [row("option", "type", "meaning", "default"), "|---|---|---|---|", *rows]


def kind(field: FieldDescriptor) -> str:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return f"object of {kind(field.message_type.fields_by_name['value'])}"
    if field.message_type is not None:
        return f"`{field.message_type.name}`"
    if field.enum_type is not None:
        return ", ".join(f"`{word}`" for word in words(field.enum_type))
    names = {FieldDescriptor.CPPTYPE_STRING: "text", FieldDescriptor.CPPTYPE_BOOL: "true or false"}
    name = names.get(field.cpp_type, "whole number")
    return f"list of {name}" if field.is_repeated else name


def words(enum: EnumDescriptor) -> list[str]:
    return [value.name.removeprefix(prefix_of(enum)).lower() for value in enum.values if value.number]


def prefix_of(enum: EnumDescriptor) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", enum.name).upper() + "_"


@pytest.mark.parametrize(
    ("page", "name", "table"),
    [
        (ARCHITECTURE, "harmonizerd", harmonizerd_table),
        (ARCHITECTURE, "gateway", gateway_table),
        (API, "options", options_table),
    ],
    ids=["harmonizerd", "gateway", "options"],
)
def test_table_is_that_of_the_program(page: Path, name: str, table: Callable[[], list[str]]) -> None:
    if table is harmonizerd_table and not HARMONIZERD.exists():
        pytest.skip("bin/harmonizerd is not built: make build")
    text = page.read_text("utf-8")
    made = re.sub(
        rf"(<!-- table: {name} -->\n).*?(<!-- end -->)",
        lambda match: match[1] + "\n".join(table()) + "\n" + match[2],
        text,
        flags=re.DOTALL,
    )
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(made, "utf-8")
    else:
        assert made == text, f"run UPDATE_GOLDEN=1 python -m pytest {Path(__file__).relative_to(ROOT)}"


# --- Links ---


def headings(page: Path) -> set[str]:
    """Anchors of a page as a forge makes them: lower case, punctuation gone, spaces as hyphens."""
    found = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in headings(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", [ARCHITECTURE, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    """Code spans that look like a path, below one of the folders the pages speak of."""
    below = [ROOT, ROOT / "python-gateway" / "gateway", ROOT / "go-harmonizer" / "internal"]
    named = set(re.findall(r"`([a-z][\w.-]+/[\w./-]*)`", page.read_text("utf-8")))
    assert [name for name in sorted(named) if not any((folder / name).exists() for folder in below)] == []
