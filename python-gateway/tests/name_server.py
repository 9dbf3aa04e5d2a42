"""A name server on loopback that knows one name: A records of whatever addresses it stands for now."""

import asyncio
import socket
import struct

_HEADER = struct.Struct("!6H")
_A, _ANSWER, _NO_ERROR = 1, 0x8400, 0


class NameServer(asyncio.DatagramProtocol):
    """async with NameServer() as names: dns://127.0.0.1:{names.port}/any.name:80 is names.addresses."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.asked = 0

    async def __aenter__(self) -> "NameServer":
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        number = _HEADER.unpack_from(data)[0]
        end = data.index(b"\0", _HEADER.size) + 5
        question = data[_HEADER.size : end]
        (kind,) = struct.unpack_from("!H", question, len(question) - 4)
        found = self.addresses if kind == _A else []
        self.asked += kind == _A
        # Each answer points back at the name of the question, and is not to be kept.
        records = [struct.pack("!HHHIH", 0xC00C, _A, 1, 0, 4) + socket.inet_aton(address) for address in found]
        answer = _HEADER.pack(number, _ANSWER | _NO_ERROR, 1, len(records), 0, 0) + question + b"".join(records)
        self._transport.sendto(answer, addr)
