"""The harmonizer from asyncio: the same names as the synchronous client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import grpc

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2
from harmonizer.v1 import harmonizer_service_pb2_grpc as service_grpc
from harmonizer_grpc.early_status import keep_status

from .amend import Amendment
from .artifacts import Artifact, ArtifactStore, DirectoryStore, MemoryStore
from .batch import Batch
from .channel import channel_options
from .client import Metadata
from .errors import Cancelled, from_rpc
from .intake import Intake, OnProgress
from .mapping import MappingLike, with_mapping
from .options import OptionsLike
from .progress import Summary
from .sender import AsyncSender
from .source import AsyncSource, AsyncSources, Input, open_source, open_sources, total_bytes
from .spec import artifacts_for, make_spec

if TYPE_CHECKING:
    import pandas
    import pyarrow


class AsyncRun:
    """A stream that is being worked on; see Run. Belongs to the event loop it was made in."""

    def __init__(
        self, owner: object, call: Any, sender: AsyncSender[service_pb2.HarmonizeRequest], intake: Intake
    ) -> None:
        self._owner = owner
        self._call = call
        self._sender = sender
        self._intake = intake
        self._summary: Summary | None = None
        self._error: BaseException | None = None

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield the batches that were not taken yet, in input order. Errors: HarmonizerError."""
        while (batch := await self._next()) is not None:
            yield batch

    async def wait(self) -> Summary:
        """Read to the end, batches that nobody took being dropped, and return the summary. Errors: HarmonizerError."""
        while await self._next() is not None:
            pass
        assert self._summary is not None
        return self._summary

    async def summary(self) -> Summary:
        """The account of the run; reads to the end."""
        return await self.wait()

    async def artifacts(self) -> dict[str, Artifact]:
        """Read to the end and return the artifacts by name, such as "clean.csv"."""
        await self.wait()
        return dict(self._intake.artifacts)

    @property
    def amendments(self) -> tuple[Amendment, ...]:
        """Changes to records already sent, as far as they have come; all of them once the run has ended."""
        return tuple(self._intake.amendments)

    async def tables(self) -> dict[str, Batch]:
        """Read to the end and return the records of each entity as one batch in memory, amendments applied. Of several
        files of an entity, the second is entity.2 and so on."""
        return self._intake.tables([batch async for batch in self.batches()])

    async def to_arrow(self, entity: str | None = None) -> pyarrow.RecordBatch:
        """Return the records of an entity, by default the file's, amendments applied. Errors: ImportError,
        KeyError."""
        return (await self._table(entity)).to_arrow()

    async def to_pandas(self, entity: str | None = None) -> pandas.DataFrame:
        """Return the records of an entity, by default the file's, amendments applied. Errors: ImportError,
        KeyError."""
        return (await self._table(entity)).to_pandas()

    def cancel(self) -> None:
        """End the work; does nothing once it has ended."""
        if self._call is not None:
            self._call.cancel()

    async def close(self) -> None:
        """End the work if it has not ended, and remove what is not whole."""
        if self._summary is None:
            self.cancel()
            self._intake.abort()
            self._error = self._error or Cancelled("the run was closed before its end", reason="CLOSED")
        await self._sender.close()

    async def __aenter__(self) -> Self:
        """Return the run."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Close the run."""
        await self.close()

    async def _table(self, entity: str | None) -> Batch:
        tables = await self.tables()
        return tables[entity or (await self.wait()).entity]

    async def _next(self) -> Batch | None:
        if self._error is not None:
            raise self._error
        try:
            while self._summary is None:
                response = await self._call.read()
                if response is grpc.aio.EOF:
                    await self._check_status()
                    await self._catch_up(all_of_it=True)
                    self._summary = self._intake.finish()
                elif (batch := self._intake.take(response)) is not None:
                    return batch
                await self._catch_up()
        except grpc.RpcError as exc:
            # The frames of its traceback would keep the call, and that the connection, as long as the error is kept.
            raise self._fail(self._sender.error or from_rpc(exc)) from exc.with_traceback(None)
        except asyncio.CancelledError as exc:
            raise self._fail(self._reason(exc)) from exc
        except BaseException as exc:
            self._fail(exc)
            raise
        return None

    async def _catch_up(self, *, all_of_it: bool = False) -> None:
        """Wait until the thread that writes artifacts has ended what the next call would wait for; that call raises."""
        if (unfinished := self._intake.unfinished(all_of_it=all_of_it)) is not None:
            await asyncio.wait({asyncio.wrap_future(unfinished)})

    async def _check_status(self) -> None:
        """Raise what ended the stream if it was not its end."""
        if await self._call.code() is not grpc.StatusCode.OK:
            raise grpc.aio.AioRpcError(
                await self._call.code(),
                await self._call.initial_metadata(),
                await self._call.trailing_metadata(),
                await self._call.details(),
            )

    def _reason(self, exc: asyncio.CancelledError) -> BaseException:
        """Tell a cancelled call from a cancelled task, which must stay cancelled."""
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            return exc
        if self._sender.error is not None:
            return self._sender.error
        return Cancelled("the run was cancelled", reason="CANCELLED", code="CANCELLED")

    def _fail(self, exc: BaseException) -> BaseException:
        self._error = exc
        self.cancel()
        self._call = None
        self._intake.abort()
        return exc


