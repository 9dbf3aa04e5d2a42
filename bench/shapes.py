"""Files that differ in one thing: columns, distinct values, issues of a row, or next to nothing in each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

BLOCK = 20_000
LAB = "patient_id,test_name,test_date,result_value,reference_range,unit,abnormal_flag,ordering_provider".split(",")
# A laboratory row that nothing is said about; each change then adds an issue to every row, the missing id two. The
# first, second and fourth are errors, which have a line each in the file of the issues; the others are summed up.
PLAIN = ["PT-{:08d}", "Bleeding time", "2024-03-16T14:15:00", "140", "135-145", "mmol/L", "N", "PROV00001"]
CHANGES = [
    (5, "zorks"),
    (2, "2024-02-30 10:00:00"),
    (7, " PROV00001"),
    (0, ""),
    (3, "< 140"),
    (6, "Normal"),
    (4, "about 140"),
]
WORDS = [f"{number / 7:.2f}" for number in range(70)] + ["yes", "no", "", "n/a", "low", "high", "pending", " seen "]


def wide(path: Path, columns: int, rows: int) -> None:
    """The eight columns of a laboratory file, and as many more that nothing is known of."""
    more = columns - len(LAB)
    names = [f"measure_{number:04d}" for number in range(more)]

    def row(number: int) -> str:
        start = number * 31 % len(WORDS)
        cells = (WORDS[start:] + WORDS) * (more // len(WORDS) + 1)
        return ",".join([PLAIN[0].format(number), *PLAIN[1:], *cells[:more]]) + "\n"

    write(path, [*LAB, *names], map(row, range(rows)))


def distinct(path: Path, values: int, rows: int) -> None:
    """Four columns; the moments of the rows are so many different ones, in turn, spelt as no standard has them."""
    start = datetime(2020, 1, 13)  # Past the twelfth, so that nobody wonders which number is the month.
    dates = [f"{start + timedelta(seconds=number):%m/%d/%Y %H:%M:%S}" for number in range(min(values, rows))]
    lines = (f"PT-{number:08d},Bleeding time,{dates[number % len(dates)]},140\n" for number in range(rows))
    write(path, LAB[:4], lines)


def issues(path: Path, changes: int, rows: int) -> None:
    """Laboratory rows with so many of the changes."""
    cells = list(PLAIN)
    for column, text in CHANGES[:changes]:
        cells[column] = text
    form = ",".join(cells) + "\n"
    write(path, LAB, (form.format(number) for number in range(rows)))


def tiny(path: Path, rows: int) -> None:
    """One column of one to three digits."""
    write(path, ["code"], (f"{number * 7919 % (10 ** (1 + number % 3))}\n" for number in range(rows)))


def write(path: Path, header: Iterable[str], lines: Iterator[str]) -> None:
    """Write a file of lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii", newline="", buffering=1 << 20) as file:
        file.write(",".join(header) + "\n")
        file.writelines(lines)
