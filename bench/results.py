"""The results pages: one section a task, between marks, so that one task can be measured again without the other."""

from __future__ import annotations

import re
from pathlib import Path

HEADING = "# Benchmarks\n"


def put(page: Path, task: str, text: str) -> None:
    """Write the section of a task into the page, in the place of an older one or after the others."""
    old = page.read_text("utf-8") if page.exists() else HEADING
    section = f"<!-- task: {task} -->\n{text.strip()}\n<!-- end -->"
    place = re.compile(rf"<!-- task: {task} -->\n.*?<!-- end -->", re.DOTALL)
    new = place.sub(lambda _: section, old) if place.search(old) else f"{old.rstrip()}\n\n{section}\n"
    page.write_text(new, "utf-8")
