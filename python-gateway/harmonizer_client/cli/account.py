"""The short account of a run: where every record went, file by file, and what was found most often."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..progress import Accounting, Summary

TOP = 5
Told = Callable[[str, Summary, Mapping[str, Any], str, str], str]
"""Says of a run: name, summary, report, operation, and where the artifacts are."""
REFERENCE = "VAL-REF-1"
# The status of a check whose other side no file of the run holds.
NOTHING_TO_COMPARE = "not_applicable"
# The operation that counts what it would write, and writes no clean file.
DRY = "validate"


def account(name: str, summary: Summary, report: Mapping[str, Any], operation: str, end: str) -> str:
    """Return some lines of text without any value of the files; ``end`` says where the artifacts are."""
    lines = [
        *_accounts(name, summary, dry=operation == DRY),
        f"  {found(summary)}; {score(summary)}",
        *between(report),
        *(f"  {line}" for line in matched(report)),
    ]
    if rules := top_rules(report):
        lines.append("  most often: " + "; ".join(f"{rule} {severities(*counts)}" for rule, *counts in rules))
    return "\n".join([*lines, f"  {end}"])


def _accounts(name: str, summary: Summary, *, dry: bool) -> list[str]:
    """Return the account of one file, or a line for each of several and their sum."""
    if len(summary.files) < 2:
        return [f"{name}: {summary.entity}, {rate(summary)}", f"  {accounted(summary.accounting, dry=dry)}"]
    return [
        f"{name}: {rate(summary)}",
        *(f"  {file.file_name}: {file.entity}, {accounted(file.accounting, dry=dry)}" for file in summary.files),
        f"  together: {accounted(summary.accounting, dry=dry)}",
    ]


def between(report: Mapping[str, Any]) -> list[str]:
    """Return what is said of references from one record to another (rule VAL-REF-1), where any was checked."""
    rules = report.get("rules") or ()
    checks = [c for c in rules if c["rule_id"] == REFERENCE and c.get("status") != NOTHING_TO_COMPARE]
    looked_up = sum(check.get("num_denominator", 0) for check in checks)
    if not looked_up:
        return []
    missing = sum(check.get("num_violated", 0) for check in checks)
    return [f"  references: {number(looked_up, 'record')} looked up, {missing or 'none'} without what they name"]


def matched(report: Mapping[str, Any]) -> list[str]:
    """Return what matching found (rule DED-5), where it was asked for."""
    if not (found := report.get("matching")):
        return []
    clusters, pairs = number(found["clusters"], "person"), number(found["matches"], "pair")
    more = f"{found['compared_pairs']:,} pairs compared, {found['model']} model"
    return [f"matching: {pairs} matched ({clusters} with more than one record), {found['reviews']:,} to review; {more}"]


def where(operation: str, place: str) -> str:
    """Return where the artifacts of a run are, in words."""
    return f"only checked: issues and report are in {place}" if operation == DRY else f"written to {place}"


def accounted(counts: Accounting, *, dry: bool = False) -> str:
    """Return the accounting identity (rule DQ-6); parts that are zero are left out, what was written never is."""
    gone = (("duplicates", counts.duplicates), ("quarantined", counts.quarantined), ("routed", counts.routed))
    parts = [
        f"{counts.written:,} {'would be ' if dry else ''}written",
        *(f"{count:,} {word}" for word, count in gone if count),
    ]
    created = f" - {counts.created:,} created" if counts.created else ""
    return f"{counts.read:,} records read = {' + '.join(parts)}{created}"


def found(summary: Summary) -> str:
    """Return what was found in words."""
    where = f" in {number(summary.error_records, 'record')}" if summary.errors else ""
    return f"{number(summary.errors, 'error')}{where}, {number(summary.warnings, 'warning')}"


def score(summary: Summary) -> str:
    """Return the score in words."""
    return f"score {summary.score:.1f} %" if summary.score is not None else "no score"


def rate(summary: Summary) -> str:
    """Return size, time and rates of the whole run."""
    seconds = max(summary.elapsed_ms, 1) / 1000
    time = f"{seconds:.1f} s" if seconds >= 1 else f"{summary.elapsed_ms} ms"
    rates = f"{size(summary.input_bytes / seconds)}/s, {summary.accounting.read / seconds:,.0f} records/s"
    return f"{size(summary.input_bytes)} in {time} ({rates})"


def size(count: float) -> str:
    """Return bytes in words."""
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.1f} kB"


def number(count: int, word: str) -> str:
    """Return a count with its word."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def top_rules(report: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Return rule, errors and warnings of what weighs most, over all fields: errors first, then warnings."""
    totals: dict[str, tuple[int, int]] = {}
    for check in report.get("rules") or ():
        errors, warnings = totals.get(check["rule_id"], (0, 0))
        totals[check["rule_id"]] = (errors + check.get("errors", 0), warnings + check.get("warnings", 0))
    found = [(rule, *counts) for rule, counts in totals.items() if any(counts)]
    return sorted(found, key=lambda item: (-item[1], -item[2], item[0]))[:TOP]


def severities(errors: int, warnings: int) -> str:
    """Return the counts that are not zero."""
    parts = ((errors, "error"), (warnings, "warning"))
    return ", ".join(number(count, word) for count, word in parts if count)


def read_report(content: bytes | bytearray) -> Mapping[str, Any]:
    """Return report.json as an object, empty where it is none."""
    try:
        report = json.loads(content)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}
