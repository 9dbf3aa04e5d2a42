"""Mapping files through the command and the client, against the engine of this checkout."""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

import harmonizer_client as hc
from harmonizer_client.cli.proposal import proposal
from harmonizer_client.process import Engine
from harmonizer_mapping import read
from tests_client.test_real_engine import PROGRAM, ROOT, SAMPLES, harmonizer

BEERS = ROOT.parent / "shared" / "data" / "beers"
BEERS_MAPPING = """
version: 1
name: brewery export
entity: generic
columns:
  ounces: {type: number, strip: [oz, oz., ounce, oz. Alumi-Tek, oz. Silo Can]}
  abv: {type: number, strip: "%"}
  ibu: {type: count}
"""
NUMBERS = ("ounces", "abv", "ibu")
# The dirty file writes 0.052 as 0.052000000000000005, the nearest binary number: how it was written is no value.
NEAR = Decimal("1e-12")

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="bin/harmonizerd is not built: make build")


@pytest.fixture(scope="module")
def client() -> Iterator[hc.Client]:
    with Engine(PROGRAM) as engine, hc.Client(engine.target) as client:
        yield client


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def is_same(column: str, a: str, b: str) -> bool:
    """Numbers are compared as values, 12 being 12.0; everything else to the letter."""
    if a == b or column not in NUMBERS:
        return a == b
    try:
        return abs(Decimal(a) - Decimal(b)) <= NEAR
    except InvalidOperation:
        return False


@pytest.mark.skipif(not BEERS.exists(), reason="../shared/data/beers is not on this machine: nothing was tested")
def test_beers_are_repaired_by_a_mapping_alone(tmp_path: Path) -> None:
    (tmp_path / "beers.yaml").write_text(BEERS_MAPPING)
    done = harmonizer(tmp_path, "run", BEERS / "dirty.csv", "--mapping", "beers.yaml", "-o", "out")
    assert done.returncode == 0, done.stderr
    made = rows((tmp_path / "out" / "dirty" / "clean.csv").read_text())
    dirty, clean = (rows((BEERS / name).read_text()) for name in ("dirty.csv", "clean.csv"))
    assert len(made) == len(dirty) == len(clean)
    wrong, repaired, sound, harmed = dict.fromkeys(NUMBERS, 0), dict.fromkeys(NUMBERS, 0), 0, 0
    for before, want, got in zip(dirty, clean, made, strict=True):
        for column, truth in want.items():
            is_right = is_same(column, got[column.replace("-", "_")], truth)
            if column in NUMBERS and not is_same(column, before[column], truth):
                wrong[column] += 1
                repaired[column] += is_right
            elif before[column] == truth:
                sound += 1
                harmed += not is_right
    print({c: f"{repaired[c]} of {n}" for c, n in wrong.items()}, f"harm: {harmed} of {sound}")
    assert wrong == {"ounces": 2410, "abv": 693, "ibu": 1005}
    assert all(repaired[column] >= 0.98 * n for column, n in wrong.items())
    assert harmed <= 0.001 * sound
    told = json.loads((tmp_path / "out" / "dirty" / "report.json").read_text())["parameters"]["column_types"]
    assert told["abv"] == {"kind": "COLUMN_KIND_NUMBER", "strip": ["%"]}


def test_settings_win_over_the_mapping_and_the_client_takes_it_too(tmp_path: Path, client: hc.Client) -> None:
    (tmp_path / "m.yaml").write_text(
        "version: 1\nparameters: {date_order: DMY, skip_rows: 1}\n"
        "columns: {Nr: patient_id, n: {type: number, strip: kg}}"
    )
    (tmp_path / "p.csv").write_text("note\nNr,dob,n\n1,03/04/2024,5 kg\n")
    for more, day in ((), "2024-04-03"), (("--set", "date_order=MDY"), "2024-03-04"):
        arguments = ("run", "p.csv", "--mapping", "m.yaml", "--entity", "patient", "-o", "out", *more)
        assert harmonizer(tmp_path, *arguments).returncode == 0
        made = rows((tmp_path / "out" / "p" / "clean.csv").read_text())
        assert [(r["patient_id"], r["birth_date"], r["n"], r["n_source"]) for r in made] == [("1", day, "5", "5 kg")]
    with client.harmonize(
        tmp_path / "p.csv", mapping=tmp_path / "m.yaml", options={"date_order": "MDY"}, entity="patient"
    ) as run:
        batch = run.tables()["patient"]
    assert batch.fields[:2] == ("patient_id", "birth_date")
    assert client.inspect(tmp_path / "p.csv", mapping=tmp_path / "m.yaml").columns[0].field == "patient_id"


