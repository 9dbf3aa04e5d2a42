"""Client of the harmonizer: messy health data in, clean standard records and an account of every row out.

    from harmonizer_client import Client

    with Client("localhost:8081") as client, client.harmonize("labs.csv.gz") as run:
        for batch in run.batches():
            ...
        print(run.summary.accounting)

No value of the input ever stands in an error, a progress report or a summary; values are in batches and artifacts
only.
"""

from typing import TYPE_CHECKING

from harmonizer_mapping import Mapping

from .aio import AsyncClient, AsyncRun
from .amend import Amendment
from .artifacts import Artifact, ArtifactStore, DirectoryStore, MemoryStore, OutputError
from .batch import Batch
from .client import Client
from .errors import (
    ArtifactMismatch,
    Cancelled,
    Conflict,
    HarmonizerError,
    InputRefused,
    InternalError,
    InvalidOption,
    JobFailed,
    LimitExceeded,
    NotFound,
    ServiceUnavailable,
    SourceError,
    Unimplemented,
)
from .job import Job, JobError, JobEvent, JobFile
from .mapping import load_mapping
from .options import Options, parse_settings
from .progress import Accounting, ArtifactSummary, FileSummary, Progress, Summary
from .run import Run

if TYPE_CHECKING:
    from .jobs import JobsClient

__all__ = [
    "Accounting",
    "Amendment",
    "Artifact",
    "ArtifactMismatch",
    "ArtifactStore",
    "ArtifactSummary",
    "AsyncClient",
    "AsyncRun",
    "Batch",
    "Cancelled",
    "Client",
    "Conflict",
    "DirectoryStore",
    "FileSummary",
    "HarmonizerError",
    "InputRefused",
    "InternalError",
    "InvalidOption",
    "Job",
    "JobError",
    "JobEvent",
    "JobFailed",
    "JobFile",
    "JobsClient",
    "LimitExceeded",
    "Mapping",
    "MemoryStore",
    "NotFound",
    "Options",
    "OutputError",
    "Progress",
    "Run",
    "ServiceUnavailable",
    "SourceError",
    "Summary",
    "Unimplemented",
    "load_mapping",
    "parse_settings",
]


def __getattr__(name: str) -> object:
    """Import the gateway's client when it is asked for: HTTP doubles the time that a command takes to start."""
    if name == "JobsClient":
        from .jobs import JobsClient

        return JobsClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
