"""The gRPC server: JobService, health, and reflection under both of its names."""

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha._async import ReflectionServicer
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from gateway.channels import MESSAGE_BYTES
from gateway.rpc.interceptors import Guard
from gateway.rpc.servicer import Jobs
from gateway.settings import PREFIX, SettingsError
from harmonizer.v1 import job_service_pb2
from harmonizer.v1.job_service_pb2_grpc import add_JobServiceServicer_to_server

NAME = job_service_pb2.DESCRIPTOR.services_by_name["JobService"].full_name
_REFLECTION_V1 = "grpc.reflection.v1.ServerReflection"


class RpcServer:
    """Made, started and stopped inside the gateway's loop."""

    def __init__(self, jobs: Jobs) -> None:
        sizes = [("grpc.max_send_message_length", MESSAGE_BYTES), ("grpc.max_receive_message_length", MESSAGE_BYTES)]
        self._server = grpc.aio.server(interceptors=(Guard(),), options=[*sizes, ("grpc.so_reuseport", 0)])
        self._health = health.aio.HealthServicer()
        add_JobServiceServicer_to_server(jobs, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        _add_reflection(self._server, (NAME, health.SERVICE_NAME, reflection.SERVICE_NAME, _REFLECTION_V1))
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listens. Raises SettingsError when the port is taken."""
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            self.port = self._server.add_insecure_port(address)
        except RuntimeError:
            raise SettingsError(f"{PREFIX}GRPC_PORT: port {port} cannot be listened on") from None
        await self._server.start()
        for name in ("", NAME):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def drain(self) -> None:
        """Tells health checks that no more calls should come."""
        await self._health.enter_graceful_shutdown()

    async def stop(self, grace_seconds: float) -> None:
        """Lets calls end for some time, then ends them."""
        await self._server.stop(grace_seconds)


def _add_reflection(server: grpc.aio.Server, names: tuple[str, ...]) -> None:
    reflection.enable_server_reflection(names, server)
    # Version 1 has the messages of v1alpha field by field; only the service's name differs.
    servicer = ReflectionServicer(names)
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=ServerReflectionRequest.FromString,
        response_serializer=ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(_REFLECTION_V1, {"ServerReflectionInfo": handler}),)
    )
