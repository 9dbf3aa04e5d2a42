"""What an undisturbed run makes of each case: the SHA-256 of every artifact. A broken run must make the same."""

from __future__ import annotations

from dataclasses import dataclass

from support.files import OPTIONS, SMALL, many_labs, sample
from support.rest import Rest

File = tuple[str, bytes]
Digests = dict[str, str]
"""SHA-256 by name of artifact."""


@dataclass(frozen=True)
class Case:
    """Files that a job reads, in this order, and what it is to do. Their day is fixed: outputs are compared."""

    name: str
    files: tuple[File, ...]
    operation: str = "harmonize"

    @property
    def fields(self) -> dict[str, str]:
        """The form fields beside the files."""
        return {"operation": self.operation, "options": OPTIONS}


def cases() -> list[Case]:
    """From a hundred bytes to some megabytes, one file and several, plain and squeezed."""
    return [
        Case("small", (("small.csv", SMALL),)),
        Case("patients", (_sample("patients.csv"),)),
        Case("labs", (_sample("lab_results.csv"),)),
        Case("squeezed", (_sample("observations.csv.gz"),)),
        Case("validated", (_sample("vitals.csv"),), "validate"),
        Case("together", (_sample("patients.csv"), _sample("encounters.csv"))),
        Case("many", (("many.csv", many_labs(5000)),)),
        Case("more", (("more.csv", many_labs(25000)),)),
    ]


def _sample(name: str) -> File:
    return name, sample(name)


def learn(rest: Rest, of: list[Case]) -> dict[str, Digests]:
    """Runs each case twice in peace; by name of case. Both must agree, else nothing could be compared."""
    first, second = ({case.name: _run(rest, case) for case in of} for _ in range(2))
    assert first == second, "an undisturbed run depends on something else than its input"
    return first


def _run(rest: Rest, case: Case) -> Digests:
    files = [("file", file) for file in case.files]
    answer = rest.post("/api/v1/jobs", files=files, data=case.fields)
    assert answer.status_code == 201, answer.text
    job = rest.ended(answer.json()["id"])
    assert job["status"] == "completed", job["error"]
    assert rest.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    return {artifact["name"]: artifact["sha256"] for artifact in job["artifacts"]}
