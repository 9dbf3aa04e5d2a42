"""harmonizer worker: runs the jobs that gateways over PostgreSQL accept."""

import os
import sys
from collections.abc import Mapping

import click

from .outcome import EXIT_CODES
from .service import python

DATABASE = "HARMONIZER_DATABASE_URL"
POSTGRES = ("postgresql://", "postgresql+psycopg://", "postgres://")


def has_workers(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the environment names a PostgreSQL: then workers run the jobs, and the gateway does not."""
    return environment.get(DATABASE, "").lower().startswith(POSTGRES)


@click.command(epilog=EXIT_CODES)
@click.option(
    "--port", type=click.IntRange(0, 65535), show_default="8083", help="Port of probes and metrics; 0 is any free port."
)
@click.option("--jobs", type=click.IntRange(1, 256), show_default="4", help="Jobs that run at once.")
def worker(port: int | None, jobs: int | None) -> None:
    """Run jobs out of the PostgreSQL that HARMONIZER_DATABASE_URL names, until SIGTERM or Ctrl-C, which lets what runs
    end or hands it back.

    Any number of workers on any number of machines, with the settings of the gateways: HARMONIZER_DATABASE_URL,
    HARMONIZER_BLOB_URL (or a data directory that all of them see) and HARMONIZER_ENGINE_ADDRESS. Logs go to standard
    error. /healthz, /readyz and /metrics answer on the port.
    """
    given = {"HARMONIZER_WORKER_PORT": port, "HARMONIZER_WORKERS": jobs}
    sys.stdout.flush()
    # In its place, so that signals and the exit code are the worker's own.
    os.execve(sys.executable, [*python("gateway"), "worker"], {**os.environ, **_set(given)})


def _set(given: Mapping[str, int | None]) -> dict[str, str]:
    return {name: str(value) for name, value in given.items() if value is not None}
