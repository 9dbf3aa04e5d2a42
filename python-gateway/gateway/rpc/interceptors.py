"""What surrounds every call: the proto's rules on each request, and the one place where an error becomes a status."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import any_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from gateway import options
from gateway.engine import DOMAIN
from gateway.errors import GatewayError, InternalError
from gateway.ids import new_id
from gateway.logs import set_request_id

log = logging.getLogger("gateway.rpc")

if TYPE_CHECKING:
    Context = grpc.aio.ServicerContext[Any, Any]
else:
    Context = grpc.aio.ServicerContext
_SERVICE = "/harmonizer.v1."


class Guard(grpc.aio.ServerInterceptor):
    """Applies to our own services; reflection and health answer by themselves."""

    async def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        handler = await continuation(handler_call_details)
        if handler is None or not handler_call_details.method.startswith(_SERVICE):
            return handler
        method = handler_call_details.method.rsplit("/", 1)[-1]
        wrap, make = _KINDS[bool(handler.request_streaming), bool(handler.response_streaming)]
        behaviour = (
            handler.stream_stream or handler.stream_unary or handler.unary_stream or handler.unary_unary
        )  # Exactly one of them is set.
        made: grpc.RpcMethodHandler[Any, Any] = make(
            wrap(behaviour, method),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )
        return made


def _unary(behaviour: Any, method: str) -> Any:
    async def call(request: Message, context: Context) -> Any:
        async with _Told(context, method):
            options.check(request)
            return await behaviour(request, context)

    return call


def _server_stream(behaviour: Any, method: str) -> Any:
    async def call(request: Message, context: Context) -> AsyncIterator[Any]:
        async with _Told(context, method):
            options.check(request)
            async for response in behaviour(request, context):
                yield response

    return call


def _client_stream(behaviour: Any, method: str) -> Any:
    async def call(requests: AsyncIterator[Message], context: Context) -> Any:
        async with _Told(context, method):
            return await behaviour(_checked(requests), context)

    return call


def _both_stream(behaviour: Any, method: str) -> Any:
    async def call(requests: AsyncIterator[Message], context: Context) -> AsyncIterator[Any]:
        async with _Told(context, method):
            async for response in behaviour(_checked(requests), context):
                yield response

    return call


_KINDS: dict[tuple[bool, bool], tuple[Any, Any]] = {
    (False, False): (_unary, grpc.unary_unary_rpc_method_handler),
    (False, True): (_server_stream, grpc.unary_stream_rpc_method_handler),
    (True, False): (_client_stream, grpc.stream_unary_rpc_method_handler),
    (True, True): (_both_stream, grpc.stream_stream_rpc_method_handler),
}


async def _checked(requests: AsyncIterator[Message]) -> AsyncIterator[Message]:
    async for request in requests:
        options.check(request)
        yield request


class _Told:
    """Turns what the block raises into the call's status; logs one line, without any value."""

    def __init__(self, context: Context, method: str) -> None:
        self._context, self._method = context, method

    async def __aenter__(self) -> None:
        set_request_id(new_id())

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None:
            log.info("call", extra={"method": self._method, "code": "OK"})
            return
        if isinstance(error, asyncio.CancelledError | GeneratorExit | grpc.aio.AbortError):
            return
        if not isinstance(error, GatewayError):
            log.error("unknown error", exc_info=error, extra={"method": self._method})
            error = InternalError("internal error")
        log.info("call", extra={"method": self._method, "code": error.grpc.name, "reason": error.reason})
        details = ("grpc-status-details-bin", to_status(error).SerializeToString())
        await self._context.abort(error.grpc, error.detail, trailing_metadata=(details,))


def to_status(error: GatewayError) -> status_pb2.Status:
    """The error as google.rpc.Status: ErrorInfo with code and reason, the fields that are wrong, when to come back."""
    info = error_details_pb2.ErrorInfo(domain=DOMAIN, reason=error.code, metadata={"reason": error.reason})
    details: list[Message] = [info]
    if error.errors:
        violation = error_details_pb2.BadRequest.FieldViolation
        fields = [violation(field=e["field"], description=e["message"]) for e in error.errors]
        details.append(error_details_pb2.BadRequest(field_violations=fields))
    if wait := error.headers.get("Retry-After"):
        details.append(error_details_pb2.RetryInfo(retry_delay=Duration(seconds=int(wait))))
    status = status_pb2.Status(code=code_pb2.Code.Value(error.grpc.name), message=error.detail)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status
