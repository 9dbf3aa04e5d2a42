"""The task of the patients: who finds the records that are one person."""

from __future__ import annotations

import matching_page
import patients
import quality
from contest import MATCHING, WORK, measure, needed, turns
from report import Chosen, Outcome, Series, load_average
from services import running


def run(chosen: Chosen) -> Outcome:
    """Measure it. Errors: NotAvailable, ContestantFailed.

    Quality is judged in each run, and once more on a population in which nothing is made hard; that run is not timed.
    """
    part = {name: who for name, who in MATCHING.items() if chosen.takes(name)}
    found = {name: Series(who.shown) for name, who in part.items()}
    files = {kind: patients.write(WORK, chosen.patients, kind) for kind in ("mixed", "plain")}
    persons = {kind: patients.persons(truth) for kind, (_, truth) in files.items()}
    load = [load_average()]
    with running(needed(part.values())) as services:
        for number in range(chosen.runs + 1):
            kind = "mixed" if number < chosen.runs else "plain"
            for name in turns(found, number):
                series, target = found[name], WORK / f"{name}.{'ndjson' if part[name].through else 'csv'}"
                into = series if kind == "mixed" else Series(series.name)
                measure(part[name], files[kind][0], target, services, into)
                chosen.tell(into, number)
                series.quality.setdefault(kind, []).append(quality.score(target, persons[kind]))
                target.unlink()
    load.append(load_average())
    size_bytes = files["mixed"][0].stat().st_size
    return Outcome(matching_page.section(list(found.values()), chosen, size_bytes, load), {})
