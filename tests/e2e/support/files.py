"""Files to send."""

from __future__ import annotations

import gzip
import json
from typing import Any

from support.processes import ROOT

SAMPLES = ROOT / "sample_data"
SHARED = ROOT.parent / "shared" / "data"
PLANTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "planted.json").read_text("utf-8"))["files"]
# The ledger is written for this day; every "in the future" is measured by it.
AS_OF = "2026-11-20"
OPTIONS = json.dumps({"as_of": AS_OF})
SIX = {
    "clean.csv", "quarantine.csv", "issues.ndjson", "report.json", "manifest.json", "operation-outcome.json",
}  # fmt: skip
SMALL = (
    b"patient_id,first_name,last_name,birth_date\n1,Ann,Ames,1980-02-29\n2,Bob,Burr,1975-12-31\n2,Bob,Burr,1975-12-31\n"
)


def sample(name: str) -> bytes:
    """The bytes of a sample file."""
    return (SAMPLES / name).read_bytes()


def stem(name: str) -> str:
    """The folder that `harmonizer run` gives to a file."""
    return name.split(".")[0]


def issues(content: bytes) -> list[dict[str, Any]]:
    """The issue records of an artifact."""
    return [json.loads(line) for line in content.splitlines()]


def identity(accounting: dict[str, int]) -> bool:
    """Rule DQ-6: every record read is accounted for."""
    a = accounting
    return a["read"] == a["written"] + a["duplicates"] + a["quarantined"] + a["routed"] - a["created"]


def many_labs(records: int) -> bytes:
    """A lab file whose rows all differ, with enough to decide and to repair to keep a worker busy."""
    row = "L{0:08d},P{1:06d},GLU,2345-7,{2}/{3:02d}/2024 08:{4:02d},{5}.{6},mg/dL,70-99,H,final\n"
    rows = (row.format(n, n % 5000, n % 12 + 1, n % 28 + 1, n % 60, 60 + n % 180, n % 10) for n in range(records))
    header = "result_id,patient_id,test_name,loinc_code,collection_date,value,units,ref_range,flag,status\n"
    return (header + "".join(rows)).encode()


def squeezed(data: bytes) -> bytes:
    """As gzip, without a time."""
    return gzip.compress(data, mtime=0)
