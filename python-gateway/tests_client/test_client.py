"""The synchronous client against a real server."""

import gzip
import hashlib
import io
import os
import threading
import time
from pathlib import Path

import pytest

import harmonizer_client as hc
from harmonizer_client import Client, DirectoryStore
from harmonizer_client.artifacts import SingleFileStore
from harmonizer_client.source import CHUNK_BYTES, open_source
from tests_client.conftest import CSV, open_files, threads, until

SIX = {
    "clean.csv", "quarantine.csv", "issues.ndjson", "report.json", "manifest.json", "operation-outcome.json",
}  # fmt: skip


def test_records_arrive_in_batches_with_null_apart_from_empty(client: Client) -> None:
    with client.harmonize(b"patient_id,first\n1,a\n2,\n") as run:
        (batch,) = run.batches()
    assert (batch.entity, batch.num_rows, len(batch)) == ("patient", 2, 2)
    assert batch.fields == ("patient_id", "first", "record_no", "record_status")
    assert list(batch.rows())[1] == {"patient_id": "2", "first": None, "record_no": "2", "record_status": "ok"}
    assert batch.column("first") == ["a", None]
    with pytest.raises(KeyError):
        batch.column("last")


@pytest.mark.parametrize("kind", ["path", "text path", "bytes", "bytearray", "file", "BytesIO", "iterator", "pipe"])
def test_every_kind_of_source_sends_the_same_bytes(client: Client, engine, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "labs.csv"
    path.write_bytes(CSV)
    made = {
        "path": lambda: path,
        "text path": lambda: str(path),
        "bytes": lambda: CSV,
        "bytearray": lambda: bytearray(CSV),
        "file": lambda: path.open("rb"),
        "BytesIO": lambda: io.BytesIO(CSV),
        "iterator": lambda: iter([CSV[:3], b"", CSV[3:]]),
        "pipe": lambda: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(CSV))),
    }[kind]()
    summary = client.harmonize(made).summary
    assert summary.input_sha256 == hashlib.sha256(CSV).hexdigest()
    spec = engine[1].specs[0]
    assert spec.size_bytes == (0 if kind in ("BytesIO", "iterator", "pipe") else len(CSV))
    assert spec.file_name == ("labs.csv" if kind in ("path", "text path", "file") else "")
    if kind == "file":
        made.close()


def test_big_pieces_are_cut_and_a_file_name_may_be_told(client: Client, engine) -> None:
    body = b"a,b\n" + b"1,2\n" * 200_000
    assert client.harmonize(body, file_name="patients.csv", records=False).summary.input_bytes == len(body)
    assert engine[1].specs[0].file_name == "patients.csv"
    assert max(len(c) for c in open_source(body).chunks()) == CHUNK_BYTES


@pytest.mark.parametrize("source", [3, io.StringIO("a,b\n"), iter(["a,b\n"])])
def test_text_and_other_things_are_no_source(client: Client, source: object) -> None:
    with pytest.raises(TypeError):
        client.harmonize(source).wait()  # type: ignore[arg-type]


def test_artifacts_go_to_a_directory_or_stay_in_memory(client: Client, tmp_path: Path) -> None:
    run = client.harmonize(CSV, out_dir=tmp_path / "new" / "out")
    assert set(run.artifacts) == SIX
    clean = run.artifacts["clean.csv"]
    assert clean.path == tmp_path / "new" / "out" / "clean.csv"
    assert clean.path is not None
    assert clean.sha256 == hashlib.sha256(clean.path.read_bytes()).hexdigest()
    assert {p.name for p in (tmp_path / "new" / "out").iterdir()} == SIX
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["out"]
    memory = client.harmonize(CSV, artifacts=["clean", "issues"], output_format="ndjson").artifacts
    assert set(memory) == {"clean.ndjson", "issues.ndjson"}
    assert memory["clean.ndjson"].read().count(b"\n") == 2
    with memory["issues.ndjson"].open() as file:
        assert file.read() == b""
    assert client.harmonize(CSV).artifacts == {}


def test_a_directory_of_an_earlier_run_is_replaced_and_other_files_stay(client: Client, tmp_path: Path) -> None:
    for name in ("mine.txt", "clean.mine.csv", "clean.ndjson", "clean.vital.csv", "clean.csv", "manifest.json"):
        (tmp_path / name).write_text("old")
    client.harmonize(CSV, out_dir=tmp_path).wait()
    assert {p.name for p in tmp_path.iterdir()} == SIX | {"mine.txt", "clean.mine.csv"}
    assert (tmp_path / "clean.csv").read_bytes().startswith(b"patient_id")


@pytest.mark.parametrize("word", ["!damage", "!escape", "!nosummary", "!refuse", "!internal"])
def test_a_run_that_fails_leaves_nothing(client: Client, tmp_path: Path, word: str) -> None:
    with pytest.raises(hc.HarmonizerError) as caught:
        client.harmonize(CSV + word.encode() + b",x\n", out_dir=tmp_path / "out").wait()
    assert list(tmp_path.iterdir()) == []
    expected = {"!damage": "ARTIFACT_DAMAGED", "!escape": "ARTIFACT_NAME", "!nosummary": "NO_SUMMARY"}
    assert caught.value.reason == expected.get(word, caught.value.reason)


