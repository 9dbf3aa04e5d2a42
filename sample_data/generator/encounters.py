"""encounters.csv: admissions and visits (UTF-16LE with BOM, comma, CRLF)."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from . import dates
from .people import Visit, npi
from .table import ERROR, INFO, WARNING, Cells, Clothes, Fault, Plant, Row, Table

COLUMNS = (
    "encounter_id patient_id encounter_class admit_date discharge_date discharge_dispositon "
    "admitting_source reasoncode chief_complaint department_id npi payer bed_label"
)
WORDS = {
    "AMB": ["outpatient", "AMB", "clinic", "Office", "wellness"],
    "EMER": ["Emergency", "ED", "er"],
    "IMP": ["inpatient", "IP", "admitted"],
    "VR": ["Telehealth", "video"],
}
REASONS = [("I10", "high blood pressure"), ("R05.9", "cough"), ("M54.50", "back pain"), ("", "check-up")]


def build(stays: list[Visit], quiet: list[Visit], rng: Random) -> Table:
    """One row a stay; nothing happened in the `quiet` ones that other files would tell of."""
    clothes = Clothes(",", "utf-16-le", "\r\n")
    table = Table("encounters.csv", "encounter", COLUMNS.split(), clothes, rng)
    for number, stay in enumerate([*stays, *quiet]):
        cells = encounter(stay, rng, number)
        still_in = cells["discharge_date"].startswith("9999")
        fault = Fault("NULL-3", INFO, "discharge_date", "open-ended")
        table.add(cells, *([fault] if still_in else []))
    table.file_faults += [
        Fault("STD-ENC-1", WARNING, "", "not UTF-8: UTF-16LE by its BOM"),
        Fault("MAP-3", INFO, "discharge_dispositon", "mis-spelt header: passes through, suggested"),
    ]
    empty = {stay.encounter_id for stay in quiet}
    table.plant(replace(plant, where=lambda cells: cells["encounter_id"] in empty) for plant in PERIODS)
    table.plant(PLANTS)
    repeats(table)
    table.broken("V889999,NV-041007,AMB", Fault("STD-CSV-1", ERROR, "", "ragged row"))
    return table


def encounter(stay: Visit, rng: Random, number: int) -> Cells:
    shape = ["mdy", "iso", "mon", "rfc"][number % 4]
    reason, words = rng.choice(REASONS)
    open_ended = number % 17 == 16
    return {
        "encounter_id": stay.encounter_id,
        "patient_id": stay.person.patient_id,
        "encounter_class": rng.choice(WORDS[stay.kind]),
        "admit_date": dates.MOMENTS[shape](stay.start),
        "discharge_date": "9999-12-31" if open_ended else dates.MOMENTS[shape](stay.end),
        "discharge_dispositon": rng.choice(["home", "home with care", ""]),
        "admitting_source": rng.choice(["walk-in", "referral", "N/A"]),
        "reasoncode": reason,
        "chief_complaint": words,
        "department_id": f"D{rng.randrange(10, 20)}",
        "npi": npi(rng),
        "payer": rng.choice(["Invented Mutual", "self", ""]),
        "bed_label": rng.choice(["", "3-14", "0-2"]),
    }


def repeats(table: Table) -> None:
    """Exact duplicates, a poorer copy that goes, and a different copy that stays."""
    table.duplicate(3)
    whole = table.pick(lambda cells: cells["discharge_date"][:4] not in {"9999", ""})
    poorer = Row(whole.cells | {"discharge_date": "", "payer": ""})
    poorer.faults.append(Fault("DED-2", INFO, "encounter_id", "same id with fewer facts: removed"))
    table.insert(poorer, after=whole)
    table.moves["duplicates"] += 1
    table.again(
        lambda _cells: {"chief_complaint": "chest pain", "department_id": "D77"},
        Fault("DED-2", WARNING, "encounter_id", "same id with other facts: both stay"),
    )


def bad(rule: str, severity: str, column: str, value: str, what: str) -> Plant:
    return Plant(Fault(rule, severity, column, what), {column: value})


# A stay at another time than what happened in it would be a fault of other files too (VAL-DATE-5).
PERIODS = [
    Plant(
        Fault("VAL-DATE-4", ERROR, "admit_date", "discharged before admitted"),
        {"admit_date": "2025-06-10 08:00:00", "discharge_date": "2025-06-01 08:00:00"},
    ),
    bad("VAL-DATE-1", ERROR, "admit_date", "2107-04-04 09:00:00", "in the future"),
    bad("STD-DATE-10", ERROR, "admit_date", "2023-02-29 09:00:00", "impossible day"),
    bad("STD-DATE-9", WARNING, "admit_date", "2024-07-07 09:00:00 EST", "time zone by abbreviation"),
]
PLANTS = [
    bad("STD-ENCTR-1", ERROR, "encounter_class", "LEGACY-7", "unknown class"),
    bad("STD-ENCTR-1", WARNING, "encounter_class", "snf", "nursing facility: detail kept aside"),
    bad("STD-ENCTR-1", WARNING, "encounter_class", "ED to inpatient", "two classes in one"),
    bad("VAL-NPI-1", ERROR, "npi", "1234567890", "wrong check digit"),
    bad("VAL-REQ-1", ERROR, "patient_id", "NULL", "no patient"),
    bad("SEC-1", WARNING, "chief_complaint", "=1+1", "formula"),
    bad("SEC-1", WARNING, "bed_label", "-A2", "text that a spreadsheet would compute"),
]
