"""How well clusters of records agree with the truth about the persons they speak of, counted in pairs."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Quality:
    """Pairs of records that were put together, those of them that are one person, and all that are one person."""

    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0


def score(target: Path, person_of: dict[str, str]) -> Quality:
    """Judge what a contestant wrote: .ndjson is our artifact of pairs, .csv a table of patient_id and cluster_id."""
    groups = from_pairs(target, list(person_of)) if target.suffix == ".ndjson" else from_table(target)
    found = right = 0
    for members in groups:
        found += pairs(len(members))
        right += sum(map(pairs, Counter(person_of[patient] for patient in members).values()))
    return Quality(found, right, sum(map(pairs, Counter(person_of.values()).values())))


def pairs(records: int) -> int:
    return records * (records - 1) // 2


def from_pairs(path: Path, patients: list[str]) -> Iterable[set[str]]:
    """Clusters of matches.ndjson: each of their records is in one of the pairs that name the cluster."""
    groups: dict[Hashable, set[str]] = defaultdict(set)
    with path.open(encoding="utf-8") as file:
        for line in file:
            pair = json.loads(line)
            if pair["cluster"] is not None:
                groups[pair["cluster"]] |= {patients[pair[side]["record_no"] - 1] for side in ("a", "b")}
    return groups.values()


def from_table(path: Path) -> Iterable[set[str]]:
    groups: dict[Hashable, set[str]] = defaultdict(set)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups[row["cluster_id"]].add(row["patient_id"])
    return groups.values()
