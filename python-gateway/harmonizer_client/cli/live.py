"""What a person sees while a file is being harmonized: a bar on a terminal, now and then a line elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from ..progress import Progress

LINE_SECONDS = 2.0
Show = Callable[[Progress], None]


def watching(name: str, quiet: bool) -> contextlib.AbstractContextManager[Show]:
    """Return what shows the progress of a file on stderr for the length of a ``with`` block."""
    if quiet:
        return contextlib.nullcontext(lambda progress: None)
    return _bar(name) if sys.stderr.isatty() else _lines(name)


def rates(progress: Progress) -> str:
    """Return the rates in words, such as "41.2 MB/s  512,000 records/s"."""
    return f"{progress.bytes_per_second / 1e6:.1f} MB/s  {progress.records_per_second:,.0f} records/s"


@contextlib.contextmanager
def _lines(name: str) -> Iterator[Show]:
    """Print a line every two seconds, so none for a short file."""
    due = time.monotonic() + LINE_SECONDS

    def show(progress: Progress) -> None:
        nonlocal due
        if time.monotonic() < due:
            return
        due = time.monotonic() + LINE_SECONDS
        percent = f"{progress.percent:3.0f}%  " if progress.percent else ""
        print(f"{name}: {percent}{progress.stage}  {rates(progress)}", file=sys.stderr, flush=True)

    yield show


@contextlib.contextmanager
def _bar(name: str) -> Iterator[Show]:
    """Draw a bar that vanishes at the end."""
    from rich import progress as rich_progress
    from rich.console import Console
    from rich.markup import escape

    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(bar_width=30),
        rich_progress.TextColumn("{task.percentage:>3.0f}%  {task.fields[stage]}  {task.fields[rates]}"),
    )
    # Standard output may be a file while stderr is a terminal: it is left alone.
    console = Console(stderr=True)
    with rich_progress.Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(escape(name), total=None, stage="starting", rates="")

        def show(progress: Progress) -> None:
            total = 100 if progress.percent else None
            bar.update(task, completed=progress.percent, total=total, stage=progress.stage, rates=rates(progress))

        yield show
