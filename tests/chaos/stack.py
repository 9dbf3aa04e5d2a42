"""A whole deployment on loopback whose every process can be killed and whose every wire can be cut."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from support.processes import ROOT, Harmonizer, Service, environment
from support.rest import Rest
from tests.chaos.disk import Disk, small_disk
from tests.chaos.forked import Forkable, ForkedGateway
from tests.chaos.keeper import Keeper
from tests.chaos.ledger import Directory, Ledger
from tests.chaos.plan import Fault
from tests.chaos.proxy import HOST, Network
from tests.chaos.zygote import Zygote

# Quick to try again, slow to give up: a round is short, and whatever breaks comes back.
SETTINGS = {
    "HARMONIZER_PATIENCE_SECONDS": "300",
    "HARMONIZER_BACKOFF_SECONDS": "0.1",
    "HARMONIZER_ENGINE_STALL_SECONDS": "5",
    "HARMONIZER_MAX_ATTEMPTS": "100",
    "HARMONIZER_LOOK_SECONDS": "0.5",
    "HARMONIZER_DRAIN_SECONDS": "2",
    "HARMONIZER_UPKEEP_SECONDS": "0.5",
    "HARMONIZER_ORPHAN_GRACE_SECONDS": "3",
}


class Stack:
    """One gateway on SQLite and a directory, one harmonizer."""

    def __init__(self, exits: ExitStack, directory: Path) -> None:
        self.directory, self.keepers = directory, dict[str, Keeper]()
        self.network = Network()
        exits.callback(self.network.close)
        self.disk: Disk = small_disk(directory / "gateway" / "data", self._writers)
        exits.callback(self.disk.close)
        self._zygote = Zygote(environment(), ROOT)
        exits.callback(self._zygote.close)
        self._build(exits)
        self.addresses = [f"http://{HOST}:{self.network.wires['client-gateway'].port}"]
        self.rpc_target = f"{HOST}:{self.network.wires['client-rpc'].port}"

    def _build(self, exits: ExitStack) -> None:
        harmonizer = Harmonizer(self.directory / "harmonizer")
        self._keep(exits, "harmonizer", harmonizer)
        engine = self.network.wire("gateway-harmonizer", harmonizer.port)
        gateway = ForkedGateway(self.directory / "gateway", f"{HOST}:{engine.port}", **SETTINGS)
        self._keep(exits, "gateway", gateway)
        self.network.wire("client-gateway", gateway.port)
        self.network.wire("client-rpc", gateway.grpc_port)
        self.ledger = Ledger(f"sqlite:///{gateway.data_dir / 'gateway.db'}", Directory(gateway.data_dir / "blobs"))

    def _keep(self, exits: ExitStack, name: str, service: Service) -> None:
        if isinstance(service, Forkable):
            service.zygote = self._zygote
        keeper = self.keepers[name] = Keeper(service, name)
        exits.callback(keeper.close)
        keeper.open()

    def _writers(self) -> Iterator[int]:
        """Ids of the processes that write to the disk."""
        for name, keeper in self.keepers.items():
            if name.startswith(("gateway", "worker")) and (pid := keeper.pid()):
                yield pid

    # --- Breaking and healing ---

    def parts(self) -> dict[str, list[str]]:
        """What can break, by kind of fault."""
        processes, wires = sorted(self.keepers), sorted(self.network.wires)
        return {
            "kill": processes,
            "hold": processes,
            "freeze": [name for name in processes if name != "database"],
            "reset": wires,
            "stall": wires,
            "refuse": wires,
            "delay": wires,
            "fill": ["disk"],
        }

    async def strike(self, fault: Fault) -> None:
        """Does it, and undoes it after its time."""
        await asyncio.to_thread(self._begin, fault)
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
            await asyncio.to_thread(self._end, fault)

    def _begin(self, fault: Fault) -> None:
        keeper, wire = self.keepers.get(fault.target), self.network.wires.get(fault.target)
        match fault.kind:
            case "kill":
                keeper.kill()
            case "hold":
                keeper.hold()
            case "freeze":
                keeper.signal(signal.SIGSTOP)
            case "reset":
                wire.reset()
            case "stall":
                wire.stall()
            case "refuse":
                wire.refuse()
            case "delay":
                wire.delay(0.03)
            case "fill":
                self.disk.fill()

    def _end(self, fault: Fault) -> None:
        if fault.kind == "fill":
            self.disk.free()
        elif keeper := self.keepers.get(fault.target):
            keeper.release()
        else:
            self.network.wires[fault.target].heal()

    def heal(self) -> None:
        """Nothing is broken any more; returns when everybody takes requests."""
        self.network.heal()
        self.disk.free()
        for keeper in self.keepers.values():
            keeper.release()
        waits = [threading.Thread(target=keeper.wait_up) for keeper in self.keepers.values()]
        for wait in waits:
            wait.start()
        for wait in waits:
            wait.join()

    def logs(self, last: int = 4000) -> str:
        """The end of what each process wrote."""
        return "\n".join(f"--- {name}\n{keeper.service.log()[-last:]}" for name, keeper in self.keepers.items())


@contextmanager
def stack_of(backend: str, directory: Path) -> Iterator[Stack]:
    """A stack in peace; ended with everything it started."""
    assert backend == "sqlite", backend
    with ExitStack() as exits:
        stack = Stack(exits, directory)
        with Rest(stack.addresses[0]) as rest:
            assert rest.get("/healthz").status_code == 200
        yield stack
