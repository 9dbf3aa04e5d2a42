"""One file, or several together, on the way through the harmonizer, seen from the caller."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import grpc

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2

from .amend import Amendment
from .artifacts import Artifact
from .batch import Batch
from .errors import Cancelled, HarmonizerError, from_rpc
from .intake import Intake
from .progress import Summary
from .sender import Sender

if TYPE_CHECKING:
    import pandas
    import pyarrow


class Run:
    """A stream that is being worked on. Nothing arrives unless it is asked for: a run that is not read stops the work.

    Iterate over ``batches()``, or ask for ``summary`` or ``artifacts``, which read to the end. Leaving a ``with``
    block, or ``cancel()`` from any thread, ends the work and removes artifacts that are not whole. Reading after an
    error raises it again.
    """

    def __init__(self, owner: object, call: Any, sender: Sender[service_pb2.HarmonizeRequest], intake: Intake) -> None:
        self._owner = owner  # Keeps the channel open for as long as somebody reads.
        self._call = call
        self._sender = sender
        self._intake = intake
        self._summary: Summary | None = None
        self._error: BaseException | None = None
        self._cancelled = False

    def batches(self) -> Iterator[Batch]:
        """Yield the batches that were not taken yet, in input order. Errors: HarmonizerError."""
        while (batch := self._next()) is not None:
            yield batch

    def wait(self) -> Summary:
        """Read to the end, batches that nobody took being dropped, and return the summary. Errors: HarmonizerError."""
        while self._next() is not None:
            pass
        assert self._summary is not None
        return self._summary

    @property
    def summary(self) -> Summary:
        """The account of the run; reads to the end."""
        return self.wait()

    @property
    def artifacts(self) -> dict[str, Artifact]:
        """The artifacts by name, such as "clean.csv"; reads to the end."""
        self.wait()
        return dict(self._intake.artifacts)

    @property
    def amendments(self) -> tuple[Amendment, ...]:
        """Changes to records already sent, as far as they have come; all of them once the run has ended."""
        return tuple(self._intake.amendments)

    def tables(self) -> dict[str, Batch]:
        """Read to the end and return the records of each entity as one batch in memory, amendments applied. Of several
        files of an entity, the second is entity.2 and so on."""
        batches = list(self.batches())
        return self._intake.tables(batches)

    def to_arrow(self, entity: str | None = None) -> pyarrow.RecordBatch:
        """Return the records of an entity, by default the file's, amendments applied. Errors: ImportError,
        KeyError."""
        tables = self.tables()
        return tables[entity or self.summary.entity].to_arrow()

    def to_pandas(self, entity: str | None = None) -> pandas.DataFrame:
        """Return the records of an entity, by default the file's, amendments applied. Errors: ImportError,
        KeyError."""
        tables = self.tables()
        return tables[entity or self.summary.entity].to_pandas()

    def cancel(self) -> None:
        """End the work, from any thread; does nothing once it has ended."""
        self._cancelled = True
        self._call.cancel()

    def close(self) -> None:
        """End the work if it has not ended, and remove what is not whole."""
        if self._summary is None:
            self.cancel()
            self._intake.abort()
            self._error = self._error or Cancelled("the run was closed before its end", reason="CLOSED")

    def __enter__(self) -> Self:
        """Return the run."""
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        """Close the run."""
        self.close()

    def __del__(self) -> None:
        """Do not leave work or files behind that nobody can see any more."""
        if hasattr(self, "_cancelled"):
            self.close()

    def _next(self) -> Batch | None:
        """Return the next batch, None at the end."""
        if self._error is not None:
            raise self._error
        try:
            while self._summary is None:
                response = next(self._call, None)
                if response is None:
                    self._summary = self._intake.finish()
                elif (batch := self._intake.take(response)) is not None:
                    return batch
        except grpc.RpcError as exc:
            raise self._fail(self._reason(exc)) from exc
        except BaseException as exc:
            self._fail(exc)
            raise
        return None

    def _reason(self, exc: grpc.RpcError) -> BaseException:
        """Return why the call ended: the source broke, the caller cancelled, or what the service says."""
        if self._sender.error is not None:
            return self._sender.error
        error: HarmonizerError = from_rpc(exc)
        return Cancelled("the run was cancelled", reason="CANCELLED", code=error.code) if self._cancelled else error

    def _fail(self, exc: BaseException) -> BaseException:
        self._error = exc
        self._call.cancel()
        self._intake.abort()
        return exc
