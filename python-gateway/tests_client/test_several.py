"""Runs over several files: how they are given, what the service is told, what each batch and table says."""

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import harmonizer_client as hc
from harmonizer_client import Amendment, AsyncClient, Batch, Client
from harmonizer_client.amend import amended
from harmonizer_client.source import open_sources
from tests_client.conftest import CSV, open_files

OTHER = b"patient_id,first\n2,b\n3,c\n"


def given_files(directory: Path) -> list[object]:
    """The same two files, the second in another way each time."""
    path, second = directory / "a.csv", directory / "b.csv"
    path.write_bytes(CSV)
    second.write_bytes(OTHER)
    ways = [second, str(second), ("b.csv", OTHER), ("b.csv", second), ("b.csv", iter([OTHER[:4], OTHER[4:]]))]
    return [[path, way] for way in ways]


def test_a_list_is_several_files_however_they_are_given(client: Client, engine, tmp_path: Path) -> None:
    for files in given_files(tmp_path):
        summary = client.harmonize(files).summary
        assert [file.file_name for file in engine[1].files[-1]] == ["a.csv", "b.csv"]
        assert [(file.file_name, file.accounting.read) for file in summary.files] == [("a.csv", 3), ("b.csv", 2)]
        assert (summary.accounting.read, summary.accounting.duplicates) == (5, 2)
        assert summary.accounting.balanced
        assert summary.input_bytes == len(CSV) + len(OTHER)
    assert [file.size_bytes for file in engine[1].files[0]] == [len(CSV), len(OTHER)]


def test_a_binary_file_stands_in_a_list_too(client: Client, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(OTHER)
    with (tmp_path / "f.csv").open("rb") as file:
        summary = client.harmonize([("a.csv", io.BytesIO(CSV)), file]).summary
    assert [file.file_name for file in summary.files] == ["a.csv", "f.csv"]


def test_pieces_of_one_file_stay_one_file(client: Client, engine) -> None:
    for pieces in ([CSV[:5], CSV[5:]], (CSV[:5], CSV[5:]), [bytearray(CSV)], iter([CSV])):
        assert client.harmonize(pieces).summary.accounting.read == 3
    assert [len(files) for files in engine[1].files] == [1, 1, 1, 1]


def test_batches_say_file_and_entity_and_tables_are_named_as_the_artifacts_are(client: Client, tmp_path: Path) -> None:
    files = [("a", CSV + b"9,!mixed\n"), ("b", OTHER)]
    with client.harmonize(files, out_dir=tmp_path / "o") as run:
        batches = list(run.batches())
        assert [(batch.file, batch.entity) for batch in batches] == [(0, "patient"), (0, "vital"), (1, "patient")]
        assert {"clean.patient.csv", "clean.patient.2.csv", "clean.vital.csv"} < set(run.artifacts)
    tables = client.harmonize(files).tables()
    assert {name: (table.file, table.num_rows) for name, table in tables.items()} == {
        "patient": (0, 3), "vital": (0, 1), "patient.2": (1, 1),
    }  # fmt: skip
    assert tables["patient.2"].column("patient_id") == ["3"]


def test_an_amendment_reaches_only_its_file(client: Client) -> None:
    tables = client.harmonize([("a", CSV), ("b", b"patient_id,first\n7,!amend\n8,b\n9,c\n")]).tables()
    assert tables["patient"].column("record_no") == ["1", "2"]
    assert tables["patient.2"].column("record_no") == ["1", "3"]
    assert tables["patient.2"].column("record_status") == ["error", "ok"]


RECORDS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["patient", "vital"]), st.integers(1, 5)), max_size=30)


@given(RECORDS, RECORDS)
def test_amendments_are_keyed_by_file_entity_and_number(records, removed) -> None:
    """For any records and any removals: exactly the named ones go."""
    amendments = [Amendment(entity, number, True, "", "", "", file) for file, entity, number in removed]
    left = []
    for file in range(3):
        for entity in ("patient", "vital"):
            numbers = [str(n) for f, e, n in records if (f, e) == (file, entity)]
            batch = Batch(entity, ["record_no"], [numbers], len(numbers), file)
            left += [(file, entity, int(n or 0)) for n in amended(batch, amendments).column("record_no")]
    assert sorted(left) == sorted(record for record in records if record not in set(removed))


