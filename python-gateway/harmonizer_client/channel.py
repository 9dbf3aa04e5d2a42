"""Settings of the connection, the same for the synchronous and the asynchronous client."""

from collections.abc import Sequence

MAX_MESSAGE_BYTES = 64 << 20
WINDOW_BYTES = 4 << 20
LOOPBACK = ("localhost", "127.", "[::1]", "unix:", "ipv4:127.", "ipv6:[::1]", "dns:///localhost")


def channel_options(target: str) -> Sequence[tuple[str, int]]:
    """Return gRPC channel arguments for a target.

    A batch of wide records may be larger than gRPC's 4 MiB; what a stream sends before it is read is bounded, where
    gRPC left to itself would take hundreds of MiB for a reader that is slow; each client has its own connection; what
    runs on this machine is not reached through a proxy.
    """
    options = [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.http2.lookahead_bytes", WINDOW_BYTES),
        ("grpc.http2.bdp_probe", 0),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    return [*options, ("grpc.enable_http_proxy", 0)] if is_loopback(target) else options


def is_loopback(target: str) -> bool:
    """Tell whether a target names this machine."""
    return target.startswith(LOOPBACK)
