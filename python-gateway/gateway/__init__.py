"""The gateway: uploads, jobs, events and artifacts, over REST and gRPC, in front of the harmonizer."""

from importlib import metadata


def version() -> str:
    """Version of the installed distribution; "0+unknown" when run from a tree that was never installed."""
    try:
        return metadata.version("harmonizer")
    except metadata.PackageNotFoundError:
        return "0+unknown"
