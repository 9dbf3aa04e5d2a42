"""Where the CPU time goes: flame graphs and tables of the engine alone, and of both services under REST.

Usage: python bench/profiles.py [--quick]

Writes to out/profile/: `engine`, and for a large file (`rest`) and many small jobs (`small`) `harmonizerd` and
`gateway`; each as `.svg` to look at in a browser, as `.txt` with the functions that cost most, and as `.folded`
stacks; the profiles of Go as `.pprof` too, for `go tool pprof`.

Their shares by package go to docs/performance.md.

The gateway is sampled from outside by py-spy, which needs the right to look into another process of the same user:
root, or `sysctl kernel.yama.ptrace_scope=0`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import flame
import labs
import profiles_page
import results
import small_jobs
import stacks
from contest import LABS, WORK, measure
from extract import extract, warm
from report import Series
from services import ROOT, NotAvailable, Services, running

OUT = ROOT / "out" / "profile"
PACKAGE = "./go-harmonizer/internal/pipeline"
WAITING = (
    "_worker (concurrent/futures/thread.py",
    "Condition.wait (threading.py",
    "Thread.run (threading.py",
)
RATE, TIMES, QUICK_ROWS = 100, 5, 100_000


def main() -> int:
    """Profile all of it and say where the graphs are."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a small file and few jobs: whether it works")
    quick = parser.parse_args().quick
    OUT.mkdir(parents=True, exist_ok=True)
    source = extract(WORK, QUICK_ROWS if quick else labs.ROWS)
    warm(source)
    jobs = 100 if quick else small_jobs.JOBS
    try:
        found = engine(source)
        found |= under(lambda services: large(services, source), "rest")
        found |= under(lambda services: small_jobs.measure(services, jobs), "small")
    except NotAvailable as error:
        print(f"profile: {error}", file=sys.stderr)
        return 1
    results.put(
        ROOT / "docs" / "performance.md", "profile", profiles_page.section(found, TIMES, source.stat().st_size, jobs)
    )
    return 0


def engine(source: Path) -> dict[str, Counter[str]]:
    """The Go benchmark of the whole engine on the file, without gRPC."""
    profile, program = OUT / "engine.pprof", OUT / "engine.test"
    command = [go(), "test", "-vet=off", "-run", "^$", "-bench", "^BenchmarkFile$", "-benchtime", f"{TIMES}x"]
    done(
        [*command, "-cpuprofile", str(profile), "-o", str(program), PACKAGE],
        {"BENCH_FILE": str(source)},
    )
    program.unlink(missing_ok=True)
    return write("engine", from_go(profile))


def under(load: Callable[[Services], object], name: str) -> dict[str, Counter[str]]:
    """Both services while they bear the load."""
    profile, sampling = OUT / f"harmonizerd-{name}.pprof", OUT / f"gateway-{name}.folded"
    with (
        running({"harmonizerd", "gateway"}, {"HARMONIZERD_CPU_PROFILE": str(profile)}) as services,
        sampled(services.pids["gateway"], sampling),
    ):
        load(services)
    python = stacks.folded(sampling.read_text("utf-8").splitlines())
    return write(f"harmonizerd-{name}", from_go(profile)) | write(f"gateway-{name}", busy(python))


def busy(found: Counter[str]) -> Counter[str]:
    """Without threads that wait for work, which some kernels show to py-spy as running."""
    return Counter({stack: count for stack, count in found.items() if not stack.rpartition(";")[2].startswith(WAITING)})


def large(services: Services, source: Path) -> None:
    """The laboratory file through REST, as the bench measures it, some times."""
    for _ in range(TIMES):
        measure(LABS["rest"], source, WORK / "profile.csv", services, Series("rest"))
    (WORK / "profile.csv").unlink()


@contextmanager
def sampled(pid: int, sampling: Path) -> Iterator[None]:
    """Sample a Python process until the block ends. Errors: NotAvailable where py-spy may not."""
    spy = [str(Path(sys.executable).with_name("py-spy")), "record", "--pid", str(pid), "--format", "raw", "--function"]
    sampling.unlink(missing_ok=True)
    process = subprocess.Popen([*spy, "--rate", str(RATE), "--output", str(sampling)], stdout=subprocess.DEVNULL)
    time.sleep(1)
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait()
    if not sampling.exists():
        raise NotAvailable("py-spy could not look into the gateway: it needs root, or kernel.yama.ptrace_scope=0")


def from_go(profile: Path) -> Counter[str]:
    """The stacks of a profile."""
    return stacks.from_pprof(done([go(), "tool", "pprof", "-traces", "-sample_index=samples", str(profile)], {}))


def go() -> str:
    """The Go of `make setup`, or the machine's. Errors: NotAvailable."""
    found = shutil.which("go", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        raise NotAvailable("there is no Go: run `make setup`")
    return found


def done(command: list[str], environment: dict[str, str]) -> str:
    """What a program prints. Errors: NotAvailable when it fails."""
    child = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, **environment}, check=False
    )
    if child.returncode:
        raise NotAvailable(f"{' '.join(command[:3])} failed")
    return child.stdout


def write(name: str, found: Counter[str]) -> dict[str, Counter[str]]:
    """Write the graph, the table and the stacks, and return the stacks by the name."""
    if not found:
        raise NotAvailable(f"nothing was sampled of {name}")
    for ending, text in {
        "svg": flame.draw(found, name),
        "txt": stacks.top(found),
        "folded": "".join(f"{stack} {count}\n" for stack, count in sorted(found.items())),
    }.items():
        (OUT / f"{name}.{ending}").write_text(text, "utf-8")
    print(f"out/profile/{name}.svg: {found.total():,} samples", flush=True)
    return {name: found}


if __name__ == "__main__":
    sys.exit(main())
