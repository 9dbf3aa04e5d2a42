"""harmonizer up: all services, one command."""

import contextlib
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import click

from ..errors import ServiceUnavailable
from ..process import TERMINOLOGY_SECONDS, find_engine, terminology_settings
from .given import terminology_option
from .outcome import DONE, EXIT_CODES, FAILED, Terminated
from .service import Service, python
from .worker import has_workers

HOST = "127.0.0.1"
START_SECONDS = 60.0
# The gateway drains for 30 s by default, the harmonizer for as long as its streams go on.
DRAIN_SECONDS = 45.0
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Ports:
    """Where everything listens, on this machine only."""

    rest: int
    jobs: int
    engine: int
    metrics: int
    worker: int

    def engine_settings(self) -> dict[str, str]:
        """Return the environment of the harmonizer."""
        return {
            "HARMONIZERD_LISTEN": f"{HOST}:{self.engine}",
            "HARMONIZERD_METRICS_LISTEN": f"{HOST}:{self.metrics}",
        }

    def gateway_settings(self, data_dir: str | None) -> dict[str, str]:
        """Return the environment of the gateway."""
        return {
            "HARMONIZER_HOST": HOST,
            "HARMONIZER_REST_PORT": str(self.rest),
            "HARMONIZER_GRPC_PORT": str(self.jobs),
            "HARMONIZER_ENGINE_ADDRESS": f"{HOST}:{self.engine}",
            "HARMONIZER_WORKER_PORT": str(self.worker),
            **({"HARMONIZER_DATA_DIR": data_dir} if data_dir else {}),
        }

    def picture(self) -> str:
        """Return the addresses for a person."""
        return (
            f"REST                http://{HOST}:{self.rest}/api/v1\n"
            f"JobService          {HOST}:{self.jobs} (gRPC)\n"
            f"HarmonizerService   {HOST}:{self.engine} (gRPC)\n"
            f"harmonizer metrics  http://{HOST}:{self.metrics}/metrics\n"
            + (f"worker metrics      http://{HOST}:{self.worker}/metrics\n" if has_workers() else "")
            + "Ctrl-C drains and ends them."
        )


def port_option(name: str, default: int, what: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Return an option for a port; 0 takes any free one."""
    kind = click.IntRange(0, 65535)
    return click.option(name, type=kind, default=default, show_default=True, help=f"{what}; 0 is any free port.")


@click.command(epilog=EXIT_CODES)
@port_option("--rest-port", 8080, "Port of REST")
@port_option("--jobs-port", 8090, "Port of JobService")
@port_option("--engine-port", 8081, "Port of HarmonizerService")
@port_option("--metrics-port", 8082, "Port of the harmonizer's metrics and probes")
@port_option("--worker-port", 8083, "Port of the worker's metrics and probes, where there is one")
@click.option("--data-dir", type=click.Path(file_okay=False), help="Where the gateway keeps jobs and files.")
@terminology_option
def up(
    rest_port: int,
    jobs_port: int,
    engine_port: int,
    metrics_port: int,
    worker_port: int,
    data_dir: str | None,
    terminology: str | None,
) -> int:
    """Run the harmonizer and the gateway on this machine until Ctrl-C, which lets them finish what they have begun.

    Where HARMONIZER_DATABASE_URL names a PostgreSQL, also a worker, which runs the jobs.
    Their logs go to standard error, the addresses to standard output. Other settings are taken from the environment:
    HARMONIZERD_* for the harmonizer, HARMONIZER_* for the gateway. Exit code 0 when all drained.
    """
    wanted = (rest_port, jobs_port, engine_port, metrics_port, worker_port if has_workers() else 0)
    ports = Ports(*(_free(port) for port in wanted))
    with contextlib.ExitStack() as stack:
        running: list[Service] = []
        stack.callback(_end, running)
        try:
            engine = [str(find_engine()), "--exit-with-parent"]
            settings = {**ports.engine_settings(), **terminology_settings(terminology)}
            wait = TERMINOLOGY_SECONDS if terminology else START_SECONDS
            _start(running, Service("harmonizerd", engine, settings), ports.engine, wait)
            gateway = ports.gateway_settings(data_dir)
            _start(running, Service("gateway", python("gateway"), gateway), ports.rest)
            if has_workers():
                _start(running, Service("worker", [*python("gateway"), "worker"], gateway), ports.worker)
            click.echo(ports.picture())
            _serve(running)
        except (KeyboardInterrupt, Terminated):
            click.echo("draining; Ctrl-C again ends at once", err=True)
            # Who runs the jobs still needs the harmonizer for what it finishes.
            drained = {service.name: _drain(service) for service in reversed(running)}
            return DONE if all(drained.values()) else FAILED
    return DONE


def _start(running: list[Service], service: Service, port: int, seconds: float = START_SECONDS) -> None:
    """Wait until a service listens, forwarding its log. Errors: ServiceUnavailable."""
    running.append(service)
    deadline = time.monotonic() + seconds
    for _ in _forwarding(running):
        if (status := service.status) is not None:
            raise ServiceUnavailable(f"{service.name} did not start; it ended with status {status}", reason="START")
        if _answers(port):
            return
        if time.monotonic() > deadline:
            raise ServiceUnavailable(f"{service.name} does not listen on port {port}", reason="START")


def _serve(running: Sequence[Service]) -> None:
    """Forward logs until a service ends by itself, which is an error."""
    for _ in _forwarding(running):
        for service in running:
            if service.status is not None:
                raise ServiceUnavailable(f"{service.name} ended with status {service.status}", reason="SERVICE_ENDED")


def _end(running: Sequence[Service]) -> None:
    for service in running:
        service.end()


def _drain(service: Service) -> bool:
    """Ask a service to end and wait for it. True: it ended as asked."""
    service.ask_to_end()
    deadline = time.monotonic() + DRAIN_SECONDS
    for _ in _forwarding([service]):
        if service.status is not None:
            return service.status == 0
        if time.monotonic() > deadline:
            break
    click.echo(f"{service.name} did not end in {DRAIN_SECONDS:.0f} s and is killed", err=True)
    return False


def _forwarding(running: Sequence[Service]) -> Iterator[None]:
    """Forward log lines for ever, yielding after each and at least every POLL_SECONDS."""
    with selectors.DefaultSelector() as selector:
        for service in running:
            selector.register(service.output, selectors.EVENT_READ, service)
        while True:
            for key, _ in selector.select(POLL_SECONDS):
                if not key.data.forward():
                    selector.unregister(key.fileobj)
            yield
            if not selector.get_map():
                time.sleep(POLL_SECONDS)


def _free(port: int) -> int:
    """Return the port, or any free one for 0. Errors: ServiceUnavailable where something listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as exc:
            why = os.strerror(exc.errno) if exc.errno else "not to be had"
            raise ServiceUnavailable(f"port {port}: {why}; choose another (see --help)", reason="PORT") from exc
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False
