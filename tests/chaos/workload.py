"""Clients as they should be: an idempotency key for each wish, asked again until there is an answer."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.chaos import tus
from tests.chaos.oracle import Case, Digests
from tests.chaos.watch import Watcher
from tests.chaos.wishes import Wish

ENDED = {"completed", "failed", "cancelled"}
# Not now: the queue is full, something behind the gateway is gone, the disk is full.
LATER = {429, 502, 503, 507}
PAUSE_SECONDS = 0.1


@dataclass
class Book:
    """What was promised to the clients of a round, and what they saw."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    """Job by key."""
    cases: dict[str, Case] = field(default_factory=dict)
    """Case by key, also of those that were never acknowledged."""
    cancelled: set[str] = field(default_factory=set)
    """Jobs that somebody asked to cancel."""
    removed: set[str] = field(default_factory=set)
    """Jobs whose removal was confirmed."""
    traces: dict[str, list[list[Any]]] = field(default_factory=lambda: defaultdict(list))
    """What each reader that watched to the end saw, by job."""
    broken: list[str] = field(default_factory=list)
    """Promises that were seen broken at once, in words."""
    refused: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Answers that said "later", by status."""


class GivenUp(Exception):
    """The client lost the answer and does not ask again."""


class Client:
    """All clients of a round, over one connection pool for each gateway."""

    def __init__(
        self, gateways: Sequence[httpx.AsyncClient], watcher: Watcher, book: Book, oracle: dict[str, Digests]
    ) -> None:
        self._gateways, self._watcher, self._book, self._oracle = gateways, watcher, book, oracle
        self._turn = 0

    async def live(self, wish: Wish) -> None:
        """The life of one wish, to the end of its job."""
        await asyncio.sleep(wish.start)
        try:
            job_id = await self.accept(wish)
        except GivenUp:
            return
        over = asyncio.Event()
        seen = asyncio.create_task(self._look_for_halves(wish.case, job_id))
        watched = asyncio.create_task(self._watch(wish, job_id, over))
        try:
            await self._to_the_end(wish, job_id)
            over.set()
            await watched
            if wish.remove:
                # 404: an earlier one of ours, whose answer was lost, was heard.
                await self.ask("DELETE", f"/api/v1/jobs/{job_id}", fine={204, 404})
                self._book.removed.add(job_id)
        finally:
            for task in (seen, watched):
                task.cancel()
            await asyncio.gather(seen, watched, return_exceptions=True)

    async def accept(self, wish: Wish) -> str:
        """Asks until the job is acknowledged; its id. Raises GivenUp."""
        self._book.cases[wish.key] = wish.case
        job_id = self._book.acknowledged[wish.key] = await self._submit(wish)
        return job_id

    async def _to_the_end(self, wish: Wish, job_id: str) -> None:
        path = f"/api/v1/jobs/{job_id}"
        if wish.cancel_after is not None:
            await asyncio.sleep(wish.cancel_after)
            self._book.cancelled.add(job_id)
            await self.ask("POST", f"{path}:cancel")
        job = await self._ended(path)
        if wish.retry and job["status"] == "cancelled":
            self._book.cancelled.discard(job_id)
            # 409: an earlier one of ours, whose answer was lost, was heard.
            await self.ask("POST", f"{path}:retry", fine={200, 409})
            await self._ended(path)

    async def _ended(self, path: str) -> dict[str, Any]:
        while True:
            job: dict[str, Any] = (await self.ask("GET", path)).json()
            if job["status"] in ENDED:
                return job
            await asyncio.sleep(PAUSE_SECONDS)

    # --- Ways for bytes to come ---

    async def _submit(self, wish: Wish) -> str:
        headers = {"Idempotency-Key": wish.key}
        if wish.style == "body":
            files = [("file", file) for file in wish.case.files]
            answer = await self.ask(
                "POST", "/api/v1/jobs", wish, files=files, data=wish.case.fields, headers=headers, fine={201}
            )
        else:
            ids = [await self._upload(wish, n) for n in range(len(wish.case.files))]
            answer = await self.ask(
                "POST", "/api/v1/jobs", wish, json={"upload_ids": ids, **wish.case.fields}, headers=headers, fine={201}
            )
        return str(answer.json()["id"])

    async def _upload(self, wish: Wish, number: int) -> str:
        name, data = wish.case.files[number]
        query, key = {"file_name": name}, f"{wish.key}-{number}"
        match wish.style:
            case "upload":
                answer = await self.ask(
                    "POST", "/api/v1/uploads", wish, params=query, content=data,
                    headers={"Idempotency-Key": key}, fine={201},
                )  # fmt: skip
                upload_id = answer.json()["id"]
            case "put":
                upload_id = str(uuid.uuid5(uuid.NAMESPACE_OID, key))
                path = f"/api/v1/uploads/{upload_id}"
                await self.ask("PUT", path, wish, params=query, content=data, fine={200, 201})
            case _:
                upload_id = await tus.send(self, wish, key, name, data)
        return str(upload_id)

    # --- Looking ---

    async def _look_for_halves(self, case: Case, job_id: str) -> None:
        """Nothing, or the whole: whenever the result can be read, it is right."""
        name = "report.json" if case.operation == "validate" or len(case.files) > 1 else "clean.csv"
        place = f"artifacts/{name}" if name == "report.json" else "result"
        wanted = self._oracle[case.name][name]
        while True:
            answer = await self.ask("GET", f"/api/v1/jobs/{job_id}/{place}", fine={200, 404, 409})
            if answer.status_code == 200 and hashlib.sha256(answer.content).hexdigest() != wanted:
                self._book.broken.append(f"job {job_id}: {name} could be read and was not what it should be")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _watch(self, wish: Wish, job_id: str, over: asyncio.Event) -> None:
        if wish.watch:
            trace = await self._watcher.follow(wish.watch, job_id, wish.key, over)
            self._book.traces[job_id].append(trace)

    async def ask(
        self, method: str, path: str, wish: Wish | None = None, fine: set[int] | None = None, **more: Any
    ) -> httpx.Response:
        """Asks until there is an answer. Any answer but a fine one and "later" is a broken promise."""
        while True:
            answer = await self.once(method, path, wish, **more)
            if answer is not None and self.fits(answer, method, path, fine or {200}):
                return answer
            await asyncio.sleep(PAUSE_SECONDS)

    async def once(self, method: str, path: str, wish: Wish | None = None, **more: Any) -> httpx.Response | None:
        """Asks once, one gateway after the other where there are several. None: no answer came."""
        self._turn += 1
        try:
            return await self._gateways[self._turn % len(self._gateways)].request(method, path, **more)
        except httpx.TransportError:
            if wish is not None and wish.gives_up:
                raise GivenUp from None
            return None

    def fits(self, answer: httpx.Response, method: str, path: str, fine: set[int]) -> bool:
        """Whether the answer is a fine one. It may say "later", well formed; anything else is noted."""
        if answer.status_code in fine:
            return True
        where = f"{method} {_route(path)}: {answer.status_code}"
        if answer.status_code not in LATER:
            self._book.broken.append(f"{where} {answer.text[:300]}")
        elif "retry-after" not in answer.headers:
            self._book.broken.append(f"{where} without Retry-After")
        self._book.refused[answer.status_code] += 1
        return False


@asynccontextmanager
async def clients(
    addresses: Sequence[str], rpc_target: str, book: Book, oracle: dict[str, Digests]
) -> AsyncGenerator[Client, None]:
    """Clients of these gateways, as long as the block lasts."""
    async with AsyncExitStack() as exits:
        gateways = [
            await exits.enter_async_context(httpx.AsyncClient(base_url=address, timeout=15, trust_env=False))
            for address in addresses
        ]
        yield Client(gateways, Watcher(exits, addresses[0], rpc_target, book.broken), book, oracle)


def _route(path: str) -> str:
    return "/".join("*" if len(word) >= 36 else word for word in path.split("/"))