@pytest.mark.parametrize(
    ("files", "kind", "words"),
    [
        ([("a", CSV), b"x"], None, ""),
        (["missing.csv", b"x"], hc.SourceError, "no such file"),
        ([("a", CSV), 7], TypeError, "source is"),
        ([("a", CSV), ("b", "missing.csv")], hc.SourceError, "no such file"),
        ([("a", CSV)] * 101, hc.InvalidOption, "at most 100"),
    ],
)
def test_files_that_cannot_be_had(client: Client, files: Sequence[object], kind: type | None, words: str) -> None:
    before = open_files()
    if kind is None:
        assert len(client.harmonize(files).summary.files) == 2
        return
    with pytest.raises(kind, match=words):
        client.harmonize(files)
    assert open_files() == before


def test_nothing_stays_open(client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    client.harmonize(CSV).wait()
    before = open_files()
    with pytest.raises(hc.SourceError):
        open_sources([tmp_path / "a.csv", tmp_path / "missing.csv"])
    with pytest.raises(hc.InputRefused):
        client.harmonize([tmp_path / "a.csv", ("b", b"a\n!refuse\n"), tmp_path / "a.csv"]).wait()
    client.harmonize([tmp_path / "a.csv"] * 5).wait()
    assert open_files() == before


def test_one_name_is_not_for_several_files(client: Client) -> None:
    with pytest.raises(TypeError, match="file_name"):
        client.harmonize([("a", CSV), ("b", OTHER)], file_name="c")
    assert client.harmonize(("a", CSV), file_name="c").summary.files[0].file_name == "c"


def test_a_second_file_that_breaks_is_not_taken_for_its_end(client: Client) -> None:
    def broken():
        yield OTHER[:10]
        raise OSError(5, "x")

    with pytest.raises(hc.SourceError, match="cannot be read"):
        client.harmonize([("a", CSV), ("b", broken())]).wait()


def test_artifacts_follow_the_options(client: Client, tmp_path: Path) -> None:
    plain = set(client.harmonize(CSV, out_dir=tmp_path).artifacts)
    options = {"match": True, "lineage": True}
    asked = client.harmonize(CSV, out_dir=tmp_path, options=options).artifacts
    assert set(asked) - plain == {"matches.ndjson", "review.csv", "lineage.ndjson"}
    # A later run replaces all that is of the earlier one.
    client.harmonize([("a", CSV), ("b", OTHER)], out_dir=tmp_path).wait()
    client.harmonize(CSV, out_dir=tmp_path).wait()
    assert {path.name for path in tmp_path.iterdir()} == plain


def test_the_asynchronous_client_does_the_same(engine, tmp_path: Path) -> None:
    async def ask() -> dict[str, int]:
        (tmp_path / "b.csv").write_bytes(OTHER)
        async with AsyncClient(engine[0]) as client:
            async with client.harmonize([("a.csv", CSV), tmp_path / "b.csv"]) as run:
                assert [batch.file async for batch in run.batches()] == [0, 1]
                assert [file.file_name for file in (await run.summary()).files] == ["a.csv", "b.csv"]
            tables = await client.harmonize([("a", CSV), ("b", OTHER)]).tables()
            with pytest.raises(hc.SourceError):
                client.harmonize([("a", CSV), tmp_path / "missing"])
            return {name: table.num_rows for name, table in tables.items()}

    assert asyncio.run(ask()) == {"patient": 2, "patient.2": 1}


def test_progress_is_over_all_files(client: Client) -> None:
    told: list[hc.Progress] = []
    client.harmonize([("a", CSV), ("b", OTHER)], on_progress=told.append).wait()
    assert {progress.bytes_total for progress in told} == {len(CSV) + len(OTHER)}
    client.harmonize([("a", CSV), ("b", iter([OTHER]))], on_progress=told.append).wait()
    assert told[-1].bytes_total == len(CSV) + len(OTHER)  # The service's own; the size of the second is not known here.
