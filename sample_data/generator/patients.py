"""patients.csv: the registration desk's export (UTF-8 with BOM, comma, CRLF)."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from . import dates, matching
from .people import Person, npi, phone
from .table import ERROR, INFO, WARNING, Cells, Clothes, Fault, Plant, Row, Table

COLUMNS = [
    *["PatientID", "MRN", "SSN", "FirstName", "MiddleName", "LastName", "DOB", "Sex", "Race"],
    *["Ethnic Group", "Maritl Status", "Preferred Language", "Street Address", "City", "State"],
    *["ZIP Code*", "Home Phone", "Cell Phone", "E-mail", "Blood Type", "PCP", "PCP NPI"],
    *["Date of Death", "Notes"],
]
RACES = ["White", "Caucasian", "Black or African American", "ASIAN", "Asian; White", "Other"]
ETHNICITIES = ["Hispanic or Latino", "Not Hispanic or Latino", "Non-Hispanic", "Unknown", "Declined"]
BLOOD = ["A+", "O-", "AB Positive", "o neg", "B+", ""]


def build(everyone: list[Person], unseen: list[Person], rng: Random) -> Table:
    """One row a person, then the faults, then the repeats. Who was never `unseen` has records in other files."""
    table = Table("patients.csv", "patient", COLUMNS, Clothes(",", "utf-8-sig", "\r\n"), rng)
    for number, person in enumerate([*everyone, *unseen]):
        cells = registration(person, rng, number)
        table.add(cells, *mess(cells))
    table.file_faults += [
        Fault("MAP-3", INFO, "Maritl Status", "mis-spelt header: passes through, suggested"),
        Fault("MAP-4", WARNING, "Cell Phone", "two columns for one field: home phone wins"),
    ]
    strangers = {person.patient_id for person in unseen}
    table.plant(replace(plant, where=lambda cells: cells["PatientID"] in strangers) for plant in LIVES)
    table.plant(PLANTS)
    repeats(table)
    matching.plant(table)
    table.broken(
        'NV-090001,,,Otis,,Birdsong,1950-01-02,M,White,,,,"9 Mill St" rear,Elderbrook,OH,,,,,,,,,',
        Fault("STD-CSV-1", ERROR, "", "text after a closing quote"),
    )
    table.broken(
        "NV-090002,,,Delia,,Ibarra,1961-07-08,F,White,,,,12 Heron Ln, Apt 4,Graywater,MN,,,,,,,,,,",
        Fault("STD-CSV-1", ERROR, "", "ragged row: an unquoted comma in the address"),
    )
    return table


def registration(person: Person, rng: Random, number: int) -> Cells:
    town, state, state_name, prefix = person.town
    shape = ["mdy", "mdy", "dmy", "iso", "mon"][number % 5]
    if 1950 <= person.birth.year <= 1999 and number % 9 == 0:
        shape = "short"
    sex = ["F", "Female", "female"] if person.female else ["M", "Male", "MALE"]
    mail = f"{person.first}.{person.last}{number}@Example.org"
    shouted = number % 6 == 0
    return {
        "PatientID": person.patient_id,
        "MRN": person.mrn,
        "SSN": ssn(rng, number),
        "FirstName": person.first.upper() if shouted else person.first,
        "MiddleName": person.middle,
        "LastName": person.last.upper() if shouted else person.last,
        "DOB": dates.DAYS[shape](person.birth),
        "Sex": rng.choice([*sex, "U"] if number % 11 == 0 else sex),
        "Race": rng.choice(RACES),
        "Ethnic Group": rng.choice(ETHNICITIES),
        "Maritl Status": rng.choice(["Single", "Married", "Widowed", "Divorced"]),
        "Preferred Language": rng.choice(["English", "SPA", "en", "Spanish"]),
        "Street Address": "  " + person.street if number % 8 == 0 else person.street,
        "City": town,
        "State": rng.choice([state, state_name, state.lower()]),
        "ZIP Code*": f"{prefix}{number % 99 + 1:02d}",
        "Home Phone": phone(rng, state) if number % 7 else rng.choice(["N/A", r"\N", "none"]),
        "Cell Phone": phone(rng, state) if number % 3 == 0 else "",
        "E-mail": mail if number % 5 else rng.choice(["", "NULL", "n/a"]),
        "Blood Type": rng.choice(BLOOD),
        "PCP": rng.choice(["Dr. Maud Ellery", "ELLERY, MAUD MD", "Dr. Tomas Brandl", " Ines Orlov"]),
        "PCP NPI": npi(rng),
        "Date of Death": "2025-11-02" if number % 31 == 30 else "",
        "Notes": rng.choice(["", "", "interpreter booked", "prefers letters"]),
    }


def ssn(rng: Random, number: int) -> str:
    """Area 999 is never issued, so no number here can be anybody's."""
    if number % 3:
        return ""
    group, serial = rng.randrange(1, 100), rng.randrange(1, 10_000)
    return f"999-{group:02d}-{serial:04d}" if number % 2 else f"999{group:02d}{serial:04d}"


def mess(cells: Cells) -> list[Fault]:
    """Faults that are ordinary in such an export and so common that they are only counted."""
    found = [
        Fault("NULL-1", INFO, column, "missing-value token")
        for column in ("Home Phone", "E-mail")
        if cells[column] in {"N/A", r"\N", "none", "NULL", "n/a"}
    ]
    if cells["SSN"]:
        found.append(Fault("VAL-SSN-1", WARNING, "SSN", "area 999, synthetic"))
    if cells["Street Address"].startswith(" "):
        found.append(Fault("STD-TXT-1", INFO, "Street Address", "leading spaces"))
    if cells["LastName"].isupper():
        found.append(Fault("STD-NAME-1", INFO, "LastName", "capitals only"))
    return found


