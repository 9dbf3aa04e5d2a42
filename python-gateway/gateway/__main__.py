"""python -m gateway [serve]: REST and JobService in one process.

python -m gateway worker: runs the jobs of gateways over PostgreSQL. python -m gateway migrate: the tables only.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from gateway import failpoints, version
from gateway.app import create_app
from gateway.datadir import DataDir
from gateway.db import migrate
from gateway.logs import configure
from gateway.settings import Settings, SettingsError, load
from gateway.wire import server_options
from gateway.worker import create_worker

log = logging.getLogger("gateway")

USAGE_ERROR = 2
ASKED_TWICE = 130


class _Server(uvicorn.Server):
    """Drains in the order that we want: tell, wait, stop taking, let end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, told: str) -> None:
        super().__init__(config)
        self._app, self._told = app, told
        self._draining: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            log.info(self._told, extra={"port": self.servers[0].sockets[0].getsockname()[1]})

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_stop)
        yield

    def _asked_to_stop(self) -> None:
        if self._draining is not None:  # Asked twice: no more patience. What runs is found again, as after a crash.
            log.warning("asked to stop a second time")
            os._exit(ASKED_TWICE)
        self._draining = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        gateway = getattr(self._app.state, "gateway", None)
        log.info("draining")
        if gateway is not None:
            await gateway.drain()
            await asyncio.sleep(gateway.settings.drain_notice_seconds)
            await gateway.finish()
        self.should_exit = True


def main() -> int:
    """Runs the command. 2: a setting is wrong."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("serve", "worker", "migrate"), default="serve")
    parser.add_argument("--version", action="version", version=version())
    command = parser.parse_args().command
    try:
        settings = load()
        configure(settings.log_level)
        failpoints.arm(os.environ.get(failpoints.VARIABLE, ""))
        if command == "migrate":
            with DataDir(settings.data_dir, shared=settings.has_workers):
                migrate(settings.effective_database_url)
            return 0
        if command == "worker":
            return serve(create_worker(settings), settings, settings.worker_port, "worker open")
        return serve(create_app(settings), settings, settings.rest_port)
    except SettingsError as error:
        print(f"gateway: {error}", file=sys.stderr)
        return USAGE_ERROR
    except Exception:
        log.exception("gateway cannot go on")
        return 1


def serve(app: FastAPI, settings: Settings, port: int, told: str = "listening") -> int:
    """Serves until a signal. 0: drained; 1: it could not start. told: what the log says of its port."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        # Ours to run: an exception in it would be logged by the framework with its text.
        lifespan="off",
        timeout_graceful_shutdown=max(1, int(settings.drain_seconds)),
        **server_options(),
    )
    server = _Server(config, app, told)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            await server.serve()

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run())
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