def test_a_failed_run_leaves_the_earlier_one_alone(client: Client, tmp_path: Path) -> None:
    client.harmonize(CSV, out_dir=tmp_path).wait()
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(hc.ArtifactMismatch):
        client.harmonize(b"a\n!damage\n", out_dir=tmp_path).wait()
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_verification_can_be_left_out(client: Client) -> None:
    assert client.harmonize(b"a\n!damage\n", artifacts=["clean"], verify=False).artifacts["clean.csv"].size_bytes


def test_an_output_that_cannot_be_written_is_named(client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(hc.OutputError, match="file"):
        client.harmonize(CSV, out_dir=tmp_path / "file" / "out").wait()


ERRORS = {
    "!refuse": (hc.InputRefused, "UNCLOSED_QUOTE"),
    "!bound": (hc.LimitExceeded, "TOO_MANY_COLUMNS"),
    "!internal": (hc.InternalError, "INTERNAL"),
    "!later": (hc.Unimplemented, "FORMAT_NOT_IMPLEMENTED"),
    "!field": (hc.InvalidOption, "INVALID_REQUEST"),
}


@pytest.mark.parametrize("word", ERRORS)
def test_errors_are_typed(client: Client, word: str) -> None:
    kind, reason = ERRORS[word]
    run = client.harmonize(CSV + word.encode() + b",x\n")
    for _ in range(2):  # The second time too.
        with pytest.raises(kind) as caught:
            run.wait()
        assert type(caught.value) is kind
        assert caught.value.reason == reason


def test_errors_say_where(client: Client) -> None:
    with pytest.raises(hc.InputRefused, match="quote is never closed") as refused:
        client.harmonize(b"a\n!refuse\n").wait()
    assert (refused.value.line, refused.value.byte, refused.value.code) == (2, 10, "INVALID_ARGUMENT")
    with pytest.raises(hc.LimitExceeded) as limited:
        client.harmonize(b"a\n!bound\n").wait()
    assert (limited.value.setting, limited.value.line) == ("HARMONIZERD_MAX_COLUMNS", None)
    with pytest.raises(hc.InvalidOption) as invalid:
        client.harmonize(b"a\n!field\n").wait()
    assert invalid.value.fields == ("spec.options.as_of",)


def test_nobody_there_is_said_at_once() -> None:
    began = time.monotonic()
    with Client("127.0.0.1:1") as client:
        with pytest.raises(hc.ServiceUnavailable):
            client.harmonize(CSV).wait()
        with pytest.raises(hc.ServiceUnavailable):
            client.inspect(CSV)
        for ask in (client.entities, client.rules, lambda: client.entity("patient")):
            with pytest.raises(hc.ServiceUnavailable):
                ask()
    assert time.monotonic() - began < 5


def test_a_refusal_while_bytes_are_still_sent_is_seen(client: Client) -> None:
    sent = 0

    def endless():
        nonlocal sent
        yield b"a\n!early\n"
        while True:
            sent += 1
            yield b"x" * CHUNK_BYTES

    with pytest.raises(hc.InputRefused, match="not text"):
        client.harmonize(endless()).wait()
    before = sent
    time.sleep(0.3)
    assert sent <= before + 1


def test_a_source_that_breaks_cancels_and_is_not_taken_for_the_whole(client: Client, engine, tmp_path: Path) -> None:
    def breaks():
        yield CSV
        assert until(lambda: engine[1].received)
        raise ValueError("my own")

    with pytest.raises(ValueError, match="my own"):
        client.harmonize(breaks(), out_dir=tmp_path / "out").wait()
    assert engine[1].ended.wait(2)
    with pytest.raises(ValueError, match="my own"):
        client.inspect(breaks())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("make", "reason"), [("missing", "NO_SUCH_FILE"), ("directory", "IS_A_DIRECTORY")])
def test_a_path_that_is_no_file_is_named(client: Client, tmp_path: Path, make: str, reason: str) -> None:
    path = tmp_path if make == "directory" else tmp_path / "missing.csv"
    with pytest.raises(hc.SourceError, match=path.name) as caught:
        client.harmonize(path)
    assert caught.value.reason == reason


def test_progress_comes_and_its_errors_end_the_run(client: Client, engine) -> None:
    seen: list[hc.Progress] = []
    client.harmonize(CSV, on_progress=seen.append).wait()
    assert seen[0].stage == "standardizing"
    assert seen[0].bytes_per_second == len(CSV) * 10
    assert seen[0].records_per_second == 20

    def fails(progress: hc.Progress) -> None:
        raise RuntimeError("my own")

    with pytest.raises(RuntimeError, match="my own"):
        client.harmonize(CSV + b"!slow,x\n", on_progress=fails).wait()
    assert engine[1].ended.wait(2)


