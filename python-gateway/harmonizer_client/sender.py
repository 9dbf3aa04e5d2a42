"""The requests of one stream, made as the service takes them."""

import asyncio
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2

from .source import Input, async_chunks, close_all

Request = TypeVar("Request", service_pb2.HarmonizeRequest, service_pb2.InspectRequest)


class Call(Protocol):
    """What a sender needs of a gRPC call."""

    def cancel(self) -> object:
        """End the call."""


class Sender(Generic[Request]):
    """Iterates over the spec and the chunks of each input. gRPC asks for the next when one has left.

    An exception of the input must not look like its end: half a file would be taken for the whole. So the call is
    cancelled and the exception kept in ``error`` for the thread that reads the responses.
    """

    def __init__(
        self, request: Callable[..., Request], spec: service_pb2.HarmonizeSpec, sources: Sequence[Input]
    ) -> None:
        self.error: Exception | None = None
        self._request: Callable[..., Request] = request
        self._spec = spec
        _describe(self._spec, sources[0])
        self._sources = sources
        self._call: Call | None = None
        self._started = threading.Event()
        self.finished = threading.Event()

    def bind(self, call: Call) -> None:
        """Say which call sends these requests; gRPC starts to ask for them before it hands the call out."""
        self._call = call
        self._started.set()

    def __iter__(self) -> Iterator[Request]:
        """Yield the requests, once, in a thread of gRPC."""
        try:
            yield self._request(spec=self._spec)
            for position, source in enumerate(self._sources):
                if position:
                    yield self._request(next_file=_next_file(source))
                for chunk in source.chunks():
                    yield self._request(chunk=chunk)
        except Exception as exc:
            self.error = exc
            self._started.wait()
            if self._call is not None:
                self._call.cancel()
        finally:
            close_all(self._sources)
            self.finished.set()


class AsyncSender(Generic[Request]):
    """The same for grpc.aio, which cancels a call by itself when its requests raise."""

    def __init__(
        self,
        request: Callable[..., Request],
        spec: service_pb2.HarmonizeSpec,
        source: Sequence[Input] | AsyncIterable[bytes],
    ) -> None:
        self.error: Exception | None = None
        self._request: Callable[..., Request] = request
        self._spec = spec
        self._sources = [] if isinstance(source, AsyncIterable) else source
        self._pieces = source if isinstance(source, AsyncIterable) else None
        if self._sources:
            _describe(self._spec, self._sources[0])

    async def requests(self) -> AsyncIterator[Request]:
        """Yield the requests, once."""
        try:
            yield self._request(spec=self._spec)
            if self._pieces is not None:
                async for chunk in async_chunks(self._pieces):
                    yield self._request(chunk=chunk)
            for position, source in enumerate(self._sources):
                if position:
                    yield self._request(next_file=_next_file(source))
                async for chunk in _in_thread(source):
                    yield self._request(chunk=chunk)
        except Exception as exc:
            self.error = exc
            raise

    async def close(self) -> None:
        """Close the files."""
        close_all(self._sources)


def _describe(spec: service_pb2.HarmonizeSpec, first: Input) -> None:
    spec.file_name = first.file_name[-1024:]
    spec.size_bytes = first.size_bytes


def _next_file(source: Input) -> service_pb2.NextFile:
    return service_pb2.NextFile(file_name=source.file_name[-1024:], size_bytes=source.size_bytes)


async def _in_thread(source: Input) -> AsyncIterator[bytes]:
    """Read a file without holding up the event loop."""
    chunks = source.chunks()
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk
