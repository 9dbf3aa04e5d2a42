"""lab_results.csv: the laboratory system's export (windows-1252, comma, two preamble lines)."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from . import dates
from .people import Visit
from .table import ERROR, INFO, WARNING, Cells, Clothes, Fault, Plant, Table

COLUMNS = (
    "LAB_RESULT_ID PAT_ID ENCOUNTER COMPONENT_NAME LOINC COLLECTION_DATE RESULT_DATE ORD_VALUE "
    "REFERENCE_UNIT REF_RANGE FLAG SPECIMEN RESULT_STATUS ORDERING_PROVIDER COMMENTS ANALYSER_BAY"
)
PREAMBLE = (
    "North Vale Hospital (invented), Laboratory Information System",
    "Extract LABRES of 2025-12-01 - restricted",
)
# names; LOINC; low, high, decimal places; units as (spelling, multiplier from the first unit).
# A multiplier other than 1 is a unit STD-LAB-2 converts to the canonical one.
ANALYTES = [
    (["Glucose", "GLU", "Blood Glucose"], "2345-7", 70, 99, 1, [("mg/dL", 1), ("MG/DL", 1), ("mmol/L", 1 / 18.016)]),
    (["Creatinine", "CREAT"], "2160-0", 0.6, 1.2, 2, [("mg/dL", 1), ("mg/dl", 1), ("\u00b5mol/L", 88.4)]),
    (["Potassium", "K"], "2823-3", 3.5, 5.1, 1, [("mmol/L", 1), ("mEq/L", 1)]),
    (["Sodium"], "2951-2", 135, 145, 0, [("mmol/L", 1), ("mEq/L", 1)]),
    (["Hemoglobin", "HGB"], "718-7", 12.0, 17.0, 1, [("g/dL", 1), ("gm/dL", 1), ("g/L", 10)]),
    (["WBC"], "6690-2", 4.0, 11.0, 1, [("K/uL", 1), ("10^3/uL", 1), ("cells/\u00b5L", 1000)]),
    (["Platelets", "PLT"], "777-3", 150, 400, 0, [("K/uL", 1), ("10^9/L", 1)]),
    (["Hemoglobin A1C", "HbA1c"], "4548-4", 4.0, 5.6, 1, [("%", 1)]),
    (["TSH"], "3016-3", 0.4, 4.0, 2, [("mIU/L", 1), ("uIU/mL", 1)]),
    (["Cholesterol", "CHOL"], "2093-3", 120, 200, 0, [("mg/dL", 1), ("mmol/L", 1 / 38.666)]),
]
URINE = ["Negative", "NEG", "trace", "+1", "2+", "Not Detected", "POS"]


def build(stays: list[Visit], rng: Random) -> Table:
    """Two or three analytes a stay, now and then a urine strip."""
    clothes = Clothes(",", "cp1252", "\r\n", PREAMBLE)
    table = Table("lab_results.csv", "lab_result", COLUMNS.split(), clothes, rng)
    for stay in stays:
        for analyte in rng.sample(ANALYTES, 2):
            quantity(table, stay, analyte)
        if rng.random() < 0.15:
            strip(table, stay)
    table.file_faults += [
        Fault("STD-ENC-1", WARNING, "", "not UTF-8: read as windows-1252"),
        Fault("STD-CSV-2", WARNING, "", "two preamble lines before the header"),
    ]
    table.plant(PLANTS)
    repeats(table)
    table.blank()
    table.broken("L-broken,NV-041007,,Glucose,2345-7", Fault("STD-CSV-1", ERROR, "", "ragged row"))
    return table


def sample(table: Table, stay: Visit) -> Cells:
    """The cells every result has; collected in the stay, resulted within hours."""
    rng, number = table.rng, len(table.rows)
    taken = stay.start + timedelta(minutes=rng.randrange(5, 300))
    shape = ["mdy", "mon", "iso", "compact", "dmy"][number % 5]
    return {
        "LAB_RESULT_ID": f"L{500100 + 7 * number}",
        "PAT_ID": stay.person.patient_id,
        "ENCOUNTER": stay.encounter_id,
        "COLLECTION_DATE": dates.MOMENTS[shape](taken),
        "RESULT_DATE": dates.MOMENTS["iso"](taken + timedelta(minutes=rng.randrange(30, 2000))),
        "RESULT_STATUS": rng.choice(["F", "Final", "final"]),
        "ORDERING_PROVIDER": f"PROV{rng.randrange(100, 140)}",
        "COMMENTS": rng.choice(["", "", "", "h\u00e9molys\u00e9", "fasting"]),
        "ANALYSER_BAY": rng.choice("ABC"),
    }


def quantity(table: Table, stay: Visit, analyte: tuple) -> None:
    """A measured value with a range and a flag that agree with each other."""
    rng = table.rng
    names, loinc, low, high, places, units = analyte
    unit, factor = rng.choice(units)
    near = 0 if factor == 1000 else 1 if factor == 10 else places + (2 if factor < 1 else 0)
    value = rng.uniform(low - (high - low) * 0.15, high + (high - low) * 0.25)
    shown, bottom, top = (f"{amount * factor:.{near}f}" for amount in (value, low, high))
    side = (float(shown) > float(top)) - (float(shown) < float(bottom))
    flags = {1: ["H", "High", "HIGH"], 0: ["N", "Normal", ""], -1: ["L", "Low"]}[side]
    known = rng.random() < 0.8
    faults = [] if factor == 1 else [Fault("STD-LAB-2", INFO, "ORD_VALUE", f"{unit} converted")]
    if not known:
        faults.append(Fault("STD-LAB-1", WARNING, "COMPONENT_NAME", "LOINC inferred from the name"))
    table.add(
        sample(table, stay)
        | {
            "COMPONENT_NAME": rng.choice(names),
            "LOINC": loinc if known else "",
            "ORD_VALUE": shown,
            "REFERENCE_UNIT": unit,
            "REF_RANGE": f"{bottom}-{top}",
            "FLAG": rng.choice(flags),
            "SPECIMEN": rng.choice(["Serum", "Blood", ""]),
        },
        *faults,
    )


def strip(table: Table, stay: Visit) -> None:
    """A qualitative result; +1 is an ordinal, never the number one."""
    cells = {"COMPONENT_NAME": "Urine Ketones", "SPECIMEN": "Urine", "REF_RANGE": "Negative"}
    cells["ORD_VALUE"] = table.rng.choice(URINE)
    fault = Fault("STD-QUAL-1", INFO, "ORD_VALUE", "qualitative result")
    table.add(sample(table, stay) | cells, *([fault] if cells["ORD_VALUE"] != "Negative" else []))


def repeats(table: Table) -> None:
    """Exact duplicates, a key repeated with other contents, and a preliminary result."""
    table.duplicate(6)
    table.duplicate(
        3,
        lambda cells: {"COMPONENT_NAME": f"{cells['COMPONENT_NAME']} ", "FLAG": "HIGH"},
        where=lambda cells: cells["FLAG"] == "H",
        what="the same record again, differing in spaces and spelling of the flag",
    )
    table.again(
        lambda _cells: {"LAB_RESULT_ID": "L990001", "COMMENTS": "phoned to ward"},
        Fault("DED-2", WARNING, "LAB_RESULT_ID", "same key, another comment: both stay"),
    )
    conflict(table, {"LAB_RESULT_ID": "L990002"}, {}, "two final values for one sample")
    conflict(table, {}, {"RESULT_STATUS": "prelim"}, "a final value for a preliminary one of the same id")


def conflict(table: Table, later: Cells, earlier: Cells, what: str) -> None:
    """One sample with two values (DED-4); the later record stands at the end of the file."""
    first = table.pick(lambda cells: cells["REFERENCE_UNIT"] == "mEq/L")
    first.cells |= {"FLAG": "", "REF_RANGE": ""}
    changed = later | {"ORD_VALUE": f"{float(first.cells['ORD_VALUE']) + 1:g}"}
    second = table.add(first.cells | changed, Fault("DED-4", WARNING, "ORD_VALUE", what))
    second.planted = True
    if earlier:
        first.cells |= earlier
        first.faults.append(Fault("DED-4", INFO, "", "superseded by the final value of the same id"))


def bad(rule: str, severity: str, column: str, what: str, **cells: str) -> Plant:
    """A plant in a numeric result with the reference range removed unless it is the point."""
    plain = {"REF_RANGE": "", "FLAG": ""}
    return Plant(
        Fault(rule, severity, column, what),
        plain | cells,
        lambda row: row["SPECIMEN"] != "Urine" and bool(row["LOINC"]),
    )


GLUCOSE = {"COMPONENT_NAME": "Glucose", "LOINC": "2345-7", "REFERENCE_UNIT": "mg/dL"}
PLATELETS = {"COMPONENT_NAME": "Platelets", "LOINC": "777-3", "REFERENCE_UNIT": "K/uL"}
ASKED = GLUCOSE | {"ORD_VALUE": "88"}
PLANTS = [
    bad("VAL-LOINC-1", ERROR, "LOINC", "wrong check digit", **ASKED | {"LOINC": "2345-8"}),
    bad("STD-LOINC-1", WARNING, "LOINC", "lost hyphen", **ASKED | {"LOINC": "23457"}),
    bad("STD-LAB-1", ERROR, "COMPONENT_NAME", "code and name disagree", **ASKED | {"LOINC": "2823-3"}),
    *[
        bad(
            "VAL-LAB-4",
            WARNING,
            "COMPONENT_NAME",
            "a panel with one value",
            COMPONENT_NAME=name,
            LOINC="",
            ORD_VALUE="75.2",
            REFERENCE_UNIT="mg/dL",
        )
        for name in ("Comprehensive Metabolic Panel", "Lipid Panel", "CMP")
    ],
    *[
        bad("STD-NUM-2", INFO, "ORD_VALUE", "comparator", **GLUCOSE | {"ORD_VALUE": text})
        for text in ("< 20", ">= 600", "GT 600", "less than 20")
    ],
    bad(
        "STD-NUM-2",
        WARNING,
        "REFERENCE_UNIT",
        "unit inside the value, taken from there",
        **GLUCOSE | {"ORD_VALUE": "92 mg/dL", "REFERENCE_UNIT": ""},
    ),
    bad("STD-NUM-2", ERROR, "ORD_VALUE", "approximate value", **GLUCOSE | {"ORD_VALUE": "~95"}),
    bad("NULL-2", WARNING, "ORD_VALUE", "sentinel number", **PLATELETS | {"ORD_VALUE": "9999"}),
    bad("NULL-2", WARNING, "ORD_VALUE", "sentinel number", **GLUCOSE | {"ORD_VALUE": "-1"}),
    bad("NULL-1", WARNING, "ORD_VALUE", "a dash may mean negative", **GLUCOSE | {"ORD_VALUE": "-"}),
    bad("NULL-1", INFO, "ORD_VALUE", "missing-value token", **GLUCOSE | {"ORD_VALUE": "pending"}),
    bad("VAL-LAB-1", ERROR, "ORD_VALUE", "impossible glucose", **GLUCOSE | {"ORD_VALUE": "2500"}),
    bad("VAL-LAB-1", WARNING, "ORD_VALUE", "unlikely glucose", **GLUCOSE | {"ORD_VALUE": "2100"}),
    *[
        bad(
            "VAL-LAB-2",
            WARNING,
            "FLAG",
            "flag against the range",
            **GLUCOSE | {"ORD_VALUE": value, "REF_RANGE": "70-99", "FLAG": flag},
        )
        for value, flag in (("133", "N"), ("75.2", "High"), ("81", "Low"))
    ],
    bad("VAL-LAB-3", ERROR, "REF_RANGE", "low above high", **ASKED | {"REF_RANGE": "99-70"}),
    bad("STD-REF-1", WARNING, "REF_RANGE", "one range a sex", **ASKED | {"REF_RANGE": "M:13-17 F:12-15"}),
    bad("VAL-UNIT-1", ERROR, "REFERENCE_UNIT", "unknown unit", **ASKED | {"REFERENCE_UNIT": "furlongs"}),
    bad(
        "STD-LAB-2",
        WARNING,
        "ORD_VALUE",
        "a unit glucose is not measured in",
        **GLUCOSE | {"ORD_VALUE": "5.5", "REFERENCE_UNIT": "g"},
    ),
    bad("STD-FLAG-1", ERROR, "FLAG", "no such flag", **ASKED | {"FLAG": "HHH"}),
    *[
        bad(
            "STD-DATE-3",
            ERROR,
            "COLLECTION_DATE",
            "day or month first: no evidence for N.N.YYYY",
            **ASKED | {"COLLECTION_DATE": text},
        )
        for text in ("03.04.2024", "07.11.2024")
    ],
    bad(
        "VAL-DATE-1",
        ERROR,
        "COLLECTION_DATE",
        "in the future",
        **ASKED | {"COLLECTION_DATE": "2107-01-05", "RESULT_DATE": "", "ENCOUNTER": ""},
    ),
    bad(
        "VAL-DATE-4",
        ERROR,
        "COLLECTION_DATE",
        "collected after the result",
        **ASKED | {"COLLECTION_DATE": "2025-03-09 10:00:00", "RESULT_DATE": "2025-03-01 10:00:00", "ENCOUNTER": ""},
    ),
    bad("VAL-REQ-1", ERROR, "PAT_ID", "no patient", **ASKED | {"PAT_ID": ""}),
    bad("STD-ENC-2", WARNING, "COMMENTS", "mojibake", **ASKED | {"COMMENTS": "25 Â°C on arrival"}),
    bad("SEC-1", WARNING, "COMMENTS", "formula", **ASKED | {"COMMENTS": "=cmd|'/c calc'!A0"}),
]