def test_cancel_ends_within_a_second(client: Client, engine, tmp_path: Path) -> None:
    run = client.harmonize(CSV + b"!slow,x\n", out_dir=tmp_path / "out")
    timer = threading.Timer(0.3, run.cancel)
    timer.start()
    began = time.monotonic()
    with pytest.raises(hc.Cancelled):
        run.wait()
    assert time.monotonic() - began < 1.3
    assert engine[1].ended.wait(1)
    assert list(tmp_path.iterdir()) == []
    timer.join()


def test_leaving_the_block_ends_the_work(client: Client, engine, tmp_path: Path) -> None:
    with client.harmonize(CSV + b"!slow,x\n", out_dir=tmp_path / "out") as run:
        assert until(lambda: engine[1].specs)
    assert engine[1].ended.wait(1)
    with pytest.raises(hc.Cancelled):
        run.wait()


def test_a_forgotten_run_ends(client: Client, engine) -> None:
    batches = client.harmonize(CSV + b"!slow,x\n").batches()
    assert until(lambda: engine[1].specs)
    del batches
    assert engine[1].ended.wait(2)


def test_closing_a_finished_run_changes_nothing(client: Client, tmp_path: Path) -> None:
    run = client.harmonize(CSV, out_dir=tmp_path / "out")
    run.wait()
    run.close()
    run.cancel()
    assert run.summary.accounting == hc.Accounting(3, 2, 1, 0, 0, 0)
    assert run.summary.accounting.balanced
    assert (run.summary.score, run.summary.warnings) == (90.0, 3)


def test_a_server_that_does_not_read_holds_the_source_back(client: Client, engine) -> None:
    engine[1].gate.clear()
    taken = 0

    def counted():
        nonlocal taken
        for _ in range(400):
            taken += 1
            yield b"x" * CHUNK_BYTES

    run = client.harmonize(counted(), records=False)
    time.sleep(1)
    assert taken < 100  # What HTTP/2 windows and buffers hold, not 100 MB.
    run.close()


def test_amendments_are_listed_and_applied_in_tables(client: Client) -> None:
    run = client.harmonize(b"patient_id,!amend\n1,a\n2,b\n3,c\n")
    tables = run.tables()
    assert [a.record_no for a in run.amendments] == [1, 2]
    assert tables["patient"].column("record_no") == ["1", "3"]
    assert tables["patient"].column("record_status") == ["error", "ok"]


def test_a_mixed_file_has_a_schema_an_entity(client: Client, tmp_path: Path) -> None:
    run = client.harmonize(b"a\n!mixed\n", out_dir=tmp_path / "out")
    assert [(b.entity, b.fields[0]) for b in run.batches()] == [("patient", "a"), ("vital", "value")]
    assert "clean.vital.csv" in run.artifacts


def test_inspect_and_the_rule_book(client: Client) -> None:
    found = client.inspect(CSV, options={"delimiter": ","})
    assert (found.entity, [c.header for c in found.columns]) == ("patient", ["patient_id", "first"])
    assert client.entities()[0].fields[0].aliases == ["pid"]
    assert client.entity("patient").name == "patient"
    with pytest.raises(hc.NotFound):
        client.entity("nobody")
    assert client.rules()[0].id == "STD-DATE-3"
    with pytest.raises(hc.InputRefused):
        client.inspect(b"a\n!refuse\n")


def test_nothing_is_left_open(engine, tmp_path: Path) -> None:
    path = tmp_path / "labs.csv"
    path.write_bytes(CSV)

    def work() -> None:
        with Client(engine[0]) as client:
            client.harmonize(path, out_dir=tmp_path / "out").wait()
            with client.harmonize(CSV + b"!slow,x\n", out_dir=tmp_path / "out"):
                assert until(lambda: engine[1].specs)
            with pytest.raises(hc.InputRefused):
                client.harmonize(b"a\n!refuse\n").wait()

    work()
    until(lambda: False, 0.5)
    files, running = open_files(), threads()
    for _ in range(5):
        work()
    assert until(lambda: threads() <= running), "threads are left"
    assert until(lambda: open_files() <= files), "files are left"


def test_many_threads_share_a_client(client: Client) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            assert client.harmonize(CSV).summary.accounting.read == 3
        except BaseException as exc:
            failures.append(exc)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []


@pytest.mark.parametrize("store", [DirectoryStore, SingleFileStore])
def test_an_interrupt_right_after_the_partial_was_made_leaves_nothing(tmp_path: Path, monkeypatch, store) -> None:
    real = os.mkdir, os.open

    def interrupted(number: int):
        def call(*arguments, **more):
            real[number](*arguments, **more)
            raise KeyboardInterrupt

        return call

    monkeypatch.setattr("os.mkdir", interrupted(0))
    if store is SingleFileStore:
        monkeypatch.setattr("os.open", interrupted(1))
    half = store(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        half.write("clean", "clean.csv", b"a\n")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) != []
    half.abort()
    assert list(tmp_path.iterdir()) == []