async def test_the_asynchronous_client_takes_one(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("version: 1\ncolumns: {Nr: patient_id, w: {type: number, strip: kg}}")
    text = b"Nr,dob,w\n1,2024-04-03,7 kg\n"
    with Engine(PROGRAM) as engine:
        async with hc.AsyncClient(engine.target) as client:
            seen = await client.inspect(text, mapping=tmp_path / "m.yaml", entity="patient")
            batch = (await client.harmonize(text, mapping=tmp_path / "m.yaml", entity="patient").tables())["patient"]
    assert seen.columns[0].field == "patient_id"
    assert (list(batch.column("w")), list(batch.column("w_source"))) == (["7"], ["7 kg"])


WRONG = {
    "version: 1\nentity: patient\ncolumns:\n  Nr: patient_di": (
        "m.yaml:4:7: columns.Nr: patient_di: is no field of patient; did you mean patient_id?"
    ),
    "version: 1\ncolums: {}": "m.yaml:2:1: colums: is not known",
    "version: 1\nentity: generic\ncolumns: {Nr: patient_id}": (
        "m.yaml:3:15: columns.Nr: patient_id: is no field of generic"
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_mapping_is_a_wrong_command(tmp_path: Path, client: hc.Client, text: str) -> None:
    (tmp_path / "m.yaml").write_text(text)
    (tmp_path / "p.csv").write_text("Nr,dob\n1,2024-04-03\n")
    for command in (("run", "p.csv", "-o", "out"), ("inspect", "p.csv")):
        done = harmonizer(tmp_path, *command, "--mapping", "m.yaml")
        assert done.returncode == 2
        assert WRONG[text] in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()
    with pytest.raises(hc.InvalidOption, match=r"m\.yaml:\d") as caught:
        client.harmonize(tmp_path / "p.csv", mapping=str(tmp_path / "m.yaml"))
    assert caught.value.reason == "INVALID_MAPPING"


def test_a_mapping_that_cannot_be_read(tmp_path: Path) -> None:
    done = harmonizer(tmp_path, "run", "p.csv", "-o", "out", "--mapping", "gone.yaml")
    assert (done.returncode, "gone.yaml: cannot be read: No such file" in done.stderr) == (2, True)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_what_is_proposed_reads_the_file_as_it_was_read(client: hc.Client, sample: Path) -> None:
    text = proposal(client.inspect(sample), sample.name)
    proposed = read(text)
    uncommented = "\n".join(line.replace("  # ", "  ", 1) for line in text.splitlines() if "leave it out" not in line)
    assert read(uncommented).options.column_types or "{type:" not in uncommented
    made = [
        {name: artifact.read() for name, artifact in run.artifacts.items()}
        for run in (
            client.harmonize(sample, mapping=mapping, artifacts=["clean"], records=False)
            for mapping in (proposed, None)
        )
    ]
    assert made[0] == made[1]
    assert made[0]
    if "# entity:" in text:  # What a field is depends on the row.
        assert not proposed.options.column_map


def test_a_proposal_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("patient_id,frst_name,Jan No\n1,a,5 kg\n")
    (tmp_path / "m.yaml").write_text("mine")
    done = harmonizer(tmp_path, "inspect", "p.csv", "--save-mapping", "m.yaml")
    assert (done.returncode, (tmp_path / "m.yaml").read_text()) == (2, "mine")
    done = harmonizer(tmp_path, "inspect", "p.csv", "--json", "--entity", "patient", "--save-mapping", "n.yaml")
    assert json.loads(done.stdout)["entity"] == "patient"
    assert (
        "  # frst_name: first_name  # suggestion, score 0.97: no match; similar to first_name"
        in (tmp_path / "n.yaml").read_text()
    )
