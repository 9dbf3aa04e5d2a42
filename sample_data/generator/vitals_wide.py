"""vitals_wide.csv: a flowsheet, one column a vital sign (semicolon, decimal comma)."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from . import dates
from .people import Visit
from .table import ERROR, INFO, WARNING, Cells, Clothes, Fault, Row, Table

COLUMNS = "PatientID HadmID Taken_At BP HR RR Temp_F SPO2 Weight_kg Height_in Pain_Score Shift"
SIGNS = ["BP", "HR", "RR", "Temp_F", "SPO2", "Weight_kg", "Height_in", "Pain_Score"]
COMMAS = ("Temp_F", "Weight_kg", "Height_in")


def build(stays: list[Visit], rng: Random) -> Table:
    """One row a stay; about a third of the cells are blank."""
    table = Table("vitals_wide.csv", "vital", COLUMNS.split(), Clothes(";"), rng)
    for stay in stays:
        row = table.add(chart(stay, rng))
        if row.cells["BP"]:
            row.faults.append(Fault("STD-VIT-2", INFO, "BP", "split into two records"))
        for column in COMMAS:
            if row.cells[column]:
                row.faults.append(Fault("STD-NUM-3", WARNING, column, "decimal comma, proved by the column"))
    table.file_faults.append(Fault("STD-CSV-1", WARNING, "", "delimiter semicolon"))
    upside_down = table.pick(lambda cells: bool(cells["BP"]))
    upside_down.cells["BP"] = "78/126"
    upside_down.faults.append(Fault("VAL-VIT-2", ERROR, "BP", "systolic below diastolic"))
    fast = table.pick(lambda cells: bool(cells["HR"]))
    fast.cells["HR"] = "410"
    fast.faults.append(Fault("VAL-VIT-1", ERROR, "HR", "impossible pulse"))
    table.moves["created"] = sum(max(readings(row.cells) - 1, 0) for row in table.rows)
    nothing(table, stays[-1])
    table.broken("NV-041007;880000;2024-05-05 10:00:00;120/80", Fault("STD-CSV-1", ERROR, "", "ragged row"))
    return table


def chart(stay: Visit, rng: Random) -> Cells:
    """A row of readings; the pulse is always there, so every row has at least one."""
    taken = stay.start + timedelta(minutes=rng.randrange(30, 60))
    cells = {
        "BP": f"{rng.randrange(104, 160)}/{rng.randrange(60, 92)}",
        "RR": str(rng.randrange(11, 24)),
        "Temp_F": f"{rng.uniform(97, 101.5):.1f}".replace(".", ","),
        "SPO2": str(rng.randrange(92, 100)),
        "Weight_kg": f"{stay.person.weight + rng.uniform(-1, 1):.1f}".replace(".", ","),
        "Height_in": f"{stay.person.height / 2.54:.1f}".replace(".", ","),
        "Pain_Score": str(rng.randrange(0, 8)),
    }
    shown = {name: text if rng.random() < 0.66 else "" for name, text in cells.items()}
    return shown | {
        "PatientID": stay.person.patient_id,
        "HadmID": stay.encounter_id,
        "Taken_At": dates.MOMENTS["iso"](taken),
        "HR": str(rng.randrange(55, 110)),
        "Shift": rng.choice(["day", "night"]),
    }


def readings(cells: Cells) -> int:
    """Vital records a row becomes: one a filled cell, two for a pressure (STD-VIT-4)."""
    return sum((2 if name == "BP" else 1) for name in SIGNS if cells[name])


def nothing(table: Table, stay: Visit) -> None:
    """A row without any reading goes to quarantine whole."""
    cells = dict.fromkeys(table.header, "")
    cells |= {"PatientID": stay.person.patient_id, "Taken_At": "2025-10-01 08:00:00", "Shift": "day"}
    fault = Fault("STD-VIT-4", INFO, "", "no reading in the row")
    table.insert(Row(cells, faults=[fault]))
    table.moves["quarantined"] += 1