def repeats(table: Table) -> None:
    """Exact duplicates, a registration that changed, and ids given to a second person."""
    table.duplicate(4)
    table.duplicate(
        3,
        lambda cells: {"FirstName": f" {cells['FirstName']}  ", "City": f"{cells['City']} "},
        what="the same record again, differing in spaces only",
    )
    for number in range(2):
        table.again(
            lambda _cells, number=number: {"Home Phone": f"(325) 555-019{number}"},
            Fault("DED-2", WARNING, "PatientID", "same person again with another phone"),
            Fault("DED-5", WARNING, "", "match: same id, another phone", together=True),
        )
    fault = Fault("DED-3", ERROR, "PatientID", "one id, two different persons")
    for first, last, birth in STRANGERS:
        owner = table.pick()
        owner.faults.append(fault)
        row = Row(owner.cells | {"FirstName": first, "LastName": last, "DOB": birth, "MRN": ""})
        row.cells |= {"SSN": "", "Home Phone": "", "Cell Phone": "", "E-mail": "", "Notes": ""}
        row.faults.append(fault)
        table.insert(row, after=owner)


STRANGERS = [
    ("Zacharias", "Quimbleton", "1948-02-17"),
    ("Wilhelmina", "Nwachukwu", "1990-06-28"),
    ("Xiomara", "Uppington", "2003-08-30"),
]


def bad(rule: str, severity: str, column: str, value: str, what: str) -> Plant:
    return Plant(Fault(rule, severity, column, what), {column: value})


# A life that other files would contradict, so only people without records there get one.
LIVES = [
    bad("VAL-DATE-1", ERROR, "DOB", "2107-03-01", "born in the future"),
    Plant(
        Fault("VAL-DATE-2", ERROR, "Date of Death", "died before birth"),
        {"DOB": "1970-05-05", "Date of Death": "1960-05-05"},
    ),
]
PLANTS = [
    bad("VAL-SSN-1", ERROR, "SSN", "666-12-3456", "area 666"),
    bad("VAL-SSN-1", ERROR, "SSN", "000-12-3456", "area 000"),
    bad("VAL-SSN-1", ERROR, "SSN", "912-70-1234", "area 9xx: a taxpayer number"),
    bad("STD-NUM-4", ERROR, "MRN", "1.23457E+11", "identifier in scientific notation"),
    bad("STD-TXT-2", WARNING, "MRN", "7731\u200b9042", "zero-width space inside"),
    bad("STD-TXT-2", WARNING, "City", "\u202eElderbrook", "right-to-left override"),
    bad("STD-ENC-2", WARNING, "FirstName", "RenÃ©e", "mojibake"),
    bad("STD-ENC-2", WARNING, "LastName", "MÃ¼nchhausen", "mojibake"),
    bad("VAL-NAME-1", WARNING, "LastName", "Null", "a family name that looks missing"),
    bad("VAL-NAME-1", WARNING, "LastName", "SMITHSON3", "digit in a name"),
    *[
        bad("STD-DATE-3", ERROR, "DOB", text, "day or month first: no evidence for N.N.YYYY")
        for text in ("03.04.1971", "11.02.1958", "05.09.1983")
    ],
    bad("STD-DATE-10", ERROR, "DOB", "02/30/1980", "impossible day"),
    bad("NULL-3", WARNING, "DOB", "1900-01-01", "sentinel date"),
    bad("STD-SEX-1", ERROR, "Sex", "Femlae", "mis-spelt"),
    bad("STD-SEX-1", ERROR, "Sex", "1", "digit without a coding"),
    bad("STD-RACE-1", ERROR, "Race", "Martian", "unknown race"),
    bad("STD-RACE-1", WARNING, "Race", "HISPANIC/LATINO - CUBAN", "an ethnicity in the race column"),
    bad("STD-ETH-1", ERROR, "Ethnic Group", "N", "yes/no in a column that does not ask"),
    bad("STD-STATE-1", ERROR, "State", "XX", "unknown state"),
    bad("VAL-ZIP-1", ERROR, "ZIP Code*", "ABCDE", "not a ZIP code"),
    Plant(
        Fault("VAL-ZIP-2", WARNING, "ZIP Code*", "prefix of another state"),
        {"State": "TX", "ZIP Code*": "33506"},
    ),
    Plant(
        Fault("STD-ZIP-1", WARNING, "ZIP Code*", "lost leading zero, restored by the state"),
        {"State": "MA", "ZIP Code*": "2134"},
    ),
    bad("VAL-PHONE-1", ERROR, "Home Phone", "555-1234", "seven digits"),
    bad("VAL-PHONE-1", ERROR, "Home Phone", "ask at desk", "not a number"),
    bad("VAL-PHONE-1", WARNING, "Home Phone", "(200) 555-0123", "area code nobody has"),
    bad("VAL-EMAIL-1", ERROR, "E-mail", "alma@example", "no dot in the domain"),
    bad("VAL-EMAIL-1", ERROR, "E-mail", "ivo@@example.org", "two at signs"),
    bad("STD-EMAIL-1", WARNING, "E-mail", "a1@example.org; b1@example.org", "two addresses"),
    bad("STD-BLOOD-1", WARNING, "Blood Type", "0+", "zero for O"),
    bad("STD-BLOOD-1", WARNING, "Blood Type", "A", "no rhesus factor"),
    bad("STD-BLOOD-1", ERROR, "Blood Type", "C+", "no such group"),
    bad("VAL-NPI-1", ERROR, "PCP NPI", "1234567890", "wrong check digit"),
    bad("SEC-1", WARNING, "Notes", '=HYPERLINK("http://example.org","open")', "formula"),
    bad("SEC-1", WARNING, "Notes", "@SUM(A1:A9)", "formula"),
]
