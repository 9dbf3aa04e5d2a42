"""clinic_survey.csv: a table of no known entity; it only gets cleaned (UTF-8, semicolon)."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from . import dates
from .table import INFO, WARNING, Clothes, Fault, Plant, Table

COLUMNS = ["Form No", "Answered Date", "Ease of Booking", "Minutes Waited", "Would Recommend", "Remarks"]
REMARKS = ["", "kind staff", "too warm\nin the corridor", 'said "come back"; did not', "parking!"]


def build(rng: Random, count: int) -> Table:
    """Paper forms typed in by hand."""
    table = Table("clinic_survey.csv", "generic", COLUMNS, Clothes(";"), rng)
    for number in range(count):
        table.add(
            {
                "Form No": f"{number + 1:05d}",
                "Answered Date": dates.DAYS["iso"](date(2025, 3, 1) + timedelta(days=number)),
                "Ease of Booking": rng.choice(["1", "2", "3", "4", "5", "cancelled"]),
                "Minutes Waited": rng.choice(["5", "10", "25", "999", "007"]),
                "Would Recommend": rng.choice(["yes", "no", "F", "T", ""]),
                "Remarks": rng.choice(REMARKS),
            }
        )
    table.file_faults += [
        Fault("STD-CSV-1", WARNING, "", "delimiter semicolon"),
        Fault("MAP-2", WARNING, "", "no entity fits: generic"),
    ]
    table.plant(PLANTS)
    table.duplicate(3)
    table.blank()
    return table


def bad(rule: str, severity: str, value: str, what: str) -> Plant:
    return Plant(Fault(rule, severity, "Remarks", what), {"Remarks": value})


PLANTS = [
    bad("SEC-1", WARNING, "=WEBSERVICE(A1)", "formula"),
    bad("SEC-1", WARNING, "+loud music", "text that a spreadsheet would compute"),
    bad("STD-ENC-2", WARNING, "cafÃ© closed", "mojibake"),
    bad("STD-TXT-2", WARNING, "no\u200bcomment", "zero-width space inside"),
    bad("STD-TXT-1", INFO, "three \u00a0 spaces", "no-break spaces"),
    bad("NULL-1", INFO, r"\N", "missing-value token"),
]
