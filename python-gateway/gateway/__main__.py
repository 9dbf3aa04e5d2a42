"""python -m gateway [serve]: REST and JobService in one process. python -m gateway migrate: the tables only."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
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

log = logging.getLogger("gateway")

USAGE_ERROR = 2


class _Server(uvicorn.Server):
    """Drains in the order that we want: tell, wait, stop taking, let end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app
        self._draining: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_stop)
        yield

    def _asked_to_stop(self) -> None:
        if self._draining is not None:  # Asked twice: no more patience.
            self.should_exit = self.force_exit = True
            return
        self._draining = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        gateway = getattr(self._app.state, "gateway", None)
        log.info("draining")
        if gateway is not None:
            await gateway.drain()
            await asyncio.sleep(gateway.settings.drain_notice_seconds)
            gateway.end_watches()
        self.should_exit = True


def main() -> int:
    """Runs the command. 2: a setting is wrong."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("serve", "migrate"), default="serve")
    parser.add_argument("--version", action="version", version=version())
    command = parser.parse_args().command
    try:
        settings = load()
        configure(settings.log_level)
        failpoints.arm(os.environ.get(failpoints.VARIABLE, ""))
        if command == "migrate":
            with DataDir(settings.data_dir):
                migrate(settings.effective_database_url)
            return 0
        return serve(settings)
    except SettingsError as error:
        print(f"gateway: {error}", file=sys.stderr)
        return USAGE_ERROR
    except Exception:
        log.exception("gateway cannot go on")
        return 1


def serve(settings: Settings) -> int:
    """Serves until a signal. 0: drained; 1: it could not start. Raises SettingsError."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.rest_port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        # Ours to run: an exception in it would be logged by the framework with its text.
        lifespan="off",
        timeout_graceful_shutdown=max(1, int(settings.drain_seconds)),
        **server_options(),
    )
    server = _Server(config, app)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            await server.serve()

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run())
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
