"""Invented people, places and visits, shared by all sample files so that they fit together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

WOMEN = "Alma Brigid Carmen Delia Esther Fiona Greta Hanna Imogen Josefa Katrin Leonie Mina Odile"
MEN = "Anselm Boris Caleb Dorian Emil Felix Gustav Hector Ivo Jasper Konrad Lionel Matthias Otis"
FAMILIES = (
    "Abernethy Birdsong Castellanos Dragomir Eastwick Fairweather Grunwald Hollingworth Ibarra "
    "Juszczak Kowalczyk Lindqvist Montenegro Nakashima Oyelaran Pemberton Quintanilla Rasmussen "
    "Szabados Thistlewood Underhill Vandermeer Wexcombe Yarborough Zimmerli"
)
STREETS = "Larkspur Quarry Tannery Mill Orchard Heron Foundry Juniper"
# Towns that do not exist, in states that do; the three digits are a ZIP prefix of the state.
TOWNS = [
    ("Fairhollow", "TX", "Texas", "768"),
    ("Port Amity", "MA", "Massachusetts", "024"),
    ("Elderbrook", "OH", "Ohio", "437"),
    ("Saltmarsh", "CA", "California", "954"),
    ("Graywater", "MN", "Minnesota", "563"),
]
AREA_CODES = {"TX": "325", "MA": "508", "OH": "740", "CA": "707", "MN": "507"}


@dataclass(frozen=True)
class Person:
    """One invented patient; height in cm, weight in kg."""

    patient_id: str
    mrn: str
    first: str
    middle: str
    last: str
    birth: date
    female: bool
    town: tuple[str, str, str, str]
    street: str
    height: float
    weight: float


@dataclass(frozen=True)
class Visit:
    """One stay of a person; `kind` is a v3 ActCode class."""

    encounter_id: str
    person: Person
    kind: str
    start: datetime
    end: datetime


def people(rng: Random, count: int) -> list[Person]:
    """Adults and children with distinct ids and names; who may be taken for whom is planted (DED-5)."""
    found: dict[tuple[str, str], Person] = {}
    while len(found) < count:
        one = person(rng, len(found))
        found.setdefault((one.first, one.last), one)
    return list(found.values())


def person(rng: Random, number: int) -> Person:
    female = rng.random() < 0.5
    birth = date(1931, 1, 1) + timedelta(days=rng.randrange(28_000))
    return Person(
        patient_id=f"NV-{41007 + 13 * number:06d}",
        mrn=f"{rng.randrange(10**7):07d}{number % 10}",
        first=rng.choice((WOMEN if female else MEN).split()),
        middle=rng.choice(["", rng.choice("ABCDEFGHJKLMNPRST")]),
        last=rng.choice(FAMILIES.split()),
        birth=birth,
        female=female,
        town=rng.choice(TOWNS),
        street=f"{rng.randrange(10, 9900)} {rng.choice(STREETS.split())} {rng.choice(['Ln', 'St', 'Ave'])}",
        height=round(rng.gauss(164 if female else 177, 6), 1),
        weight=round(rng.uniform(52, 104), 1),
    )


def visits(rng: Random, everyone: list[Person], count: int) -> list[Visit]:
    """Stays between 2023 and 2025, at least a month apart for one person."""
    found: list[Visit] = []
    opening = datetime(2023, 1, 9, 7)
    for number in range(count):
        start = opening + timedelta(days=5 * number, minutes=rng.randrange(700))
        kind = rng.choice(["AMB", "AMB", "AMB", "EMER", "IMP", "VR"])
        hours = rng.uniform(30, 200) if kind == "IMP" else rng.uniform(0.5, 9)
        end = start + timedelta(minutes=int(hours * 60))
        who = everyone[number * 7 % len(everyone)]
        found.append(Visit(f"V{880000 + 3 * number}", who, kind, start, end))
    return found


def npi(rng: Random) -> str:
    """A well-formed provider number in the block that starts with 2, which is not issued yet."""
    body = f"2{rng.randrange(10**8):08d}"
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(body[::-1])]
    total = 24 + sum(digit - 9 if digit > 9 else digit for digit in doubled)
    return body + str(-total % 10)


def phone(rng: Random, state: str) -> str:
    """A number from the block kept for fiction (555-01xx), in one of the usual spellings."""
    area, line = AREA_CODES[state], f"01{rng.randrange(100):02d}"
    shapes = ["({}) 555-{}", "{}.555.{}", "{}-555-{}", "{}555{}", "+1 {} 555 {}", "{}-555-{} x12"]
    return rng.choice(shapes).format(area, line)
