"""Patients that may be one person (DED-5): who is, who is not, and one that only a person can tell."""

from __future__ import annotations

from collections.abc import Callable

from .table import WARNING, Cells, Fault, Row, Table

NICKNAMES = {"Katrin": "Kati", "Matthias": "Matt", "Josefa": "Josie", "Gustav": "Gus", "Konrad": "Konni"}


def plant(table: Table) -> None:
    """Beside five patients of the file, five others of nearly the same particulars."""
    for number, (what, where, other) in enumerate(PAIRS):
        first = table.pick(where)
        own = {"PatientID": f"NV-0430{number:02d}", "MRN": f"9900{number:04d}", "SSN": "", "Notes": ""}
        row = Row(first.cells | own | other(first.cells))
        row.faults.append(Fault("DED-5", WARNING, "", what, together=True))
        table.insert(row, after=first)


def sound(cells: Cells) -> bool:
    return cells["LastName"].istitle() and cells["DOB"][:4].isdigit() and not cells["Date of Death"]


def typo(cells: Cells) -> Cells:
    """The family name with its third and fourth letter swapped."""
    name = cells["LastName"]
    return {"LastName": name[:2] + name[3] + name[2] + name[4:], "E-mail": "", "Cell Phone": ""}


def nickname(cells: Cells) -> Cells:
    return {"FirstName": NICKNAMES[cells["FirstName"]], "MiddleName": "", "Home Phone": ""}


def twin(cells: Cells) -> Cells:
    return {"FirstName": "Wanda" if cells["Sex"][0] in "fF" else "Ulrich", "MiddleName": "", "E-mail": ""}


def son(cells: Cells) -> Cells:
    return {"DOB": str(int(cells["DOB"][:4]) + 27) + cells["DOB"][4:], "MiddleName": "", "E-mail": ""}


def married(_cells: Cells) -> Cells:
    """Another family name, another home; the first name and the birth date remain."""
    home = {"Street Address": "77 Ferry Rd", "City": "Saltmarsh", "State": "CA", "ZIP Code*": "95499"}
    return home | {"LastName": "Quimbleton", "Home Phone": "", "Cell Phone": "", "E-mail": "", "MiddleName": ""}


PAIRS: list[tuple[str, Callable[[Cells], bool], Callable[[Cells], Cells]]] = [
    ("match: a nickname", lambda cells: sound(cells) and cells["FirstName"] in NICKNAMES, nickname),
    ("match: two letters of the family name swapped", sound, typo),
    ("review: twins", sound, twin),
    ("review: father and son of one name", lambda cells: sound(cells) and cells["DOB"] < "1976", son),
    ("review: same first name and birth date, name and home another", sound, married),
]