class AsyncClient:
    """A connection to one harmonizer, or to several behind one name. Make and use it inside one running event loop."""

    def __init__(
        self,
        target: str = "localhost:8081",
        *,
        credentials: grpc.ChannelCredentials | None = None,
        metadata: Metadata = (),
    ) -> None:
        self.target = target
        self._metadata = tuple(metadata)
        options = channel_options(target)
        self._channel = (
            grpc.aio.insecure_channel(target, options)
            if credentials is None
            else grpc.aio.secure_channel(target, credentials, options)
        )
        self._stub = service_grpc.HarmonizerServiceStub(self._channel)

    def harmonize(
        self,
        source: AsyncSources,
        *,
        entity: str | None = None,
        operation: str = "harmonize",
        options: OptionsLike = None,
        mapping: MappingLike = None,
        output_format: str = "csv",
        artifacts: Iterable[str] | None = None,
        records: bool = True,
        on_progress: OnProgress | None = None,
        out_dir: str | PathLike[str] | None = None,
        file_name: str | None = None,
        verify: bool = True,
        store: ArtifactStore | None = None,
    ) -> AsyncRun:
        """Start a run over one file, or over a list of them, and return it at once; see Client.harmonize. A source may
        be an async iterator too, alone.

        Files are read and artifacts written in threads. Whether a mapping names fields that are none is not asked
        before: the findings tell.
        """
        options = with_mapping(mapping, options, entity)
        if artifacts is None:
            artifacts = artifacts_for(options) if out_dir is not None else ()
        spec = make_spec(
            operation=operation,
            options=options,
            output_format=output_format,
            artifacts=artifacts,
            records=records,
        )
        if store is None:
            store = DirectoryStore(Path(out_dir)) if out_dir is not None else MemoryStore()
        spec.file_name = file_name or ""
        opened = source if isinstance(source, AsyncIterable) else open_sources(source, file_name)
        size_bytes = 0 if isinstance(opened, AsyncIterable) else total_bytes(opened)
        sender = AsyncSender(service_pb2.HarmonizeRequest, spec, opened)
        call = self._stub.Harmonize(sender.requests(), metadata=self._metadata)
        keep_status(call)
        return AsyncRun(self, call, sender, Intake(store, on_progress, verify=verify, bytes_total=size_bytes))

    async def inspect(
        self,
        source: AsyncSource,
        *,
        entity: str | None = None,
        options: OptionsLike = None,
        mapping: MappingLike = None,
        file_name: str | None = None,
    ) -> service_pb2.InspectResponse:
        """Return how a file would be read; see Client.inspect."""
        spec = make_spec(options=with_mapping(mapping, options, entity), records=False)
        spec.file_name = file_name or ""
        sender = AsyncSender(service_pb2.InspectRequest, spec, _open(source, file_name))
        call = self._stub.Inspect(sender.requests(), metadata=self._metadata)
        keep_status(call)
        try:
            return await call
        except grpc.RpcError as exc:
            raise (sender.error or from_rpc(exc)) from exc
        except asyncio.CancelledError as exc:
            raise (sender.error or exc) from exc
        finally:
            await sender.close()

    async def entities(self) -> list[service_pb2.EntityInfo]:
        """Return every entity of the rule book with its fields, in its order."""
        try:
            response = await self._stub.ListEntities(service_pb2.ListEntitiesRequest(), metadata=self._metadata)
        except grpc.RpcError as exc:
            raise from_rpc(exc) from exc
        return list(response.entities)

    async def entity(self, name: str) -> service_pb2.EntityInfo:
        """Return one entity. Errors: NotFound."""
        try:
            response = await self._stub.GetEntity(service_pb2.GetEntityRequest(name=name), metadata=self._metadata)
        except grpc.RpcError as exc:
            raise from_rpc(exc) from exc
        return response.entity

    async def rules(self) -> list[service_pb2.RuleInfo]:
        """Return every rule that the engine runs on, in the order of the rule book."""
        try:
            response = await self._stub.ListRules(service_pb2.ListRulesRequest(), metadata=self._metadata)
        except grpc.RpcError as exc:
            raise from_rpc(exc) from exc
        return list(response.rules)

    async def close(self) -> None:
        """Close the connection; runs over it end as cancelled."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Close the client."""
        await self.close()


def _open(source: AsyncSource, file_name: str | None) -> list[Input] | AsyncIterable[bytes]:
    return source if isinstance(source, AsyncIterable) else [open_source(source, file_name)]
