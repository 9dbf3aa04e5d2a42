"""What only shows when the files are taken together: references, lives, stays, and one fact in two files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .people import Visit
from .table import ERROR, INFO, WARNING, Cells, Fault, Plant, Row, Table

LONG_AGO = datetime(1921, 3, 4, 10, 30)  # Before anybody was born.
LATELY = datetime(2026, 3, 1, 10, 30)  # Months after the last death.


@dataclass(frozen=True)
class Form:
    """Columns of a file, the way it writes a moment, and cells that would contradict a moved one."""

    patient: str
    encounter: str
    day: str
    shape: str = "%Y-%m-%d %H:%M:%S"
    moved: Cells = field(default_factory=dict)


FORMS = {
    "lab_results.csv": Form("PAT_ID", "ENCOUNTER", "COLLECTION_DATE", moved={"RESULT_DATE": ""}),
    "vitals.csv": Form("patient_id", "encounter_id", "observation_datetime"),
    "medications.csv": Form("patient_id", "encounter_id", "start_date", "%Y-%m-%d", {"stop_date": ""}),
    "encounters.csv": Form("patient_id", "encounter_id", "admit_date"),
    "conditions.csv": Form("PATIENT", "ENCOUNTER", "START", "%Y-%m-%d", {"STOP": "", "STATUS": "active"}),
    "imaging_studies.csv": Form("PatientID", "", "StudyDate"),
    "observations.csv.gz": Form("PATIENT", "ENCOUNTER", "DATE", "%Y-%m-%dT%H:%M:%SZ"),
}
NO_PATIENT = {"lab_results.csv", "encounters.csv", "conditions.csv", "imaging_studies.csv", "observations.csv.gz"}
NO_ENCOUNTER = {"lab_results.csv", "vitals.csv", "medications.csv"}
UNBORN = {"lab_results.csv", "medications.csv", "conditions.csv"}
DEAD = {"lab_results.csv", "vitals.csv", "conditions.csv"}
ELSEWHERE = {"lab_results.csv", "vitals.csv", "observations.csv.gz"}


def plant(tables: Iterable[Table], stays: list[Visit]) -> None:
    """Plant in records of people and stays that are each on file once, and in which nothing is planted."""
    files = {table.name: table for table in tables}
    people = once(files["patients.csv"], "PatientID")
    known = once(files["encounters.csv"], "encounter_id")
    sound = {
        stay.encounter_id: stay for stay in stays if stay.person.patient_id in people and stay.encounter_id in known
    }
    dead = next(patient for patient, row in people.items() if row.cells["Date of Death"])
    for name, form in FORMS.items():
        files[name].plant(faults(name, form, sound, dead))
    pulse_twice(files["vitals.csv"], files["vitals_wide.csv"], sound)
    result_twice(files["lab_results.csv"], files["observations.csv.gz"], sound)


def once(table: Table, column: str) -> dict[str, Row]:
    """Records without a plant, by an id that no other record has."""
    count = Counter(row.cells.get(column) for row in table.rows)
    free = [row for row in table.rows if row.raw is None and not row.planted]
    return {row.cells[column]: row for row in free if count[row.cells[column]] == 1}


def faults(name: str, form: Form, sound: dict[str, Visit], dead: str) -> list[Plant]:
    """The plants of one file."""
    people = {stay.person.patient_id for stay in sound.values()}

    def where(cells: Cells) -> bool:
        return cells[form.encounter] in sound if form.encounter else cells[form.patient] in people

    def at(moment: datetime) -> Cells:
        return form.moved | {form.day: moment.strftime(form.shape)}

    def later(cells: Cells) -> Cells:
        return at(sound[cells[form.encounter]].start + timedelta(days=30))

    alone = {form.encounter: ""}
    kinds = [
        (NO_PATIENT, "VAL-REF-1", WARNING, form.patient, "no such patient", {form.patient: "NV-088001"}),
        (NO_ENCOUNTER, "VAL-REF-1", WARNING, form.encounter, "no such encounter", {form.encounter: "V889001"}),
        (UNBORN, "VAL-DATE-2", ERROR, form.day, "before the patient's birth", at(LONG_AGO) | alone),
        (DEAD, "VAL-DATE-3", WARNING, form.day, "long after the death", at(LATELY) | alone | {form.patient: dead}),
        (ELSEWHERE, "VAL-DATE-5", WARNING, form.day, "a month after its encounter", later),
    ]
    return [Plant(Fault(*fault, together=True), cells, where) for files, *fault, cells in kinds if name in files]


def pulse_twice(narrow: Table, wide: Table, sound: dict[str, Visit]) -> None:
    """A pulse that the monitor and the flowsheet both sent: it stays where it came first."""
    first = narrow.pick(lambda cells: cells["unit"] == "bpm" and cells["encounter_id"] in sound).cells
    first["observation_datetime"] = f"{sound[first['encounter_id']].start + timedelta(minutes=29):%Y-%m-%d %H:%M:%S}"
    again = dict.fromkeys(wide.header, "") | {
        "PatientID": first["patient_id"],
        "HadmID": first["encounter_id"],
        "Taken_At": first["observation_datetime"],
        "HR": first["vital_value"],
    }
    wide.insert(Row(again, faults=[Fault("DED-2", INFO, "", "stands in vitals.csv: removed", together=True)]))
    wide.stands_elsewhere += 1


def result_twice(first_file: Table, later_file: Table, sound: dict[str, Visit]) -> None:
    """A result that two systems sent, one of them with more about it: both stay."""
    first = first_file.pick(
        lambda cells: (cells["LOINC"], cells["REFERENCE_UNIT"]) == ("2345-7", "mg/dL") and cells["ENCOUNTER"] in sound
    ).cells
    taken = sound[first["ENCOUNTER"]].start + timedelta(minutes=12)
    first |= {"COLLECTION_DATE": f"{taken:%Y-%m-%d %H:%M:%S}", "SPECIMEN": ""}
    again = {
        "DATE": f"{taken:%Y-%m-%dT%H:%M:%S}",
        "PATIENT": first["PAT_ID"],
        "ENCOUNTER": first["ENCOUNTER"],
        "CATEGORY": "laboratory",
        "CODE": first["LOINC"],
        "DESCRIPTION": "Glucose",
        "VALUE": first["ORD_VALUE"],
        "UNITS": "mg/dL",
        "TYPE": "numeric",
    }
    fault = Fault("DED-2", WARNING, "", "stands in lab_results.csv with other facts: both stay", together=True)
    later_file.insert(Row(again, faults=[fault]))
