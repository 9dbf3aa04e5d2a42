"""vitals.csv: bedside readings, one a row (UTF-8, tab)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from . import dates
from .people import Visit
from .table import ERROR, INFO, WARNING, Cells, Clothes, Fault, Plant, Table

COLUMNS = "patient_id encounter_id observation_datetime vital_type vital_value unit position provider_id monitor_serial"


def build(stays: list[Visit], rng: Random) -> Table:
    """Three readings a stay, all at one moment."""
    table = Table("vitals.csv", "vital", COLUMNS.split(), Clothes("\t"), rng)
    for stay in stays:
        taken = stay.start + timedelta(minutes=rng.randrange(1, 25))
        for reading in PLAIN if stay in stays[::4] else rng.sample(READINGS, 3):
            add(table, stay, taken, *reading(stay, rng))
    table.file_faults.append(Fault("STD-CSV-1", WARNING, "", "delimiter tab"))
    plain = {stay.encounter_id for stay in stays[::4]}
    pulse = lambda cells: cells["unit"] == "bpm" and cells["encounter_id"] in plain  # noqa: E731
    table.plant(replace(plant, where=pulse) for plant in PLANTS)
    table.again(
        lambda cells: {"vital_value": "101/55"},
        Fault("DED-4", WARNING, "vital_value", "another pressure at the same minute"),
        Fault("STD-VIT-2", INFO, "vital_value", "split into two records"),
        where=lambda cells: splits(cells),
    )
    table.moves["created"] = sum(splits(row.cells) for row in table.rows)
    single = lambda cells: not splits(cells)  # noqa: E731 - a predicate, read in place
    table.duplicate(6, where=single)
    table.duplicate(
        2,
        lambda cells: {"vital_value": f" {cells['vital_value']}"},
        where=single,
        what="the same record again, differing in spaces only",
    )
    table.broken("NV-041007\tV880000\t2024-05-05", Fault("STD-CSV-1", ERROR, "", "ragged row"))
    return table


def splits(cells: Cells) -> bool:
    """Whether the reading is a blood pressure that becomes two records (STD-VIT-2)."""
    first, _, second = cells["vital_value"].partition("/")
    return first.strip().isdigit() and second.split("mm")[0].strip().isdigit()


def add(table: Table, stay: Visit, taken, kind: str, value: str, unit: str, *faults: Fault) -> None:
    shape = ["mdy", "iso", "mon", "mdy", "dmy"][len(table.rows) // 3 % 5]
    table.add(
        {
            "patient_id": stay.person.patient_id,
            "encounter_id": stay.encounter_id,
            "observation_datetime": dates.MOMENTS[shape](taken),
            "vital_type": kind,
            "vital_value": value,
            "unit": unit,
            "position": table.rng.choice(["", "sitting", "supine"]),
            "provider_id": f"RN{table.rng.randrange(40, 60)}",
            "monitor_serial": f"00{table.rng.randrange(100, 999)}",
        },
        *faults,
    )


def heart_rate(_stay: Visit, rng: Random) -> tuple:
    return rng.choice(["HR", "Pulse", "Heart Rate"]), f"{rng.randrange(55, 110)}", "bpm"


def breathing(_stay: Visit, rng: Random) -> tuple:
    return rng.choice(["RR", "Resp"]), f"{rng.randrange(11, 24)}", "breaths/min"


def temperature(_stay: Visit, rng: Random) -> tuple:
    celsius = rng.uniform(36.1, 38.9)
    kind = rng.choice(["Temp", "Body Temperature"])
    if rng.random() < 0.5:
        return kind, f"{celsius:.1f}", rng.choice(["C", "degC"])
    fault = Fault("STD-VIT-3", INFO, "vital_value", "converted to the canonical unit")
    return kind, f"{celsius * 9 / 5 + 32:.1f}", rng.choice(["F", "degF"]), fault


def pressure(_stay: Visit, rng: Random) -> tuple:
    text = f"{rng.randrange(104, 160)}/{rng.randrange(60, 92)}"
    fault = Fault("STD-VIT-2", INFO, "vital_value", "split into two records")
    return rng.choice(["BP", "Blood Pressure"]), rng.choice([text, text + " mmHg"]), "mmHg", fault


def saturation(_stay: Visit, rng: Random) -> tuple:
    return rng.choice(["SpO2", "O2 Sat"]), f"{rng.randrange(92, 100)}", "%"


def weight(stay: Visit, rng: Random) -> tuple:
    kilograms = stay.person.weight + rng.uniform(-1, 1)
    if rng.random() < 0.5:
        return rng.choice(["Weight", "Wt"]), f"{kilograms:.1f}", "kg"
    fault = Fault("STD-VIT-3", INFO, "vital_value", "converted to the canonical unit")
    return "Weight", f"{kilograms / 0.45359237:.1f}", rng.choice(["lb", "lbs"]), fault


def height(stay: Visit, rng: Random) -> tuple:
    if rng.random() < 0.5:
        return rng.choice(["Height", "Ht"]), f"{stay.person.height:.1f}", "cm"
    fault = Fault("STD-VIT-3", INFO, "vital_value", "converted to the canonical unit")
    return "Height", f"{stay.person.height / 2.54:.1f}", rng.choice(["in", "inches"]), fault


# What a plant may turn into any other reading without a second one at that moment (DED-4).
PLAIN = [heart_rate, breathing, height]
READINGS = [heart_rate, breathing, temperature, pressure, saturation, weight, height]


def bad(rule: str, severity: str, column: str, what: str, kind: str, value: str, unit: str) -> Plant:
    return Plant(Fault(rule, severity, column, what), {"vital_type": kind, "vital_value": value, "unit": unit})


PLANTS = [
    bad("VAL-VIT-2", ERROR, "vital_value", "systolic below diastolic", "BP", "80/120", "mmHg"),
    bad("STD-VIT-2", WARNING, "vital_value", "systolic only", "BP", "118/palp", "mmHg"),
    bad("STD-VIT-2", ERROR, "vital_value", "one number for a pressure", "BP", "118", "mmHg"),
    bad("VAL-VIT-1", ERROR, "vital_value", "impossible pulse", "HR", "400", "bpm"),
    bad("VAL-VIT-1", ERROR, "vital_value", "impossible saturation", "SpO2", "105", "%"),
    bad("VAL-VIT-1", WARNING, "vital_value", "unlikely temperature", "Temp", "44.0", "C"),
    *[
        bad("NULL-2", WARNING, "vital_value", "sentinel number", kind, "999.9", unit)
        for kind, unit in (("Weight", "kg"), ("Temp", "C"))
    ],
    *[
        bad("STD-VIT-3", WARNING, "unit", "unit inferred from the value", "Temp", value, "")
        for value in ("98.6", "37.2", "101.3")
    ],
    bad("STD-VIT-3", WARNING, "vital_value", "weight without a unit stays as it is", "Weight", "70", ""),
    bad("STD-VIT-1", ERROR, "vital_type", "not a vital sign", "Mood", "7", ""),
    bad("VAL-UNIT-1", ERROR, "unit", "unknown unit", "Weight", "12", "stone"),
    Plant(
        Fault("STD-DATE-10", ERROR, "observation_datetime", "impossible day"),
        {"observation_datetime": "2024-02-31 10:00:00"},
    ),
    Plant(
        Fault("VAL-DATE-1", ERROR, "observation_datetime", "in the future"),
        {"observation_datetime": "2107-02-03 10:00:00", "encounter_id": ""},
    ),
    Plant(Fault("VAL-REQ-1", ERROR, "patient_id", "no patient"), {"patient_id": r"\N"}),
]
