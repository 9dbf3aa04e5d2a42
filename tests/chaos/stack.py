"""A whole deployment on loopback whose every process can be killed and whose every wire can be cut."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.processes import ROOT, Harmonizer, Service, environment
from support.rest import Rest
from tests.chaos.disk import Disk, small_disk
from tests.chaos.forked import Forkable, ForkedGateway, ForkedWorker
from tests.chaos.keeper import Keeper
from tests.chaos.ledger import Directory, Ledger
from tests.chaos.plan import Fault
from tests.chaos.proxy import HOST, Network
from tests.chaos.servers import Database, DatabaseKeeper, ObjectStore
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
    # So that a file of some hundred KiB has several parts.
    "HARMONIZER_UPLOAD_PART_BYTES": "65536",
    "HARMONIZER_DATABASE_SECONDS": "5",
    # A worker that is frozen for longer is taken for dead, and comes back as a zombie.
    "HARMONIZER_WORKER_HEARTBEAT_SECONDS": "0.3",
    "HARMONIZER_WORKER_STALLED_SECONDS": "1",
}


@dataclass(frozen=True)
class Shape:
    """How many there are of each. Without workers: SQLite, and the gateway runs the jobs."""

    gateways: int = 1
    workers: int = 0
    harmonizers: int = 1
    blobs: str = "directory"
    """Or s3."""
    grace_seconds: float = 3.0
    """After which bytes that no row names are removed. Longer than whatever stands between bytes and row."""


SHAPES = {"sqlite": Shape(), "postgres": Shape(2, 2, 2, grace_seconds=15.0)}


class Stack:
    """Processes, the wires between them, the disk below them."""

    def __init__(self, exits: ExitStack, directory: Path, shape: Shape) -> None:
        self.directory, self.shape, self.keepers = directory, shape, dict[str, Keeper]()
        self.network, self._exits = Network(), exits
        exits.callback(self.network.close)
        self._zygote = Zygote(environment(), ROOT)
        exits.callback(self._zygote.close)
        self.data_dir = directory / "data"
        self.disk: Disk = small_disk(self.data_dir, self._writers)
        exits.callback(self.disk.close)
        self._database = self._store = None
        self._build()
        wires = self.network.wires
        self.addresses = [
            f"http://{HOST}:{wires[name].port}" for name in sorted(wires) if name.startswith("client-gat")
        ]
        self.rpc_target = f"{HOST}:{wires['client-rpc'].port}"
        self.ledger = self._ledger()

    def _build(self) -> None:
        if self.shape.workers:
            self._database = Database(self.directory / "database")
            self._exits.callback(self._database.remove)
            self._keep("database", self._database)
        if self.shape.blobs == "s3":
            self._store = ObjectStore(self.directory / "store")
            self._keep("store", self._store)
        for n in range(1, self.shape.harmonizers + 1):
            self._keep(f"harmonizer-{n}", Harmonizer(self.directory / f"harmonizer-{n}"))
        for n in range(1, self.shape.gateways + 1):
            self._add_gateway(f"gateway-{n}")
        for n in range(1, self.shape.workers + 1):
            name = f"worker-{n}"
            settings = self._settings(name) | {"HARMONIZER_ENGINE_ADDRESS": self._engines(name)}
            self._keep(name, ForkedWorker(self.directory / name, settings))

    def _add_gateway(self, name: str) -> None:
        gateway = ForkedGateway(self.directory / name, self._engines(name), **self._settings(name))
        self._keep(name, gateway)
        self.network.wire(f"client-{name}", gateway.port)
        if "client-rpc" not in self.network.wires:
            self.network.wire("client-rpc", gateway.grpc_port)

    def _engines(self, name: str) -> str:
        """The harmonizers as the process reaches them, each over a wire of its own."""
        if self.shape.workers and name.startswith("gateway"):
            names = ["harmonizer-1"]  # It only asks whether anybody serves.
        else:
            names = [f"harmonizer-{n}" for n in range(1, self.shape.harmonizers + 1)]
        wires = [self.network.wire(f"{name}-{other}", self.keepers[other].service.port) for other in names]
        return ",".join(f"{HOST}:{wire.port}" for wire in wires)

    def _settings(self, name: str) -> dict[str, str]:
        settings = SETTINGS | {
            "HARMONIZER_DATA_DIR": str(self.data_dir),
            "HARMONIZER_ORPHAN_GRACE_SECONDS": str(self.shape.grace_seconds),
        }
        if self._database:
            wire = self.network.wire(f"{name}-database", self._database.port)
            settings["HARMONIZER_DATABASE_URL"] = self._database.url(wire.port)
        if self._store:
            settings |= self._store.settings(self.network.wire(f"{name}-store", self._store.port).port)
        return settings

    def _ledger(self) -> Ledger:
        url = f"sqlite:///{self.data_dir / 'gateway.db'}"
        if self._database:
            url = self._database.url().replace("postgresql:", "postgresql+psycopg:")
        return Ledger(url, Directory(self._store.objects / "blobs" if self._store else self.data_dir / "blobs"))

    def _keep(self, name: str, service: Service) -> None:
        if isinstance(service, Forkable):
            service.zygote = self._zygote
        keeper = (DatabaseKeeper if isinstance(service, Database) else Keeper)(service, name)
        self.keepers[name] = keeper
        self._exits.callback(keeper.close)
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
def stack_of(shape: Shape, directory: Path) -> Iterator[Stack]:
    """A stack in peace; ended with everything it started."""
    with ExitStack() as exits:
        stack = Stack(exits, directory, shape)
        for address in stack.addresses:
            with Rest(address) as rest:
                assert rest.get("/healthz").status_code == 200
        yield stack
