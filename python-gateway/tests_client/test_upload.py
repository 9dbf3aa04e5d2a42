"""JobsClient.submit over connections that break, and a gateway that is killed on the way."""

import hashlib
import io
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import harmonizer_client as hc
from harmonizer_client import JobsClient, upload
from tests_client.conftest import open_files, until
from tests_client.running_gateway import BreakingWire, GatewayProcess

PIECE = 150_000
DATA = random.Random(7).randbytes(2_400_000)
SHA = hashlib.sha256(DATA).hexdigest()
KEYED = "the same call again"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(tmp_path_factory.mktemp("gateway") / "data", HARMONIZER_UPLOAD_PART_BYTES="60000")
    gateway.start()
    yield gateway
    gateway.kill()


@pytest.fixture
def gateway(running: GatewayProcess, monkeypatch: pytest.MonkeyPatch) -> GatewayProcess:
    monkeypatch.setattr(upload, "PIECE_BYTES", PIECE)
    monkeypatch.setattr(upload, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(upload, "MOST_RETRY_SECONDS", 0.5)
    return running


def generated(data: bytes = DATA) -> Iterator[bytes]:
    for start in range(0, len(data), 99_999):
        yield data[start : start + 99_999]


def there(gateway: GatewayProcess, job: hc.Job) -> dict[str, object]:
    (file,) = job.files
    return gateway.upload(file.upload_id)


@pytest.mark.parametrize("kind", ["path", "bytes", "file object", "generator", "small", "one piece", "empty"])
def test_any_source_survives_broken_connections(gateway, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(DATA)
    sources: dict[str, tuple[object, bytes]] = {
        "path": (path, DATA),
        "bytes": (DATA, DATA),
        "file object": (io.BytesIO(DATA), DATA),
        "generator": (generated(), DATA),
        "small": (DATA[:1000], DATA[:1000]),
        "one piece": (generated(DATA[:PIECE]), DATA[:PIECE]),
        "empty": (b"", b""),
    }
    source, content = sources[kind]
    wire = BreakingWire(gateway.port, 3, 500_000)
    files = open_files()
    try:
        with JobsClient(wire.url) as client:
            job = client.submit(source)
    finally:
        wire.close()
    assert until(lambda: open_files() <= files)
    found = there(gateway, job)
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert (found["complete"], found["size_bytes"]) == (True, len(content))
    assert wire.breaks > (5 if len(content) > PIECE else -1)


def test_a_gateway_killed_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte that was acknowledged before is there after; the client sees nothing of it."""
    monkeypatch.setattr(upload, "PIECE_BYTES", PIECE)
    gateway = GatewayProcess(tmp_path / "data", HARMONIZER_UPLOAD_PART_BYTES="60000")
    gateway.start()
    offsets: list[int] = []
    moved = upload._Large._moved

    def noted(self, offset: int) -> None:
        assert offset >= max(offsets, default=0), "acknowledged bytes are gone"
        offsets.append(offset)
        moved(self, offset)

    monkeypatch.setattr(upload._Large, "_moved", noted)

    def slow() -> Iterator[bytes]:
        for number, piece in enumerate(generated()):
            if number == 8:
                # Some milliseconds on: while a piece is on its way.
                threading.Timer(0.005, gateway.kill).start()
                threading.Timer(0.7, gateway.start, (False,)).start()
            yield piece

    try:
        with JobsClient(gateway.url) as client:
            job = client.submit(slow())
        assert there(gateway, job)["sha256"] == SHA
    finally:
        time.sleep(0.05)
        gateway.kill()


def test_a_key_goes_on_with_what_an_ended_process_had_sent(gateway) -> None:
    def ends() -> Iterator[bytes]:
        yield from generated(DATA[: 5 * PIECE])
        raise KeyboardInterrupt

    with JobsClient(gateway.url) as client:
        with pytest.raises(KeyboardInterrupt):
            client.submit(ends(), idempotency_key=KEYED)
        job = client.submit(generated(), idempotency_key=KEYED)
        assert there(gateway, job)["sha256"] == SHA
        assert client.submit(generated(), idempotency_key=KEYED).id == job.id
        for other in (DATA[:-1], DATA + b"x", DATA[::-1]):
            with pytest.raises(hc.Conflict, match="idempotency key") as caught:
                client.submit(generated(other), idempotency_key=KEYED)
            assert caught.value.reason == "IDEMPOTENCY_KEY_REUSED"


def test_what_cannot_be_finished_is_removed(gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[str] = []
    create = upload._Large._create

    def noted(self) -> None:
        create(self)
        paths.append(self._path.rpartition("/")[2])

    monkeypatch.setattr(upload._Large, "_create", noted)

    def ends() -> Iterator[bytes]:
        yield from generated(DATA[: 5 * PIECE])
        raise OSError("the disk is broken")

    shrinking = tmp_path / "p.csv"
    shrinking.write_bytes(DATA)
    opened = shrinking.open("rb")
    with JobsClient(gateway.url) as client, opened:
        with pytest.raises(hc.SourceError):
            client.submit(ends())
        monkeypatch.setattr("harmonizer_client.source._size_left", lambda file: len(DATA) + 1)
        with pytest.raises(hc.SourceError, match="changed"):
            client.submit(opened)
    assert len(paths) == 2
    for upload_id in paths:
        with pytest.raises(AssertionError, match="UPLOAD_NOT_FOUND"):
            gateway.upload(upload_id)


def test_other_bytes_than_were_sent_are_told(gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    patch = upload._Large._patch
    monkeypatch.setattr(upload._Large, "_patch", lambda self, content, size: patch(self, bytes(len(content)), size))
    with JobsClient(gateway.url) as client, pytest.raises(hc.ArtifactMismatch, match="did not arrive"):
        client.submit(DATA)


def test_a_gateway_that_is_not_there_is_told_at_once(gateway) -> None:
    began = time.monotonic()
    with JobsClient("http://127.0.0.1:1") as client, pytest.raises(hc.ServiceUnavailable):
        client.submit(DATA)
    assert time.monotonic() - began < 5


def test_a_gateway_that_stays_away_is_given_up(gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "RETRY_SECONDS", 0.001)
    wire = BreakingWire(gateway.port, 3, 10**9)

    def alone() -> Iterator[bytes]:
        for number, piece in enumerate(generated()):
            if number == 5:
                wire.close()
            yield piece

    with JobsClient(wire.url) as client, pytest.raises(hc.ServiceUnavailable) as caught:
        client.submit(alone())
    assert caught.value.reason == "UNREACHABLE"
