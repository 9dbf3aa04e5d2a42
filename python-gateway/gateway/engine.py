"""Client of the harmonizer: one bidirectional stream a job, both directions drained side by side.

Everything that gRPC can raise leaves here as an error of ours; nothing right of this module knows grpc.aio.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import grpc
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from gateway import errors, targets
from gateway.channels import NOBODY_SERVES, RETRY_LATER, SERVICE, USUAL, Channels, Pings
from gateway.errors import GatewayError, Unavailable
from harmonizer.v1 import harmonizer_service_pb2 as pb
from harmonizer.v1.harmonizer_service_pb2_grpc import HarmonizerServiceStub
from harmonizer_grpc.early_status import keep_status

CHUNK_BYTES = 256 * 1024
DOMAIN = "harmonizer"
READY_SECONDS = 2.0
"""How long a call waits for a harmonizer that serves; one that restarts is back sooner."""
_SHORT_SECONDS = 5.0
_SHORT_TRIES = 2
_CHECK_SECONDS = 1.0

_FROM_GRPC: dict[grpc.StatusCode, type[GatewayError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: errors.UnsupportedFormat,
    grpc.StatusCode.FAILED_PRECONDITION: errors.UnsupportedFormat,
    grpc.StatusCode.OUT_OF_RANGE: errors.UnsupportedFormat,
    grpc.StatusCode.NOT_FOUND: errors.NotFound,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.FileTooLarge,
    grpc.StatusCode.UNIMPLEMENTED: errors.NotImplementedYet,
    grpc.StatusCode.UNAVAILABLE: errors.Unavailable,
    grpc.StatusCode.CANCELLED: errors.Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.Unavailable,
}
# Reasons that speak of what was asked for; every other refusal is about the file.
_ABOUT_THE_REQUEST = (
    "OPTION",
    "SPEC",
    "PARAMETER",
    "COLUMN_MAP",
    "AS_OF",
    "TIMEZONE",
    "UNKNOWN_ENTITY",
    "UNKNOWN_FIELD",
    "DEIDENTIFY",
    "PREFIX_OF_SEVERAL",
)
# What gRPC itself writes for these holds addresses, or whatever an unknown exception said.
_CONSTANT_TEXT: dict[type[GatewayError], str] = {
    errors.Unavailable: NOBODY_SERVES,
    errors.InternalError: "the harmonizer failed; its log has the details",
}


Further = tuple[pb.NextFile, AsyncIterator[bytes]]
"""A file behind the first of a job: what it is, and its bytes."""


class SourceFailed(Exception):
    """The bytes to be sent ended with an error, which is the cause."""


class Engine:
    """The harmonizers, as the rest of the gateway sees them. Made inside the running loop, closed in it.

    A call waits up to READY_SECONDS for one that serves, then raises Unavailable.
    """

    def __init__(self, address: str, pings: Pings = USUAL) -> None:
        """Raises ValueError where the address is none."""
        self._channels = Channels(targets.parse(address), pings)
        self._stubs: dict[grpc.aio.Channel, HarmonizerServiceAsyncStub] = {}

    async def _stub(self) -> "HarmonizerServiceAsyncStub":
        channel = await self._channels.next(READY_SECONDS)
        if channel not in self._stubs:
            self._stubs[channel] = HarmonizerServiceStub(channel)
        return self._stubs[channel]

    async def harmonize(
        self, spec: pb.HarmonizeSpec, source: AsyncIterator[bytes], more: Sequence[Further] = ()
    ) -> AsyncGenerator[pb.HarmonizeResponse, None]:
        """Sends spec and bytes, then the further files, yields what comes back, the summary last. Closing it stops
        the work.

        Raises GatewayError; SourceFailed when the bytes could not be had.
        """
        call = (await self._stub()).Harmonize()
        keep_status(call)
        sender = asyncio.create_task(_send(call, spec, source, more))
        try:
            while (response := await _next(call, sender)) is not None:
                yield response
        finally:
            call.cancel()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def inspect(self, spec: pb.HarmonizeSpec, source: AsyncIterator[bytes]) -> pb.InspectResponse:
        """How the file would be read. Raises GatewayError; SourceFailed when the bytes could not be had."""
        failed: list[Exception] = []

        async def requests() -> AsyncIterator[pb.InspectRequest]:
            yield pb.InspectRequest(spec=spec)
            try:
                async for chunk in chunks(source):
                    yield pb.InspectRequest(chunk=chunk)
            except Exception as error:
                failed.append(error)
                raise

        call = (await self._stub()).Inspect(requests())
        keep_status(call)
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            if failed:
                raise SourceFailed from failed[0]
            raise from_rpc(error) from None
        except asyncio.CancelledError:
            if failed:
                raise SourceFailed from failed[0]
            raise
        finally:
            call.cancel()

    async def entities(self) -> list[pb.EntityInfo]:
        """Every entity of the rule book."""
        return list((await self._ask("ListEntities", pb.ListEntitiesRequest())).entities)

    async def rules(self) -> list[pb.RuleInfo]:
        """Every rule that the harmonizer runs on."""
        return list((await self._ask("ListRules", pb.ListRulesRequest())).rules)

    async def _ask(self, name: str, request: Any) -> Any:
        """The answer to a short question, of another harmonizer where the first one is gone."""
        for left in range(_SHORT_TRIES - 1, -1, -1):
            stub = await self._stub()
            try:
                return await getattr(stub, name)(request, timeout=_SHORT_SECONDS)
            except grpc.aio.AioRpcError as error:
                found = from_rpc(error)
                if not left or not isinstance(found, Unavailable):
                    raise found from None
        raise AssertionError

    async def serving(self) -> bool:
        """Whether a harmonizer answers, now, that it takes streams."""
        return any(await asyncio.gather(*map(_serves, self._channels.ready())))

    async def close(self) -> None:
        """Ends every stream and connection."""
        await self._channels.close()


async def _serves(channel: grpc.aio.Channel) -> bool:
    health: Any = health_pb2_grpc.HealthStub(channel)
    try:
        answer = await health.Check(health_pb2.HealthCheckRequest(service=SERVICE), timeout=_CHECK_SECONDS)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


if TYPE_CHECKING:
    from harmonizer.v1.harmonizer_service_pb2_grpc import HarmonizerServiceAsyncStub

    Call = grpc.aio.StreamStreamCall[pb.HarmonizeRequest, pb.HarmonizeResponse]
else:
    Call = grpc.aio.StreamStreamCall


async def _send(call: Call, spec: pb.HarmonizeSpec, source: AsyncIterator[bytes], more: Sequence[Further]) -> None:
    # A write that fails means that the call has ended; the reader learns why.
    with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
        try:
            await call.write(pb.HarmonizeRequest(spec=spec))
            await _send_bytes(call, source)
            for file, bytes_ in more:
                await call.write(pb.HarmonizeRequest(next_file=file))
                await _send_bytes(call, bytes_)
            await call.done_writing()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError, asyncio.CancelledError):
            raise
        except Exception:
            call.cancel()
            raise


async def _send_bytes(call: Call, source: AsyncIterator[bytes]) -> None:
    async with aclosing(chunks(source)) as pieces:
        async for chunk in pieces:
            await call.write(pb.HarmonizeRequest(chunk=chunk))


async def _next(call: Call, sender: asyncio.Task[None]) -> pb.HarmonizeResponse | None:
    try:
        response = await call.read()
    except grpc.aio.AioRpcError as error:
        _raise_source(sender)
        raise from_rpc(error) from None
    except asyncio.CancelledError:
        # grpc.aio raises this also when the call was cancelled by our own sender.
        _raise_source(sender)
        raise
    return response if isinstance(response, pb.HarmonizeResponse) else None


def _raise_source(sender: asyncio.Task[None]) -> None:
    if sender.done() and not sender.cancelled() and (cause := sender.exception()):
        raise SourceFailed from cause


async def chunks(source: AsyncIterator[bytes], size: int = CHUNK_BYTES) -> AsyncGenerator[bytes, None]:
    """The bytes in pieces of about size: the price in Python is per message, not per byte."""
    held, length = list[bytes](), 0
    async for data in source:
        if len(data) > size and not held:
            for start in range(0, len(data), size):
                yield data[start : start + size]
            continue
        held.append(data)
        length += len(data)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    if length:
        yield b"".join(held)


def from_rpc(error: grpc.aio.AioRpcError) -> GatewayError:
    """The harmonizer's error as ours: gRPC's code says what kind, ErrorInfo's reason says which."""
    reason = _reason(error)
    kind = _FROM_GRPC.get(error.code(), errors.InternalError)
    if kind is errors.UnsupportedFormat and any(word in reason for word in _ABOUT_THE_REQUEST):
        kind = errors.ValidationFailed
    text = _CONSTANT_TEXT.get(kind) or (error.details() or kind.title)[:1000]
    return kind(text, reason, headers=RETRY_LATER if kind is Unavailable else None)


def _reason(error: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == DOMAIN:
            return str(info.reason)
    return ""
