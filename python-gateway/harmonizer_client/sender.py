"""The requests of one stream, made as the service takes them."""

import asyncio
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import Generic, Protocol, TypeVar

from harmonizer.v1 import harmonizer_service_pb2 as service_pb2

from .source import Input, async_chunks

Request = TypeVar("Request", service_pb2.HarmonizeRequest, service_pb2.InspectRequest)


class Call(Protocol):
    """What a sender needs of a gRPC call."""

    def cancel(self) -> object:
        """End the call."""


class Sender(Generic[Request]):
    """Iterates over the spec and the chunks of an input. gRPC asks for the next when one has left.

    An exception of the input must not look like its end: half a file would be taken for the whole. So the call is
    cancelled and the exception kept in ``error`` for the thread that reads the responses.
    """

    def __init__(self, request: Callable[..., Request], spec: service_pb2.HarmonizeSpec, source: Input) -> None:
        self.error: Exception | None = None
        self._request: Callable[..., Request] = request
        self._spec = spec
        self._spec.file_name = source.file_name[-1024:]
        self._spec.size_bytes = source.size_bytes
        self._source = source
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
            for chunk in self._source.chunks():
                yield self._request(chunk=chunk)
        except Exception as exc:
            self.error = exc
            self._started.wait()
            if self._call is not None:
                self._call.cancel()
        finally:
            self._source.close()
            self.finished.set()


class AsyncSender(Generic[Request]):
    """The same for grpc.aio, which cancels a call by itself when its requests raise."""

    def __init__(
        self,
        request: Callable[..., Request],
        spec: service_pb2.HarmonizeSpec,
        source: Input | AsyncIterable[bytes],
    ) -> None:
        self.error: Exception | None = None
        self._request: Callable[..., Request] = request
        self._spec = spec
        self._source = source
        if isinstance(source, Input):
            self._spec.file_name = source.file_name[-1024:]
            self._spec.size_bytes = source.size_bytes

    async def requests(self) -> AsyncIterator[Request]:
        """Yield the requests, once."""
        try:
            yield self._request(spec=self._spec)
            async for chunk in self._chunks():
                yield self._request(chunk=chunk)
        except Exception as exc:
            self.error = exc
            raise

    async def close(self) -> None:
        """Close the file."""
        if isinstance(self._source, Input):
            self._source.close()

    def _chunks(self) -> AsyncIterator[bytes]:
        return _in_thread(self._source) if isinstance(self._source, Input) else async_chunks(self._source)


async def _in_thread(source: Input) -> AsyncIterator[bytes]:
    """Read a file without holding up the event loop."""
    chunks = source.chunks()
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk
