"""Stacks that were sampled, folded: `root;caller;callee` and how often each was met."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable


def folded(lines: Iterable[str]) -> Counter[str]:
    """Stacks as py-spy writes them."""
    stacks: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.strip().rpartition(" ")
        if stack:
            stacks[stack] += int(count)
    return stacks


def from_pprof(text: str) -> Counter[str]:
    """Stacks of what `go tool pprof -traces -sample_index=samples` prints: blocks between rules, the callee first."""
    stacks: Counter[str] = Counter()
    for block in re.split(r"^-+\+-+$", text, flags=re.MULTILINE)[1:]:
        if match := re.match(r"\s*(\d+)\s+(\S.*)", block):
            names = map(function, [*reversed(block[match.end() :].splitlines()), match[2]])
            # Where a goroutine was stopped to let others run: what it was doing is the caller.
            stacks[";".join(name for name in names if name not in ("", "runtime.asyncPreempt"))] += int(match[1])
    return stacks


def function(line: str) -> str:
    """The name on a line, without the path of its package and whether it was inlined."""
    name = re.sub(r"\[.*\]", "", line.replace(" (inline)", ""))  # Without type parameters, which have paths too.
    return name.strip().rpartition("/")[2].replace(";", ":")


def top(stacks: Counter[str], rows: int = 40) -> str:
    """The functions with the most samples of their own, and with those they call, as a table of text."""
    own, whole = Counter[str](), Counter[str]()
    for stack, count in stacks.items():
        names = stack.split(";")
        own[names[-1]] += count
        whole.update(dict.fromkeys(names, count))
    total = stacks.total() or 1
    lines = [f"{total:,} samples", f"{'own':>7}  {'whole':>7}  function"]
    lines += [f"{count / total:7.1%}  {whole[name] / total:7.1%}  {name}" for name, count in own.most_common(rows)]
    lines += ["", f"{'own':>7}  {'whole':>7}  function, by the whole"]
    lines += [f"{own[name] / total:7.1%}  {count / total:7.1%}  {name}" for name, count in whole.most_common(rows)]
    return "\n".join(lines) + "\n"


def shares(stacks: Counter[str], area: Callable[[str], str]) -> list[tuple[str, float]]:
    """The part of all samples of each area, the largest first.

    `area` names the area of a frame, or nothing, where its caller counts; a stack without any is of "the rest".
    """
    found = Counter[str]()
    for stack, count in stacks.items():
        found[next((name for frame in reversed(stack.split(";")) if (name := area(frame))), "the rest")] += count
    total = found.total() or 1
    return [(name, count / total) for name, count in found.most_common()]
