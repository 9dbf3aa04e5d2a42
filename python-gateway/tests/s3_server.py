"""A real S3 server for tests: versitygw over a temporary directory, as a process of its own on a free loopback port.

`make test-python` builds the program into .venv/bin (tests/tools/s3/go.mod pins it). The server keeps its port over a
kill and a start, and what it answered for is still there then.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

BINARY = Path(sys.prefix) / "bin" / "versitygw"
HOST = "127.0.0.1"
ACCESS, SECRET, REGION = "test-access", "test-secret", "us-east-1"
START_SECONDS = 20.0


class S3Server:
    """One server with its buckets as directories below `root / "buckets"`."""

    def __init__(self, root: Path, port: int = 0) -> None:
        self.root, self.port = root, port or _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("buckets", "meta"):
            (root / name).mkdir(parents=True, exist_ok=True)

    @property
    def running(self) -> bool:
        """Whether it was started, and not killed since."""
        return self._process is not None

    def bucket(self, name: str) -> Path:
        """Makes the bucket; returns the directory that is it."""
        path = self.root / "buckets" / name
        path.mkdir(exist_ok=True)
        return path

    def environment(self, port: int = 0) -> dict[str, str]:
        """What a client needs to know: the usual variables. port: that of a proxy in front of the server."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": f"http://{HOST}:{port or self.port}",
            "NO_PROXY": f"{HOST},localhost",
        }

    def start(self) -> "S3Server":
        """Returns when the server takes connections."""
        assert self._process is None
        assert BINARY.exists(), f"{BINARY} is missing: make {BINARY}"
        # Metadata in files, because not every temporary directory keeps extended attributes.
        command = [str(BINARY), "--port", f"{HOST}:{self.port}", "--keep-alive", "--quiet", "posix", "--sidecar"]
        environment = os.environ | {"ROOT_ACCESS_KEY_ID": ACCESS, "ROOT_SECRET_ACCESS_KEY": SECRET}
        with (self.root / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(self.root / "meta"), str(self.root / "buckets")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
            )  # fmt: skip
        self._wait()
        return self

    def kill(self) -> None:
        """Ends the server at once, as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(30)
            self._process = None

    def pause(self) -> None:
        """Stops it where it is: connections are taken, and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def unfinished(self, bucket: str) -> list[str]:
        """Parts of multipart uploads that were neither completed nor aborted."""
        pending = self.root / "buckets" / bucket / ".sgwtmp" / "multipart"
        return sorted(str(path.relative_to(pending)) for path in pending.rglob("*") if path.is_file())

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + START_SECONDS
        while True:
            assert self._process.poll() is None, (self.root / "log").read_text()[-4000:]
            try:
                socket.create_connection((HOST, self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < end, "the S3 server does not listen"
                time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
