"""Flame graphs as SVG from folded stacks: `root;caller;callee count` a line, as py-spy's raw format has it.

Usage: python bench/flame.py TITLE < stacks.txt > graph.svg

Callers are above what they call, widths are shares of all samples. The file needs no network: a click on a frame
widens it to the whole graph, a click on the first row brings everything back, and the pointer shows name and share.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from zlib import crc32

import stacks

WIDTH, ROW, TOP, LETTER = 1600, 17, 44, 6.6
# Frames narrower than this share are not drawn; nobody could click them.
LEAST = 0.0005
SCRIPT = """
const all = [...document.querySelectorAll('g')], label = g => {
  const text = g.querySelector('text'), room = Math.floor(g.w / LETTER) - 1, name = g.dataset.name;
  text.textContent = room < 3 ? '' : name.length <= room ? name : name.slice(0, room - 1) + '…';
};
const show = ({x, w}) => all.forEach(g => {
  const from = Math.max(0, (g.x - x) / w), to = Math.min(1, (g.x + g.s - x) / w);
  g.style.display = to - from > 1e-6 ? '' : 'none';
  g.w = (to - from) * WIDTH;
  g.querySelector('rect').setAttribute('x', from * WIDTH);
  g.querySelector('rect').setAttribute('width', Math.max(g.w, 0));
  g.querySelector('text').setAttribute('x', from * WIDTH + 3);
  label(g);
});
all.forEach(g => {
  g.x = +g.dataset.x; g.s = +g.dataset.s;
  g.addEventListener('click', () => show({x: g.x, w: g.s}));
});
"""


@dataclass
class Frame:
    """A function with all samples below it."""

    name: str
    samples: int = 0
    calls: dict[str, Frame] = field(default_factory=dict)


def tree(found: Counter[str]) -> Frame:
    """All stacks in one tree."""
    root = Frame("all")
    for stack, count in found.items():
        frame = root
        frame.samples += count
        for name in stack.split(";"):
            frame = frame.calls.setdefault(name, Frame(name))
            frame.samples += count
    return root


def frames(frame: Frame, start: int = 0, depth: int = 0) -> Iterator[tuple[Frame, int, int]]:
    """Every frame with the samples to its left and its depth; callees by name, so that graphs can be compared."""
    yield frame, start, depth
    for name in sorted(frame.calls):
        yield from frames(frame.calls[name], start, depth + 1)
        start += frame.calls[name].samples


def draw(found: Counter[str], title: str) -> str:
    """The graph as the text of an SVG file."""
    root = tree(found)
    total = root.samples or 1
    drawn = [one for one in frames(root) if one[0].samples / total >= LEAST]
    height = TOP + ROW * (1 + max((depth for _, _, depth in drawn), default=0))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" viewBox="0 0 {WIDTH} {height}" '
        'font-family="monospace" font-size="11">',
        f'<rect width="100%" height="100%" fill="#fff"/><text x="3" y="18" font-size="14">{escape(title)}</text>',
        f'<text x="3" y="36" fill="#666">{total:,} samples; click to widen, click "all" to go back</text>',
    ]
    lines += [box(*one, total) for one in drawn]
    script = SCRIPT.replace("LETTER", str(LETTER)).replace("WIDTH", str(WIDTH))
    return "\n".join([*lines, f"<script><![CDATA[{script}]]></script>", "</svg>", ""])


def label(name: str, share: float) -> str:
    """As much of the name as there is room for; the script does the same where a frame was widened."""
    room = int(share * WIDTH / LETTER) - 1
    if room < 3:
        return ""
    return name if len(name) <= room else f"{name[: room - 1]}…"


def box(frame: Frame, start: int, depth: int, total: int) -> str:
    """One frame. Its colour comes from its name, so that a function looks the same in every graph."""
    share, left, top = frame.samples / total, start / total, TOP + depth * ROW
    seed, name = crc32(frame.name.encode()), escape(frame.name, quote=True)
    text = escape(label(frame.name, share))
    colour = f"hsl({seed % 45 + 5},{60 + seed // 45 % 30}%,{68 + seed // 1350 % 12}%)"
    return (
        f'<g data-name="{name}" data-x="{left:.6f}" data-s="{share:.6f}">'
        f"<title>{name}: {frame.samples:,} samples, {share:.1%}</title>"
        f'<rect x="{left * WIDTH:.2f}" y="{top}" width="{share * WIDTH:.2f}" height="{ROW - 1}" fill="{colour}"/>'
        f'<text x="{left * WIDTH + 3:.2f}" y="{top + 12}" pointer-events="none">{text}</text></g>'
    )


if __name__ == "__main__":
    sys.stdout.write(draw(stacks.folded(sys.stdin), " ".join(sys.argv[1:])))
