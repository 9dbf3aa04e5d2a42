"""The first message of a stream: what to do with the files that follow."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2
from harmonizer.v1 import options_pb2

from .errors import InvalidOption
from .options import OptionsLike, close_matches, to_options

Number = TypeVar("Number")

OPERATIONS = {name.removeprefix("OPERATION_").lower(): n for name, n in options_pb2.Operation.items() if n}
OUTPUT_FORMATS = {name.removeprefix("OUTPUT_FORMAT_").lower(): n for name, n in options_pb2.OutputFormat.items() if n}
ARTIFACTS = {name.removeprefix("ARTIFACT_KIND_").lower(): n for name, n in service_pb2.ArtifactKind.items() if n}


def make_spec(
    *,
    entity: str | None = None,
    operation: str = "harmonize",
    options: OptionsLike = None,
    output_format: str = "csv",
    artifacts: Iterable[str] = (),
    records: bool = True,
) -> service_pb2.HarmonizeSpec:
    """Return a spec without file name and size. Errors: InvalidOption for a word that the contract does not know."""
    return service_pb2.HarmonizeSpec(
        operation=number_of("operation", operation, OPERATIONS),
        options=to_options(options, entity),
        output_format=number_of("output_format", output_format, OUTPUT_FORMATS),
        artifacts=[number_of("artifacts", kind, ARTIFACTS) for kind in dict.fromkeys(artifacts)],
        records=records,
    )


def artifacts_for(options: options_pb2.Options) -> list[str]:
    """Return the kinds of artifacts that a run with these options writes."""
    unasked = {"lineage"} if not options.lineage else set()
    unasked |= {"matches", "review"} if not options.match else set()
    return [kind for kind in ARTIFACTS if kind not in unasked]


def number_of(what: str, word: str, numbers: Mapping[str, Number]) -> Number:
    """Return the number of a word. Errors: InvalidOption, which lists the words."""
    if word not in numbers:
        raise InvalidOption(f"{what} is one of {', '.join(numbers)}{close_matches(word, numbers)}")
    return numbers[word]
