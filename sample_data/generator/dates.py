"""The ways a hospital writes a day or a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

# Day shapes; each of "mdy" and "dmy" is decided per column from its values (STD-DATE-3).
DAYS: dict[str, Callable[[date], str]] = {
    "iso": lambda day: f"{day:%Y-%m-%d}",
    "mdy": lambda day: f"{day:%m/%d/%Y}",
    "dmy": lambda day: f"{day:%d-%m-%Y}",
    "mon": lambda day: f"{day:%d-%b-%Y}",
    "compact": lambda day: f"{day:%Y%m%d}",
    "dot": lambda day: f"{day:%d.%m.%Y}",
    "short": lambda day: f"{day.month}/{day.day}/{day:%y}",
}

# The same shapes with a time of day; seconds only where such systems print them.
MOMENTS: dict[str, Callable[[datetime], str]] = {
    "iso": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "mdy": lambda at: f"{at:%m/%d/%Y %I:%M %p}",
    "dmy": lambda at: f"{at:%d-%m-%Y %H:%M}",
    "mon": lambda at: f"{at:%d-%b-%Y %H:%M}",
    "compact": lambda at: f"{at:%Y%m%d%H%M}",
    "rfc": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}-05:00",
}


def undecidable(day: date) -> str:
    """A day as N.N.YYYY that reads both ways: both numbers at most 12, and different."""
    first, second = day.month, day.day % 12 + 1
    if first == second:
        second = second % 12 + 1
    return f"{first:02d}.{second:02d}.{day.year}"
