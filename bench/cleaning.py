"""The task of the laboratory file: everybody cleans the same 1.2 million rows."""

from __future__ import annotations

import hashlib
from pathlib import Path
from statistics import median

import labs_page
from contest import LABS, WORK, measure, needed, turns
from extract import extract, warm
from report import Chosen, Outcome, Series, load_average
from services import running


def run(chosen: Chosen) -> Outcome:
    """Measure it. Errors: NotAvailable, ContestantFailed."""
    part = {name: who for name, who in LABS.items() if chosen.takes(name)}
    found = {name: Series(who.shown) for name, who in part.items()}
    source = extract(WORK, chosen.rows)
    size_bytes, load = warm(source), [load_average()]
    with running(needed(part.values())) as services:
        for number in range(chosen.runs):
            for name in turns(found, number):
                series, target = found[name], WORK / f"{name}.csv"
                measure(part[name], source, target, services, series)
                chosen.tell(series, number)
                if number == 0:
                    series.records, digest = fingerprint(target)
                    series.digest = "" if part[name].through else digest
                target.unlink()
    load.append(load_average())
    facts = {f"labs.{name}": median(series.seconds) for name, series in found.items()}
    return Outcome(labs_page.section(list(found.values()), chosen, size_bytes, load), facts)


def fingerprint(path: Path) -> tuple[int, str]:
    """Number of records, and a digest that does not depend on their order."""
    count, total = -1, 0
    with path.open("rb") as file:
        for line in file:
            count += 1
            total += int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "big")
    return count, f"{total % 2**64:016x}"
