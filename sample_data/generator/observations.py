"""observations.csv.gz: vital signs, laboratory and surveys in one file (UTF-8, comma, gzip)."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from .people import Visit
from .table import ERROR, INFO, WARNING, Clothes, Fault, Plant, Table

COLUMNS = "DATE PATIENT ENCOUNTER CATEGORY CODE DESCRIPTION VALUE UNITS TYPE"
# category, LOINC, name, unit, lowest, highest, decimal places
KINDS = [
    ("vital-signs", "8867-4", "Heart rate", "/min", 55, 105, 0),
    ("vital-signs", "8480-6", "Systolic Blood Pressure", "mm[Hg]", 104, 158, 0),
    ("vital-signs", "8462-4", "Diastolic Blood Pressure", "mm[Hg]", 60, 90, 0),
    ("vital-signs", "8310-5", "Body temperature", "Cel", 36, 38.9, 1),
    ("vital-signs", "29463-7", "Body Weight", "kg", 52, 104, 1),
    ("laboratory", "2345-7", "Glucose", "mg/dL", 66, 130, 1),
    ("laboratory", "2160-0", "Creatinine", "mg/dL", 0.5, 1.4, 2),
    ("laboratory", "718-7", "Hemoglobin", "g/dL", 11, 17, 1),
    ("laboratory", "2951-2", "Sodium", "mmol/L", 133, 147, 0),
]
SURVEY = ("survey", "76504-0", "Total score", "{score}", 0, 21, 0)


def build(stays: list[Visit], rng: Random) -> Table:
    """Four observations a stay; rows are routed by category (MAP-6)."""
    clothes = Clothes(",", "utf-8", "\n", gzipped=True)
    table = Table("observations.csv.gz", "lab_result", COLUMNS.split(), clothes, rng)
    for number, stay in enumerate(stays):
        for kind in rng.sample(KINDS, 4) + ([SURVEY] if number % 4 == 0 else []):
            observe(table, stay, kind)
    table.plant(PLANTS)
    table.duplicate(4, where=is_lab)
    routed = [row for row in table.rows if row.counted and not is_lab(row.cells)]
    table.file_faults.append(Fault("MAP-6", INFO, "", "mixed: rows are routed by category"))
    table.moves["routed"] = len(routed)
    return table


def is_lab(cells: dict[str, str]) -> bool:
    return cells["CATEGORY"] == "laboratory"


def observe(table: Table, stay: Visit, kind: tuple) -> None:
    category, code, words, unit, low, high, places = kind
    taken = stay.start + timedelta(minutes=table.rng.randrange(5, 90))
    table.add(
        {
            "DATE": f"{taken:%Y-%m-%dT%H:%M:%S}Z",
            "PATIENT": stay.person.patient_id,
            "ENCOUNTER": stay.encounter_id,
            "CATEGORY": category,
            "CODE": code,
            "DESCRIPTION": words,
            "VALUE": f"{table.rng.uniform(low, high):.{places}f}",
            "UNITS": unit,
            "TYPE": "numeric",
        }
    )


def bad(rule: str, severity: str, column: str, what: str, code: str, value: str) -> Plant:
    return Plant(Fault(rule, severity, column, what), {"VALUE": value}, lambda row: row["CODE"] == code)


PLANTS = [
    bad("VAL-VIT-1", ERROR, "VALUE", "impossible pulse", "8867-4", "412"),
    bad("VAL-VIT-1", WARNING, "VALUE", "unlikely temperature", "8310-5", "44.2"),
    bad("VAL-LAB-1", ERROR, "VALUE", "impossible glucose", "2345-7", "2600"),
    bad("STD-NUM-2", INFO, "VALUE", "comparator", "2160-0", "< 0.2"),
]
