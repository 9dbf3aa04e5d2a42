"""Calls in a thread of their own: in order, bounded, and no error is lost."""

import threading

import pytest

from harmonizer_client.behind import MOST, Behind
from harmonizer_client.errors import ArtifactMismatch
from harmonizer_client.intake import Arrivals
from harmonizer_client.progress import ArtifactSummary


def test_calls_are_made_in_order_in_another_thread() -> None:
    behind, seen = Behind(), []
    for number in range(5 * MOST):
        behind.call(lambda n: seen.append((n, threading.current_thread())), number)
    behind.finish()
    assert [number for number, _ in seen] == list(range(5 * MOST))
    assert {thread for _, thread in seen} - {threading.current_thread()} == {thread for _, thread in seen}


def test_no_more_wait_than_the_bound() -> None:
    behind, go = Behind(), threading.Event()
    try:
        for _ in range(MOST):
            assert behind.in_the_way() is None
            behind.call(go.wait)
        assert behind.in_the_way() is not None
        one_more = threading.Thread(target=behind.call, args=(go.wait,))
        one_more.start()
        one_more.join(0.05)
        assert one_more.is_alive()
    finally:
        go.set()
    one_more.join()
    behind.finish()
    assert behind.last() is None


def test_an_error_comes_up_at_the_end_at_the_latest() -> None:
    behind = Behind()
    behind.call(int, "x")
    with pytest.raises(ValueError, match="invalid literal"):
        behind.finish()
    behind.drop()
    behind.call(int, "1")
    behind.finish()


def test_what_is_dropped_is_not_done_and_no_thread_stays() -> None:
    behind, go, seen = Behind(), threading.Event(), []
    behind.call(go.wait)
    behind.call(seen.append, 1)
    threading.Timer(0.05, go.set).start()
    behind.drop()
    assert seen == []
    assert not any(thread.name.startswith("harmonizer-behind") for thread in threading.enumerate())


class Store:
    """Notes which thread writes, and may fail."""

    def __init__(self, *, in_thread: bool, error: Exception | None = None) -> None:
        self.in_thread, self.error = in_thread, error
        self.threads: set[threading.Thread] = set()
        self.content = bytearray()
        self.aborted = 0

    def write(self, kind: str, name: str, piece: bytes) -> None:
        self.threads.add(threading.current_thread())
        if self.error is not None:
            raise self.error
        self.content += piece

    def commit(self, summaries: object) -> dict[str, object]:
        return {}

    def abort(self) -> None:
        self.aborted += 1


@pytest.mark.parametrize("in_thread", [False, True])
def test_a_store_says_where_it_is_written_to(in_thread: bool) -> None:
    store = Store(in_thread=in_thread)
    arrivals = Arrivals(store)
    for number in range(20):
        arrivals.add("clean", "clean.csv", b"%02d" % number, 2 * number)
    wrong = ArtifactSummary("clean", "clean.csv", 40, "0" * 64, "text/csv")
    with pytest.raises(ArtifactMismatch):
        arrivals.commit([wrong])
    assert bytes(store.content) == b"".join(b"%02d" % number for number in range(20))
    assert (threading.current_thread() in store.threads) is not in_thread
    arrivals.abort()
    assert store.aborted == 1


def test_a_store_that_fails_fails_the_run() -> None:
    arrivals = Arrivals(Store(in_thread=True, error=OSError("full")))
    arrivals.add("clean", "clean.csv", b"1", 0)
    with pytest.raises(OSError, match="full"):
        arrivals.commit([ArtifactSummary("clean", "clean.csv", 1, "", "text/csv")])
    arrivals.abort()
