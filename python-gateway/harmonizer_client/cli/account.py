"""The short account of one file: where every record went, and what was found most often."""

import json
from collections.abc import Mapping
from typing import Any

from ..progress import Accounting, Summary

TOP = 5
RANK = {"error": 0, "warning": 1, "information": 2}


def account(name: str, summary: Summary, report: Mapping[str, Any], place: str) -> str:
    """Return some lines of text without any value of the file."""
    lines = [
        f"{name}: {summary.entity}, {rate(summary)}",
        f"  {accounted(summary.accounting)}",
        f"  {found(summary)}; {score(summary)}",
    ]
    rules = [f"{rule} {severity} {count:,}" for rule, severity, count in top_rules(report)]
    if rules:
        lines.append("  most often: " + ", ".join(rules))
    return "\n".join([*lines, f"  written to {place}"])


def accounted(counts: Accounting) -> str:
    """Return the accounting identity (rule DQ-6); parts that are zero are left out, what was written never is."""
    gone = (("duplicates", counts.duplicates), ("quarantined", counts.quarantined), ("routed", counts.routed))
    parts = [f"{counts.written:,} written", *(f"{count:,} {word}" for word, count in gone if count)]
    created = f" - {counts.created:,} created" if counts.created else ""
    return f"{counts.read:,} records read = {' + '.join(parts)}{created}"


def found(summary: Summary) -> str:
    """Return what was found in words."""
    return f"{summary.errors:,} errors in {summary.error_records:,} records, {summary.warnings:,} warnings"


def score(summary: Summary) -> str:
    """Return the score in words."""
    return f"score {summary.score:.1f} %" if summary.score is not None else "no score"


def rate(summary: Summary) -> str:
    """Return size, time and rates of the whole run."""
    seconds = max(summary.elapsed_ms, 1) / 1000
    size = f"{summary.input_bytes / 1e6:.1f} MB in {seconds:.1f} s"
    rates = f"{summary.input_bytes / 1e6 / seconds:.1f} MB/s, {summary.accounting.read / seconds:,.0f} records/s"
    return f"{size} ({rates})"


def top_rules(report: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Return rule, severity and count of what weighs most: errors before warnings before informations, then by
    count."""
    counts: dict[tuple[str, str], int] = {}
    for rule in report.get("rules") or ():
        key = (str(rule.get("rule_id", "")), str(rule.get("severity", "")))
        counts[key] = counts.get(key, 0) + int(rule.get("count", 0))
    found = [(rule, severity, count) for (rule, severity), count in counts.items() if count]
    return sorted(found, key=lambda item: (RANK.get(item[1], 3), -item[2], item[0]))[:TOP]


def read_report(content: bytes) -> Mapping[str, Any]:
    """Return report.json as an object, empty where it is none."""
    try:
        report = json.loads(content)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}
