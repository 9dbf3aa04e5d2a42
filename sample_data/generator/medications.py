"""medications.csv: the pharmacy's orders (UTF-8, pipe)."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from . import dates
from .people import Visit, npi
from .table import ERROR, INFO, WARNING, Clothes, Fault, Plant, Table

COLUMNS = (
    "prescription_id patient_id encounter_id drug_name rxcui ndc dose route frequency start_date "
    "stop_date quantity days_supply refills status prescriber_npi ward_stock"
)
# Name as three systems write it, RxNorm code and NDC in their shapes, doses as written.
DRUGS = [
    (["Lisinopril", "LISINOPRIL", "lisinopril"], "314076", "0574-4072-05", ["10mg", "10 mg"]),
    (["Metformin HCl", "METFORMIN HCL 500 MG"], "861007", "51655-089-52", ["500 mg", "0.5 g"]),
    (["Atorvastatin"], "617318", "58118-1397-3", ["20 mg", "one tab"]),
    (["hydrOXYzine"], "995218", "00574407205", ["25 mg", "1-2 tabs"]),
    (["Amoxicillin"], "313850", "", ["250 mg/5 mL"]),
    (["Levothyroxine", "LEVOTHYROXINE"], "966247", "0143-9787-01", ["100 mcg", "0.1 mg"]),
]
FREQUENCIES = ["qd", "Once daily", "BID", "Twice daily", "q6h prn", "qhs", "3x/week", "every other day"]
ROUTES = ["PO", "oral", "by mouth", "SubQ", "IV"]


def build(stays: list[Visit], rng: Random) -> Table:
    """One or two orders a stay, never the same drug twice in one."""
    table = Table("medications.csv", "medication", COLUMNS.split(), Clothes("|"), rng)
    for stay in stays:
        for drug in rng.sample(DRUGS, rng.choice([1, 1, 2])):
            order(table, stay, drug)
    table.file_faults.append(Fault("STD-CSV-1", WARNING, "", "delimiter pipe"))
    table.plant(PLANTS)
    table.duplicate(5)
    table.duplicate(
        2,
        lambda cells: {"route": "oral"},
        where=lambda cells: cells["route"] == "PO",
        what="the same record again, differing in the spelling of the route",
    )
    table.broken("RX1|NV-041007|V880000|Lisinopril", Fault("STD-CSV-1", ERROR, "", "ragged row"))
    return table


def order(table: Table, stay: Visit, drug: tuple) -> None:
    rng, number = table.rng, len(table.rows)
    names, rxcui, ndc, doses = drug
    until = stay.start + timedelta(days=rng.randrange(5, 90))
    shape = ["mdy", "iso", "dmy", "mon"][number % 4]
    forever = number % 10 == 0
    cells = {
        "prescription_id": f"RX{70000 + 11 * number}",
        "patient_id": stay.person.patient_id,
        "encounter_id": stay.encounter_id,
        "drug_name": rng.choice(names),
        "rxcui": rng.choice([rxcui, f"rxnorm:{rxcui}"]),
        "ndc": ndc if rng.random() < 0.7 else "",
        "dose": rng.choice(doses),
        "route": rng.choice(ROUTES),
        "frequency": rng.choice(FREQUENCIES),
        "start_date": dates.DAYS[shape](stay.start),
        "stop_date": "9999-12-31" if forever else dates.DAYS[shape](until),
        "quantity": str(rng.choice([30, 60, 90])),
        "days_supply": str(rng.choice([30, 90])),
        "refills": str(rng.randrange(0, 4)),
        "status": rng.choice(["active", "Completed", "D/C", "discontinued"]),
        "prescriber_npi": npi(rng),
        "ward_stock": rng.choice(["Y", "N"]),
    }
    fault = Fault("NULL-3", INFO, "stop_date", "open-ended")
    table.add(cells, *([fault] if forever else []))


def bad(rule: str, severity: str, column: str, value: str, what: str) -> Plant:
    return Plant(Fault(rule, severity, column, what), {column: value})


PLANTS = [
    bad("VAL-NDC-1", ERROR, "ndc", "0574407205", "ten digits without hyphens: ambiguous"),
    bad("VAL-NDC-1", ERROR, "ndc", "0574-40*2-05", "masked digit"),
    bad("VAL-RX-1", ERROR, "rxcui", "0314076", "leading zero"),
    bad("VAL-RX-1", ERROR, "rxcui", "RX314076", "letters"),
    bad("STD-NUM-4", WARNING, "rxcui", "314076.0", "a spreadsheet made a number of it"),
    bad("STD-MED-2", ERROR, "dose", "10", "no unit"),
    bad("STD-MED-2", WARNING, "dose", "10 U", "error-prone abbreviation"),
    bad("STD-MED-2", WARNING, "dose", "5.0 mg", "trailing zero"),
    bad("STD-MED-2", WARNING, "dose", ".5 mg", "naked decimal"),
    Plant(
        Fault("VAL-MED-2", WARNING, "dose", "milligrams for micrograms"),
        {"drug_name": "Levothyroxine", "rxcui": "966247", "ndc": "", "dose": "500mg"},
    ),
    bad("VAL-MED-1", WARNING, "drug_name", "12345", "a number for a name"),
    bad("STD-MED-3", WARNING, "frequency", "as directed", "not a schedule"),
    bad("STD-MED-3", WARNING, "frequency", "od", "once daily or right eye"),
    bad("STD-MED-4", WARNING, "route", "OD", "right eye, or a frequency"),
    bad("STD-MED-4", WARNING, "route", "zz", "unknown route"),
    bad("VAL-NUM-1", ERROR, "refills", "-2", "negative count"),
    bad("VAL-NUM-1", ERROR, "days_supply", "30.5", "broken count"),
    bad("VAL-NPI-1", ERROR, "prescriber_npi", "0000000000", "no such prefix"),
    bad("STD-STAT-1", WARNING, "status", "zzz", "unknown status"),
    Plant(
        Fault("VAL-DATE-4", ERROR, "start_date", "starts after it ends"),
        {"start_date": "2025-05-31", "stop_date": "2025-02-15"},
    ),
    bad("VAL-DATE-1", ERROR, "start_date", "2107-01-01", "in the future"),
    bad("VAL-REQ-1", ERROR, "drug_name", "n/a", "no drug"),
]
