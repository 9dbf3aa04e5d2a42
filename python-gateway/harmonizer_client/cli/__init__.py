"""The command harmonizer."""

import os
import sys
from collections.abc import Sequence

import click

from ..errors import HarmonizerError
from ..memory import keep_memory
from .jobs import get, submit, watch
from .look import entities, inspect, rules
from .match import match
from .outcome import (
    BROKEN_PIPE,
    EXIT_CODES,
    INTERRUPTED,
    TERMINATED,
    ReaderGone,
    Terminated,
    code_of,
    complain,
    raise_on_termination,
)
from .run import run
from .up import up
from .version import version
from .worker import worker

WIDTH = {"max_content_width": 110, "help_option_names": ["-h", "--help"]}


class Group(click.Group):
    """Lists the commands in the order a person meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names as they were added."""
        return list(self.commands)


@click.group(cls=Group, context_settings=WIDTH, epilog=EXIT_CODES)
def cli() -> None:
    """Messy health data in, clean standard records and an account of every row out.

    harmonizer run labs.csv -o out    harmonizes a file on this machine, nothing else needed.
    """


for command in (run, inspect, match, up, worker, submit, watch, get, entities, rules, version):
    cli.add_command(command)


def main() -> None:
    """Run the command line and exit with its code."""
    # What gRPC has to say to its own developers is not for the reader of our standard error.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    keep_memory()
    raise_on_termination()
    sys.exit(exit_code(sys.argv[1:]))


def exit_code(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code, having said on stderr what went wrong."""
    try:
        code = cli.main(list(arguments), prog_name="harmonizer", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except HarmonizerError as exc:
        complain(exc)
        return code_of(exc)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except Terminated:
        click.echo("terminated", err=True)
        return TERMINATED
    except (BrokenPipeError, ReaderGone):
        # Nobody reads on; what Python would still flush at exit goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
