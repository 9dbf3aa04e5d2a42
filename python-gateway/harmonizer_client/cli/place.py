"""Which directory each input writes to."""

import re
from collections.abc import Sequence
from pathlib import PurePath

SQUEEZED = re.compile(r"\.(gz|gzip|zst|zstd|bz2|xz)$", re.IGNORECASE)
STDIN = "-"


def stem_of(path: str) -> str:
    """Return the name without directory, compression suffix and format suffix: in/labs.csv.gz is labs, - is stdin."""
    if path == STDIN:
        return "stdin"
    name = SQUEEZED.sub("", PurePath(path).name)
    return PurePath(name).stem.strip(". ") or "input"


def places(paths: Sequence[str]) -> list[str]:
    """Return a name for each path, no two the same even where case does not count.

    The first labs is labs, the next labs-2, labs-3 and so on, none of which another input has by itself.
    """
    stems = [stem_of(path) for path in paths]
    own = {stem.casefold() for stem in stems}
    taken: set[str] = set()
    names = []
    for stem in stems:
        name, count = stem, 1
        while name.casefold() in taken or (count > 1 and name.casefold() in own):
            count += 1
            name = f"{stem}-{count}"
        taken.add(name.casefold())
        names.append(name)
    return names
