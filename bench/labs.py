"""A messy laboratory extract of any length, the same bytes for the same number of rows.

Eight columns in the manner of a small hospital's export: five date formats, flags, units and missing values spelt in
many ways, stray spaces, comparators, qualitative results, one impossible date in a thousand, and one row in twenty a
byte-for-byte copy of an earlier one. Moments are spread over two years of minutes, so that almost every date cell is
its own value: an engine that remembers what it has standardized gets no gift there.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

SEED = 20251201
ROWS = 1_200_000
HEADER = "patient_id,test_name,test_date,result_value,reference_range,unit,abnormal_flag,ordering_provider\n"
PATIENTS, PROVIDERS, DAYS, COPIES = 60_000, 4_000, 730, 0.05
# How far back a copy may reach; a copy of anything would need the whole file in memory.
REACH = 50_000

# names, reference range, units, low and high of the values, decimal places
TESTS = [
    (["Blood Glucose", "BLOOD GLUCOSE", "Glucose"], "70-99", ["mg/dL", "MG/DL", "mg/dl"], 60, 180, 1),
    (["Hemoglobin A1C", "HEMOGLOBIN A1C"], "4.0-5.6", ["%", "percent"], 4, 11, 1),
    (["Potassium", "potassium "], "3.5-5.1", ["mmol/L", "mEq/L", "mmol/l"], 3, 6, 1),
    (["Sodium"], "135-145", ["mmol/L", "mEq/L"], 128, 150, 0),
    (["Thyroid Stimulating Hormone", "TSH"], "0.4-4.0", ["mIU/L", "uIU/mL"], 0.1, 9, 2),
    (["Creatinine", "CREATININE"], "0.6-1.2", ["mg/dL", "Mg/Dl"], 0.4, 3, 2),
    (["Platelets"], "150-400", ["K/uL", "10^3/uL", "thou/uL"], 90, 520, 0),
    (["WBC", "Leukocytes"], "4.0-11.0", ["K/uL", "k/ul"], 2, 19, 1),
    (["ALT"], "10-40", ["U/L", "units/L"], 8, 120, 0),
    (["Urine Ketones"], "Negative", ["", "N/A"], 0, 0, 0),
]
FLAGS = ["N", "Normal", "normal", "H", "High", "HIGH", "L", "Low", "Abnormal", "A", "Critical High", "HH", ""]
MISSING = ["N/A", "", "NULL", "n/a", r"\N"]
WORDS = ["Negative", "NEG", "Positive", "trace", "Not Detected", "1+"]
COMPARATORS = ["<", ">", ">=", "< "]


def spellings() -> list[tuple[list[str], list[str]]]:
    """For each date format, the text of every day and of every minute; joined they make a cell."""
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(DAYS)]
    clock = [(minute // 60, minute % 60) for minute in range(1440)]
    half = [f" {hour % 12 or 12:02d}:{minute:02d} {'AM' if hour < 12 else 'PM'}" for hour, minute in clock]
    full = [f" {hour:02d}:{minute:02d}" for hour, minute in clock]
    seconds = [f" {hour:02d}:{minute:02d}:{hour + minute % 36:02d}" for hour, minute in clock]
    digits = [f"{hour:02d}{minute:02d}00" for hour, minute in clock]
    return [
        ([f"{day:%m/%d/%Y}" for day in days], half),
        ([f"{day:%d-%b-%Y}" for day in days], full),
        ([f"{day:%Y-%m-%d}" for day in days], seconds),
        ([f"{day:%d.%m.%Y}" for day in days], full),
        ([f"{day:%Y%m%d}" for day in days], digits),
    ]


def lines(rows: int, seed: int = SEED) -> Iterator[str]:
    """Data rows, each with its line end."""
    rng = Random(seed)
    chance, pick = rng.random, rng.choice
    formats, recent = spellings(), [""] * REACH
    for number in range(rows):
        copy = number > 0 and chance() < COPIES
        line = recent[int(chance() * min(number, REACH))] if copy else row(chance, pick, formats)
        recent[number % REACH] = line
        yield line


def row(chance: Callable[[], float], pick: Callable, formats: list[tuple[list[str], list[str]]]) -> str:
    names, limits, units, low, high, places = pick(TESTS)
    days, minutes = pick(formats)
    moment = days[int(chance() * DAYS)] + minutes[int(chance() * 1440)]
    if chance() < 0.001:
        moment = "2024-02-30 10:00:00"
    patient, provider = int(chance() * PATIENTS), int(chance() * PROVIDERS)
    space = " " if chance() < 0.05 else ""
    return (
        f"PT-{patient:06d}-{patient % 97:02d},{pick(names)},{moment},{value(chance, pick, low, high, places)},{limits},"
        f"{pick(units)},{pick(FLAGS)},{space}PROV{provider:05d}\n"
    )


def value(chance: Callable[[], float], pick: Callable, low: float, high: float, places: int) -> str:
    kind = chance()
    if kind < 0.02:
        return pick(MISSING)
    if high == 0 or kind < 0.03:
        return pick(WORDS)
    number = f"{low + (high - low) * chance():.{places}f}"
    return pick(COMPARATORS) + number if kind < 0.06 else number


def write(path: Path, rows: int, seed: int = SEED) -> None:
    """Write the file beside its name first, so that an interrupted run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="ascii", newline="", buffering=1 << 20) as file:
        file.write(HEADER)
        file.writelines(lines(rows, seed))
    part.replace(path)


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("file", type=Path, help="where to write")
    parser.add_argument("rows", type=int, nargs="?", default=ROWS, help="data rows (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="other rows (default: %(default)s)")
    chosen = parser.parse_args()
    if chosen.rows < 1:
        parser.error("rows start at 1")
    write(chosen.file, chosen.rows, chosen.seed)


if __name__ == "__main__":
    main()
