"""What the sample files contain, as data for a test and as a table for a reader."""

from __future__ import annotations

from typing import Any

from .table import INFO, Fault, Table

# Rules whose warnings only state an inference are aggregated: the issue file names five records.
INFERENCES = {"STD-LAB-1", "STD-CODE-1", "VAL-LAB-4"}


def account(table: Table, *, together: bool = False) -> dict[str, int]:
    """The accounting identity of DQ-6 with default options, for a file harmonized alone or after the others."""
    read = sum(row.counted for row in table.rows)
    moves = dict(table.moves)
    moves["duplicates"] += table.stands_elsewhere if together else 0
    lost = moves["duplicates"] + moves["quarantined"] + moves["routed"]
    return {"read": read, "written": read + moves["created"] - lost, **moves}


def planted(table: Table, *, together: bool = False) -> list[dict[str, Any]]:
    """Every planted fault with its records (1-based, header excluded), in order of rule.

    `together` are those that no file shows alone.
    """
    found: dict[Fault, list[int]] = {}
    number = 0
    for row in table.rows:
        number += row.counted
        for fault in row.faults:
            found.setdefault(fault, []).append(number)
    for fault in table.file_faults:
        found.setdefault(fault, [])
    order = sorted(
        (fault for fault in found if fault.together is together),
        key=lambda fault: (fault.rule, fault.column, fault.what),
    )
    return [entry(table, fault, found[fault]) for fault in order]


def entry(table: Table, fault: Fault, records: list[int]) -> dict[str, Any]:
    """One line of the ledger; findings about the file as a whole have no records."""
    aggregated = fault.severity == INFO or (fault.severity != "error" and fault.rule in INFERENCES)
    return {
        "rule": fault.rule,
        "severity": fault.severity,
        "column": fault.column,
        "what": fault.what,
        "count": len(records) or table.file_faults.count(fault),
        "records": records,
        "aggregated": aggregated,
    }


def describe(table: Table) -> dict[str, Any]:
    """The entry of one file in planted.json; its size is the one before compression."""
    clothes = table.clothes
    return {
        "entity": table.entity,
        "size_bytes": len(table.content()),
        "encoding": clothes.encoding,
        "delimiter": clothes.delimiter,
        "compression": "gzip" if clothes.gzipped else None,
        "preamble_lines": len(clothes.preamble),
        "accounting": account(table),
        "planted": planted(table),
        "together": {"accounting": account(table, together=True), "planted": planted(table, together=True)},
    }


def markdown(files: dict[str, dict[str, Any]]) -> str:
    """The two tables of the README."""
    lines = [
        "| file | entity | bytes | encoding | delimiter | read | written | duplicates | "
        "quarantined | routed | created |",
        "|---|---|--:|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, file in files.items():
        packed = file["encoding"] + (" in gzip" if file["compression"] else "")
        mark = {"\t": "tab", "|": "pipe"}.get(file["delimiter"], f"`{file['delimiter']}`")
        counts = " | ".join(str(count) for count in file["accounting"].values())
        lines.append(f"| {name} | {file['entity']} | {file['size_bytes']} | {packed} | {mark} | {counts} |")
    lines += faults({name: file["planted"] for name, file in files.items()})
    lines += ["", "Only when all files are taken together, in this order, and patients are matched:"]
    lines += faults({name: file["together"]["planted"] for name, file in files.items()})
    return "\n".join(lines) + "\n"


def faults(planted: dict[str, list[dict[str, Any]]]) -> list[str]:
    """A table of planted faults, by file."""
    lines = ["", "| file | rule | severity | column | what | how many | records |", "|---|---|---|---|---|--:|---|"]
    return lines + [f"| {name} | {plant_cells(plant)} |" for name, plants in planted.items() for plant in plants]


def plant_cells(plant: dict[str, Any]) -> str:
    """One planted fault as table cells; long lists of records are cut."""
    records = [str(number) for number in plant["records"][:6]]
    more = " …" if len(plant["records"]) > 6 else ""
    where = ", ".join(records) + more if records else "the file"
    column = f"`{plant['column']}`" if plant["column"] else ""
    what = plant["what"].replace("|", "\\|")
    return f"{plant['rule']} | {plant['severity']} | {column} | {what} | {plant['count']} | {where}"
