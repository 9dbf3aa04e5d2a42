"""Connections to the harmonizers: one channel a target, and which of them takes the next stream.

A channel balances over all addresses its name resolves to and watches their health itself (gRPC's round_robin and
client-side health checking). A list of targets is balanced here, because gRPC takes lists of addresses only.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from gateway.errors import Unavailable

MESSAGE_BYTES = 16 * 1024 * 1024
WINDOW_BYTES = 4 * 1024 * 1024
SERVICE = "harmonizer.v1.HarmonizerService"
NOBODY_SERVES = "the harmonizer cannot be reached or is stopping"
RETRY_LATER = {"Retry-After": "2"}

CONNECT_SECONDS = 2.0
RECONNECT_SECONDS = 1.0
RESOLVE_SECONDS = 2.0
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Pings:
    """How a dead peer is found. harmonizerd permits a ping each 5 seconds, also where no stream is open."""

    every_seconds: float = 10.0
    timeout_seconds: float = 10.0
    """A stream to a peer that answers none ends after both together, at the latest."""


USUAL = Pings()

_POLICY = {"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": SERVICE}}


def _options(pings: Pings) -> list[tuple[str, Any]]:
    return [
        ("grpc.max_send_message_length", MESSAGE_BYTES),
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        # Else gRPC decides by bandwidth how much of a stream it takes before that is read, and knows no bound.
        ("grpc.http2.lookahead_bytes", WINDOW_BYTES),
        ("grpc.http2.bdp_probe", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        # Named for backoff, this is the least time that one attempt to connect gets.
        ("grpc.min_reconnect_backoff_ms", _ms(CONNECT_SECONDS)),
        ("grpc.max_reconnect_backoff_ms", _ms(RECONNECT_SECONDS)),
        ("grpc.dns_min_time_between_resolutions_ms", _ms(RESOLVE_SECONDS)),
        ("grpc.keepalive_time_ms", _ms(pings.every_seconds)),
        ("grpc.keepalive_timeout_ms", _ms(pings.timeout_seconds)),
        # Of any other ping: while one is out no more are sent, and it would be waited for a minute.
        ("grpc.http2.ping_timeout_ms", _ms(pings.timeout_seconds)),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # Else the wait of one that is gone would hold for a new one at its address.
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.service_config", json.dumps(_POLICY)),
    ]


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


class Channels:
    """The channels to every target. Made inside the running loop, closed in it."""

    def __init__(self, targets: Sequence[str], pings: Pings = USUAL) -> None:
        self.all = [grpc.aio.insecure_channel(target, options=_options(pings)) for target in targets]
        self._turn = 0
        self.ready()

    def ready(self) -> list[grpc.aio.Channel]:
        """Those with a connection to a harmonizer that says it serves. The others are told to connect."""
        states = [channel.get_state(try_to_connect=True) for channel in self.all]
        return [
            channel for channel, state in zip(self.all, states, strict=True) if state is grpc.ChannelConnectivity.READY
        ]

    async def next(self, seconds: float) -> grpc.aio.Channel:
        """The one whose turn it is among those that are ready, waited for no longer than this. Raises Unavailable."""
        if not await self.wait_ready(seconds):
            raise Unavailable(NOBODY_SERVES, headers=RETRY_LATER)
        ready = self.ready() or self.all
        self._turn += 1
        return ready[self._turn % len(ready)]

    async def wait_ready(self, seconds: float) -> bool:
        """Whether one is ready, waited for no longer than this."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        # Looked at rather than waited for: a wait that is cancelled stays behind in the channel until that changes.
        while not self.ready():
            if (left := end - loop.time()) <= 0:
                return False
            await asyncio.sleep(min(left, _LOOK_SECONDS))
        return True

    async def close(self) -> None:
        """Ends every call and connection."""
        await asyncio.gather(*(channel.close() for channel in self.all))
