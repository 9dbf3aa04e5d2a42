"""What the README tells a reader to type is typed here, and what it shows is compared with what comes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harmonizer_client import Client

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SECONDS = 60

if not (ROOT / "bin" / "harmonizerd").exists():
    pytest.skip("bin/harmonizerd is not built: make build", allow_module_level=True)


@dataclass(frozen=True)
class Block:
    """A fenced block, and the words shown below it as its output; empty where nothing is shown."""

    language: str
    text: str
    shown: str


def blocks() -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    following = [*found[1:], ("", "")]
    return [
        Block(language, text, shown if kind == "text" else "")
        for (language, text), (kind, shown) in zip(found, following, strict=True)
        if language != "text"
    ]


def of(language: str) -> list[Block]:
    return [block for block in blocks() if block.language == language]


@dataclass(frozen=True)
class Home:
    """A directory that looks like a checkout to the commands, and where the services listen."""

    directory: Path
    addresses: dict[str, str]

    def run(self, command: list[str], text: str | None = None) -> str:
        done = subprocess.run(
            command, cwd=self.directory, input=text, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def here(self, text: str) -> str:
        """The text with the addresses of this test's services."""
        for usual, address in self.addresses.items():
            text = text.replace(usual, address)
        return text.replace("harmonizer watch", f"harmonizer watch --server {self.addresses['localhost:8080']}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    directory = tmp_path_factory.mktemp("readme")
    (directory / "sample_data").symlink_to(ROOT / "sample_data")
    (directory / ".venv").symlink_to(sys.prefix)
    ports = ["--rest-port=0", "--jobs-port=0", "--engine-port=0", "--metrics-port=0"]
    command = [sys.executable, "-m", "harmonizer_client", "up", *ports, "--data-dir", str(directory / "data")]
    with (directory / "log").open("w") as log:
        up = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield Home(directory, listening(up))
        finally:
            up.send_signal(signal.SIGTERM)
            up.communicate(timeout=SECONDS)
            assert up.returncode == 0


def listening(up: subprocess.Popen[str]) -> dict[str, str]:
    assert up.stdout is not None
    lines = [up.stdout.readline() for _ in range(5)]
    assert lines[-1].startswith("Ctrl-C"), lines
    rest, jobs, engine = (re.findall(r"127\.0\.0\.1:\d+", line)[0] for line in lines[:3])
    return {"localhost:8080": rest, "localhost:8090": jobs, "localhost:8081": engine}


def in_form(text: str) -> list[str]:
    """Lines whose numbers and units of size no longer matter, which differ from run to run."""
    return [re.sub(r"0 (?:[kM]B|m?s)\b", "0 u", re.sub(r"\d[\d.,]*", "0", line)).strip() for line in text.splitlines()]


def assert_shown(shown: str, output: str) -> None:
    came = in_form(output)
    for line in in_form(shown):
        begin, cut, _ = line.partition("…")
        assert any(c.startswith(begin.strip()) if cut else c == line for c in came), f"{line!r} did not come:\n{output}"


def test_shell_commands(home: Home) -> None:
    """One shell types them all, so that a variable lives on; a mark tells the outputs apart."""
    mark = "=== next block ==="
    script = f"\necho '{mark}'\n".join(home.here(block.text) for block in of("sh"))
    outputs = home.run(["bash", "-eu", "-s"], script).split(mark)
    assert len(outputs) == len(of("sh")) > 3
    for block, output in zip(of("sh"), outputs, strict=True):
        assert '"type":"/problems/' not in output
        assert output.strip() or "activate" in block.text
        assert_shown(block.shown, output)


def test_python_code(home: Home) -> None:
    assert of("python")
    for block in of("python"):
        assert_shown(block.shown, home.run([sys.executable, "-c", home.here(block.text)]))


def test_rules_of_a_later_release_are_those_that_fields_name_in_vain(home: Home) -> None:
    with Client(home.addresses["localhost:8081"]) as client:
        known = {rule.id for rule in client.rules()}
        fields = [field for entity in client.entities() for field in entity.fields]
    named = {rule for field in fields for rule in (*field.standardization, *field.validation)}
    families = {rule.rpartition("-")[0] + "-*" for rule in known}
    (later,) = re.findall(r"^\| rules \|.*\|(.*)\|$", README, re.MULTILINE)
    assert sorted(re.findall(r"`([A-Z]+-[A-Z]+-\d+|DED-\d+)`", later)) == sorted(named - known - families)


@pytest.fixture(scope="module")
def demo(home: Home) -> tuple[Path, str]:
    """The folder that `make demo` makes, and what it says."""
    recipe = re.search(r"^demo:.*\n\t\$\(BIN\)/(.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert recipe is not None
    said = home.run(["bash", "-c", f".venv/bin/{recipe[1]}"])
    return home.directory / "out" / "demo", said


def test_demo_shows_what_is_told(demo: tuple[Path, str]) -> None:
    first = blocks()[0]
    assert "make demo" in first.text
    assert "make test" in first.text
    shown = next(text for text in re.findall(r"^```text\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    account = [line for line in shown.splitlines() if "most often" not in line]
    assert_shown("\n".join(account), demo[1])
    counted = [line for line in account if "records read" in line]
    assert counted
    assert all(line in demo[1] for line in counted)


def test_excerpts_are_of_the_demo(demo: tuple[Path, str]) -> None:
    folder = demo[0] / "lab_results"
    issues = [json.loads(line) for line in (folder / "issues.ndjson").read_text("utf-8").splitlines()]
    report = json.loads((folder / "report.json").read_text("utf-8"))
    told_issues, told_report = (documents(block.text) for block in of("json"))
    for told in told_issues:
        assert any(told.items() <= issue.items() for issue in map(hashable, issues)), told
    accounting, column = told_report
    assert report["accounting"] == accounting["accounting"]
    real = next(c for c in report["columns"] if c["source_column"] == column["source_column"])
    assert {name: real[name] for name in column} == column


def documents(text: str) -> list[dict[str, Any]]:
    """JSON documents one after the other."""
    found, rest = [], text.strip()
    while rest:
        document, end = json.JSONDecoder().raw_decode(rest)
        found.append(document)
        rest = rest[end:].strip()
    return found if "accounting" in found[0] else [hashable(document) for document in found]


def hashable(document: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in document.items()}
