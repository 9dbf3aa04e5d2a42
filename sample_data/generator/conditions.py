"""conditions.csv: the problem list (UTF-8, comma)."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from . import dates
from .people import Visit
from .table import ERROR, WARNING, Cells, Clothes, Fault, Plant, Table

COLUMNS = "START STOP PATIENT ENCOUNTER CODE SYSTEM DESCRIPTION STATUS SEVERITY CODER_NOTE"
PROBLEMS = [
    ("I10", "ICD-10-CM", "Essential hypertension"),
    ("e119", "10", "Type 2 diabetes mellitus"),
    ("J45909", "ICD-10-CM", "Asthma, unspecified"),
    ("38341003", "SNOMED", "Hypertensive disorder"),
    ("44054006", "http://snomed.info/sct", "Diabetes mellitus type 2"),
    ("195967001", "SNOMED", "Asthma"),
    ("U07.1", "10", "COVID-19"),
]


def build(stays: list[Visit], rng: Random) -> Table:
    """One or two problems a stay."""
    table = Table("conditions.csv", "condition", COLUMNS.split(), Clothes(), rng)
    for stay in stays:
        for problem in rng.sample(PROBLEMS, rng.choice([1, 1, 2])):
            table.add(condition(stay, problem, rng, len(table.rows)))
    table.plant(PLANTS)
    table.duplicate(4)
    table.duplicate(
        2,
        lambda cells: {"CODE": "E11.9"},
        where=lambda cells: cells["CODE"] == "e119",
        what="the same record again, differing in the spelling of the code",
    )
    table.broken(
        '2024-01-01,,NV-041007,V880000,I10,10,"Hypertension" (old),active,,',
        Fault("STD-CSV-1", ERROR, "", "text after a closing quote"),
    )
    table.blank()
    return table


def condition(stay: Visit, problem: tuple[str, str, str], rng: Random, number: int) -> Cells:
    code, system, words = problem
    shape = ["iso", "mdy", "dmy", "mon"][number % 4]
    over = rng.random() < 0.4
    until = stay.start + timedelta(days=rng.randrange(3, 200))
    return {
        "START": dates.DAYS[shape](stay.start),
        "STOP": dates.DAYS[shape](until) if over else "",
        "PATIENT": stay.person.patient_id,
        "ENCOUNTER": stay.encounter_id,
        "CODE": code,
        "SYSTEM": system,
        "DESCRIPTION": words,
        "STATUS": "Resolved" if over else rng.choice(["Active", "active"]),
        "SEVERITY": rng.choice(["", "mild", "moderate"]),
        "CODER_NOTE": rng.choice(["", "", "reviewed\nsee chart"]),
    }


def bad(rule: str, severity: str, column: str, what: str, **cells: str) -> Plant:
    return Plant(Fault(rule, severity, column, what), cells)


PLANTS = [
    bad(
        "VAL-ICD-1",
        WARNING,
        "CODE",
        "ICD-9 after its end",
        CODE="4019",
        SYSTEM="9",
        START="2024-02-02",
        STOP="",
        STATUS="active",
    ),
    bad("VAL-ICD-1", ERROR, "CODE", "not the shape of ICD-10", CODE="1E1.9", SYSTEM="10"),
    bad("VAL-SCT-1", ERROR, "CODE", "wrong check digit", CODE="38341004", SYSTEM="SNOMED"),
    bad("VAL-SCT-1", ERROR, "CODE", "too short", CODE="12345", SYSTEM="SNOMED"),
    bad("STD-CODE-1", ERROR, "SYSTEM", "unknown code system", CODE="ENG-4", SYSTEM="HOUSE-LIST"),
    bad("STD-CODE-1", WARNING, "SYSTEM", "code system inferred", CODE="233604007", SYSTEM=""),
    bad(
        "STD-COND-1",
        WARNING,
        "STATUS",
        "active with an end date",
        START="2024-03-03",
        STOP="2024-05-05",
        STATUS="active",
    ),
    bad(
        "STD-COND-1",
        WARNING,
        "STATUS",
        "closed is read as resolved",
        START="2024-03-03",
        STOP="2024-05-05",
        STATUS="closed",
    ),
    bad("VAL-DATE-4", ERROR, "START", "begins after it ends", START="2025-05-31", STOP="2025-02-15", STATUS="resolved"),
    bad("STD-DATE-2", ERROR, "START", "not an English date", START="5 mars 2024", STOP=""),
    bad("VAL-REQ-1", ERROR, "PATIENT", "no patient", PATIENT=""),
    bad("STD-ENC-2", WARNING, "DESCRIPTION", "mojibake", DESCRIPTION="MÃ©niÃ¨re disease"),
]
