"""The harmonizer from Python: files in, records and artifacts out, no job store between."""

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self

import grpc

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2
from harmonizer.v1 import harmonizer_service_pb2_grpc as service_grpc

from .artifacts import ArtifactStore, DirectoryStore, MemoryStore
from .channel import channel_options
from .errors import from_rpc
from .intake import Intake, OnProgress
from .mapping import MappingLike, check_fields, load_mapping, with_mapping
from .options import Options, OptionsLike
from .run import Run
from .sender import Sender
from .source import Source, Sources, open_source, open_sources, total_bytes
from .spec import artifacts_for, make_spec

Metadata = Sequence[tuple[str, str]]


class Client:
    """A connection to one harmonizer, or to several behind one name. May be shared between threads.

    ``target`` is HOST:PORT; ``credentials`` turns TLS on; ``metadata`` goes with every call. Connecting happens with
    the first call, whose error is ServiceUnavailable where nobody answers.
    """

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
            grpc.insecure_channel(target, options)
            if credentials is None
            else grpc.secure_channel(target, credentials, options)
        )
        self._stub = service_grpc.HarmonizerServiceStub(self._channel)

    def harmonize(
        self,
        source: Sources,
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
    ) -> Run:
        """Start a run over one file, or over several together, and return it at once.

        ``source``: path, binary file, bytes, iterator of bytes, or (name, source); read as the service takes it, never
        whole in memory. A list of these is harmonized together, in its order: references are checked and duplicates
        found between the files. ``operation``: harmonize, validate, clean or standardize. ``mapping``: a mapping file,
        by its path or as `load_mapping` returned it; ``options`` and ``entity`` win over it. ``output_format`` of the
        clean artifact: csv or ndjson. ``artifacts``: some of clean, quarantine, issues, report, manifest,
        operation_outcome, lineage, matches, review; by default all that the options bring with ``out_dir``, else none.
        ``out_dir``: a directory that gets the artifacts when all of them are whole; without it they are kept in
        memory. ``records``: whether ``Run.batches()`` has anything to yield. ``on_progress`` is called in the reading
        thread. ``verify`` compares the SHA-256 of each artifact with the one the service tells. ``store`` takes
        artifacts elsewhere.

        Errors, here: InvalidOption, SourceError, TypeError; while the run is read: any HarmonizerError.
        """
        options = self._options(mapping, options, entity)
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
        sources = open_sources(source, file_name)
        sender = Sender(service_pb2.HarmonizeRequest, spec, sources)
        call = self._stub.Harmonize(iter(sender), metadata=self._metadata)
        sender.bind(call)
        return Run(self, call, sender, Intake(store, on_progress, verify=verify, bytes_total=total_bytes(sources)))

    def inspect(
        self,
        source: Source,
        *,
        entity: str | None = None,
        options: OptionsLike = None,
        mapping: MappingLike = None,
        file_name: str | None = None,
    ) -> service_pb2.InspectResponse:
        """Return how a file would be read: dialect, entity scores, column map, evidence. Errors: as harmonize."""
        spec = make_spec(options=self._options(mapping, options, entity), records=False)
        sender = Sender(service_pb2.InspectRequest, spec, [open_source(source, file_name)])
        call = self._stub.Inspect.future(iter(sender), metadata=self._metadata)
        sender.bind(call)
        try:
            return call.result()
        except grpc.RpcError as exc:
            raise (sender.error or from_rpc(exc)) from exc
        except grpc.FutureCancelledError as exc:
            raise (sender.error or exc) from exc
        finally:
            call.cancel()

    def entities(self) -> list[service_pb2.EntityInfo]:
        """Return every entity of the rule book with its fields, in its order."""
        try:
            response = self._stub.ListEntities(service_pb2.ListEntitiesRequest(), metadata=self._metadata)
        except grpc.RpcError as exc:
            raise from_rpc(exc) from exc
        return list(response.entities)

    def entity(self, name: str) -> service_pb2.EntityInfo:
        """Return one entity. Errors: NotFound."""
        try:
            response = self._stub.GetEntity(service_pb2.GetEntityRequest(name=name), metadata=self._metadata)
        except grpc.RpcError as exc:
            raise from_rpc(exc) from exc
        return response.entity

    def rules(self) -> list[service_pb2.RuleInfo]:
        """Return every rule that the engine runs on, in the order of the rule book."""
        try:
            response = self._stub.ListRules(service_pb2.ListRulesRequest(), metadata=self._metadata)
        except grpc.RpcError as exc:
            raise from_rpc(exc) from exc
        return list(response.rules)

    def _options(self, mapping: MappingLike, options: OptionsLike, entity: str | None) -> Options:
        """Return all that is asked for. Errors: InvalidOption."""
        known = load_mapping(mapping) if isinstance(mapping, str | PathLike) else mapping
        merged = with_mapping(known, options, entity)
        check_fields(self, known, merged)
        return merged

    def close(self) -> None:
        """Close the connection; runs over it end as cancelled."""
        self._channel.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        """Close the client."""
        self.close()
