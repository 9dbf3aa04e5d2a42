"""imaging_studies.csv: the radiology archive's index, headed by DICOM keywords (UTF-8, tab)."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from .people import Visit
from .table import ERROR, WARNING, Cells, Clothes, Fault, Plant, Table

COLUMNS = (
    "StudyInstanceUID AccessionNumber PatientID PatientBirthDate PatientSex PatientAge StudyDate "
    "StudyTime Modality BodyPartExamined ImageLaterality StudyDescription NumberOfSeries "
    "NumberOfInstances Manufacturer StationRoom"
)
STUDIES = [
    ("CT", "CHEST", "", "CT chest"),
    ("MRI", "LSPINE", "", "MR lumbar spine"),
    ("ultrasound", "ABDOMEN", "", "US abdomen"),
    ("DX", "Knee", "L", "Knee two views"),
    ("mammogram", "BREAST", "bilateral", "Screening"),
    ("PET/CT", "Thorax", "", "Staging"),
]


def build(stays: list[Visit], rng: Random) -> Table:
    """One study for every stay given."""
    table = Table("imaging_studies.csv", "imaging_study", COLUMNS.split(), Clothes("\t"), rng)
    for stay in stays:
        table.add(study(stay, rng))
    table.file_faults.append(Fault("STD-CSV-1", WARNING, "", "delimiter tab"))
    table.plant(PLANTS)
    table.duplicate(3)
    table.broken("2.25.77\tA900\tNV-041007", Fault("STD-CSV-1", ERROR, "", "ragged row"))
    return table


def study(stay: Visit, rng: Random) -> Cells:
    """UIDs are of the 2.25 arc, made from random numbers, so nobody else owns them."""
    modality, part, side, words = rng.choice(STUDIES)
    taken = stay.start + timedelta(minutes=rng.randrange(10, 200))
    years = (taken.date() - stay.person.birth).days // 366
    series = rng.randrange(1, 7)
    return {
        "StudyInstanceUID": f"2.25.{rng.getrandbits(122)}",
        "AccessionNumber": f"A{rng.randrange(10**6):07d}",
        "PatientID": stay.person.patient_id,
        "PatientBirthDate": f"{stay.person.birth:%Y%m%d}",
        "PatientSex": "F" if stay.person.female else "M",
        "PatientAge": f"{years:03d}Y",
        "StudyDate": f"{taken:%Y%m%d}",
        "StudyTime": rng.choice([f"{taken:%H%M%S}", f"{taken:%H%M%S}.25", f"{taken:%H%M}"]),
        "Modality": modality,
        "BodyPartExamined": part,
        "ImageLaterality": side,
        "StudyDescription": words,
        "NumberOfSeries": str(series),
        "NumberOfInstances": str(series * rng.randrange(20, 200)),
        "Manufacturer": "Invented Imaging",
        "StationRoom": rng.choice(["R1", "R2"]),
    }


def bad(rule: str, severity: str, column: str, value: str, what: str) -> Plant:
    return Plant(Fault(rule, severity, column, what), {column: value})


PLANTS = [
    bad("VAL-UID-1", ERROR, "StudyInstanceUID", "2.25.00113", "leading zero in an arc"),
    bad("VAL-UID-1", ERROR, "StudyInstanceUID", "2.25." + "7" * 65, "seventy characters"),
    bad("VAL-UID-1", ERROR, "StudyInstanceUID", "2.25.3.", "ends with a point"),
    bad("VAL-MOD-1", WARNING, "Modality", "XR", "X-ray is not one DICOM code"),
    bad("STD-IMG-1", WARNING, "Modality", "ST", "retired code"),
    bad("VAL-MOD-1", ERROR, "Modality", "ZZ", "no such modality"),
    bad("STD-IMG-3", WARNING, "BodyPartExamined", "whole thing", "not a body part"),
    bad("STD-IMG-2", WARNING, "StudyDate", "2024.03.05", "legacy DICOM date"),
    Plant(Fault("STD-IMG-2", ERROR, "StudyDate", "its StudyTime has no such hour"), {"StudyTime": "2505"}),
    bad("STD-AGE-1", WARNING, "PatientAge", "45Y", "age needs three digits"),
    bad("VAL-NUM-1", ERROR, "NumberOfSeries", "-2", "negative count"),
    bad("VAL-DATE-1", ERROR, "StudyDate", "20990101", "in the future"),
    bad("VAL-REQ-1", ERROR, "PatientID", "", "no patient"),
]
