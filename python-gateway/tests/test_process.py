"""The command: both servers in one process, settings that stop it, a signal that drains it."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
from running_gateway import PATIENTS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(tmp_path, **settings: str) -> dict[str, str]:
    ours = {f"HARMONIZER_{name.upper()}": value for name, value in settings.items()}
    base = {k: v for k, v in os.environ.items() if not k.startswith("HARMONIZER_")}
    return base | {"HOME": str(tmp_path / "home"), "HARMONIZER_DATA_DIR": str(tmp_path / "data")} | ours


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gateway", *arguments]


@contextmanager
def gateway(tmp_path, **settings: str):
    rest, grpc = free_port(), free_port()
    env = environment(tmp_path, rest_port=str(rest), grpc_port=str(grpc), engine_address="127.0.0.1:1", **settings)
    process = subprocess.Popen(command(), env=env, stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{rest}") as http:
            for _ in range(600):
                try:
                    http.get("/healthz")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, process.stderr.read()
                    time.sleep(0.05)
            yield process, http
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_serve_drain_and_keep(tmp_path):
    with gateway(tmp_path, backoff_seconds="60", drain_seconds="1", drain_notice_seconds="1") as (process, http):
        job = http.post("/api/v1/jobs", files={"file": ("Jane Doe.csv", PATIENTS)}).json()
        assert http.get("/readyz").status_code == 200
        with http.stream("GET", f"/api/v1/jobs/{job['id']}/events") as watching:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.4)
            assert http.get("/readyz").status_code == 503
            list(watching.iter_raw())  # Ends although the job has not.
        _, log = process.communicate(timeout=20)
        assert process.returncode == 0, log
    assert all(line.startswith("{") for line in log.splitlines()), log
    assert "Jane" not in log
    assert "gateway closed" in log
    with gateway(tmp_path, backoff_seconds="60") as (_, http):
        assert http.get(f"/api/v1/jobs/{job['id']}").json()["status"] in ("queued", "processing")


def test_one_gateway_a_data_directory(tmp_path):
    with gateway(tmp_path):
        second = subprocess.run(command(), env=environment(tmp_path), capture_output=True, text=True, timeout=30)
    assert second.returncode == 2
    assert "HARMONIZER_DATA_DIR: another gateway" in second.stderr


@pytest.mark.parametrize(("name", "value"), [("rest_port", "x"), ("host", "0.0.0.0"), ("data_dir", "/proc/nope")])
def test_a_bad_setting_stops_the_process(tmp_path, name, value):
    env = environment(tmp_path, **{name: value})
    ended = subprocess.run(command(), env=env, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2
    assert f"HARMONIZER_{name.upper()}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_taken_port_stops_the_process(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for name in ("rest_port", "grpc_port"):
            ports = {"rest_port": str(free_port()), "grpc_port": str(free_port()), name: str(taken.getsockname()[1])}
            env = environment(tmp_path, **ports)
            ended = subprocess.run(command(), env=env, capture_output=True, text=True, timeout=30)
            assert ended.returncode != 0, name
            assert "Traceback" not in ended.stderr


def test_migrate(tmp_path):
    for _ in range(2):
        ended = subprocess.run(
            command("migrate"), env=environment(tmp_path), capture_output=True, text=True, timeout=30
        )
        assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "data" / "gateway.db").exists()
