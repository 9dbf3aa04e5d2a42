"""harmonizer version: which parts are installed, and which gateway answers."""

import platform
import subprocess
from importlib import metadata

import click

from ..errors import ServiceUnavailable
from ..process import find_engine
from .outcome import DONE, EXIT_CODES


@click.command(epilog=EXIT_CODES)
@click.option("--server", metavar="HOST:PORT", help="A gateway whose version is told too; where its REST is.")
def version(server: str | None) -> int:
    """Print the versions of the client, of the engine it would start, and of what they stand on."""
    click.echo(f"harmonizer   {_installed('harmonizer')}")
    click.echo(f"harmonizerd  {_engine()}")
    click.echo(f"grpcio       {_installed('grpcio')}")
    click.echo(f"python       {platform.python_version()}")
    if server:
        click.echo(f"gateway      {_gateway(server)}  ({server})")
    return DONE


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed as a package"


def _gateway(server: str) -> str:
    """Return what a gateway says of itself. Errors: HarmonizerError."""
    from ..jobs import JobsClient

    with JobsClient(server) as client:
        return client.version()


def _engine() -> str:
    """Return what the engine says of itself with --version, and where it is."""
    try:
        program = find_engine()
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=5, check=False)
    except (ServiceUnavailable, OSError, subprocess.TimeoutExpired):
        return "not found"
    said = answer.stdout.strip() if answer.returncode == 0 else "does not say"
    return f"{said}  ({program})"
