"""harmonizer submit, watch and get: jobs at a gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..artifacts import SingleFileStore
from ..errors import HarmonizerError
from ..job import Job
from ..spec import OPERATIONS, OUTPUT_FORMATS
from .account import account, number, where
from .given import SETTINGS, job_options, label_of, mapping_of, mapping_option, setting_options, settings_of, sources_of
from .live import watching
from .outcome import DONE, EXIT_CODES, code_of, complain
from .place import STDIN, stem_of
from .stdout import StdoutStore

if TYPE_CHECKING:
    from ..jobs import JobsClient

gateway_option = click.option(
    "--server", metavar="HOST:PORT", default="localhost:8080", show_default=True, help="Where the gateway's REST is."
)
quiet_option = click.option("--quiet", is_flag=True, help="Show no progress.")


@click.command(epilog=f"{SETTINGS}\n\n{EXIT_CODES}")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--together", is_flag=True, help="One job over several files.")
@click.option("--operation", type=click.Choice(list(OPERATIONS)), default="harmonize", show_default=True)
@click.option("--format", "output_format", type=click.Choice(list(OUTPUT_FORMATS)), default="csv", show_default=True)
@click.option("--key", default="", help="Idempotency key: the same key again answers with the same job.")
@setting_options
@job_options
@mapping_option
@gateway_option
def submit(
    paths: tuple[str, ...],
    together: bool,
    operation: str,
    output_format: str,
    key: str,
    entity: str | None,
    sets: tuple[str, ...],
    mapping: str | None,
    server: str,
) -> int:
    """Send a file to the gateway as a job, and print the job's id once both are safe there.

    With --together several files become one job: references are checked and duplicates found between them, and their
    order counts. PATH may be -, standard input. Then: harmonizer watch ID, harmonizer get ID -o DIR.
    """
    if len(paths) > 1 and not together:
        raise click.UsageError("several files make one job with --together; without it, submit them one by one")
    if paths.count(STDIN) > 1:
        raise click.UsageError("standard input can be read once only")
    options = settings_of(sets, entity, mapping_of(mapping))
    try:
        with _client(server) as client:
            job = client.submit(
                sources_of(paths, stdin="stdin"),
                operation=operation,
                options=options,
                output_format=output_format,
                idempotency_key=key,
            )
    except HarmonizerError as exc:
        complain(exc, label_of(paths[0]) if len(paths) == 1 else "")
        return code_of(exc)
    click.echo(job.id)
    return DONE


@click.command(epilog=EXIT_CODES)
@click.argument("job_id", metavar="ID")
@gateway_option
@quiet_option
def watch(job_id: str, server: str, quiet: bool) -> int:
    """Show a job's progress until it ends. The exit code is that of the job, as `harmonizer run` would have had it."""
    with _client(server) as client:
        job = client.get(job_id)
        if not job.ended:
            with watching(_name(job), quiet) as show:
                for event in client.watch(job_id):
                    if event.progress is not None:
                        show(event.progress)
            job = client.get(job_id)
    return _tell(job)


@click.command(epilog=EXIT_CODES)
@click.argument("job_id", metavar="ID")
@click.argument("name", required=False)
@click.option("-o", "--out", metavar="DIR|FILE", help="Where to write; - is standard output, for one artifact.")
@gateway_option
@click.option("--json", "as_json", is_flag=True, help="Print the job as JSON.")
def get(job_id: str, name: str | None, out: str | None, server: str, as_json: bool) -> int:
    """Show a job, or fetch what it made.

    \b
    harmonizer get ID                      the job
    harmonizer get ID -o DIR               all artifacts, into a folder of the file's name as `harmonizer run` does;
                                           those of several files into DIR, as `harmonizer run --together` does
    harmonizer get ID clean.csv [-o FILE]  one artifact, by default to a file of its name; -o - is standard output
    """
    with _client(server) as client:
        job = client.get(job_id)
        if as_json:
            click.echo(json.dumps(job.answer, indent=2))
        elif name is not None:
            _fetch_one(client, job, name, out or name)
        elif out is None:
            return _tell(job)
        elif out == STDIN:
            raise click.UsageError("standard output takes one artifact: name it")
        else:
            place = Path(out) / ("" if len(job.files) > 1 else stem_of(job.file_name or job.id))
            client.fetch(job, place)
            click.echo(f"{_name(job)}: written to {place}/")
    return DONE


def _fetch_one(client: JobsClient, job: Job, name: str, out: str) -> None:
    if out == STDIN:
        client.fetch(job, names=(name,), store=StdoutStore(name))
    else:
        client.fetch(job, names=(name,), store=SingleFileStore(Path(out)))


def _name(job: Job) -> str:
    """Return what to call a job in a message."""
    return number(len(job.files), "file") if len(job.files) > 1 else label_of(job.file_name or job.id)


def _tell(job: Job) -> int:
    """Print where a job stands, and return the exit code that fits."""
    name = _name(job)
    if job.summary is not None:
        end = where(job.operation, f"the gateway: harmonizer get {job.id} -o DIR")
        click.echo(account(name, job.summary, {}, job.operation, end))
        return DONE
    if not job.ended:
        percent = f", {job.progress.percent:.0f} %" if job.progress else ""
        click.echo(f"{name}: {job.status}{percent}")
        return DONE
    try:
        job.check()
    except HarmonizerError as exc:
        complain(exc, name)
        return code_of(exc)
    return DONE


def _client(server: str) -> JobsClient:
    from ..jobs import JobsClient

    return JobsClient(server)
