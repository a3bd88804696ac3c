"""Where a run keeps things: inputs that the next run takes again, and outputs that go when it ends."""
from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import ROOT, Unusable

# Not below build/bench, which is CMake's: it makes other inputs there, of the same names.
INPUTS = ROOT / "build" / "bench-inputs"


@contextmanager
def inputs_locked() -> Iterator[Path]:
    """The directory of the inputs, for one run at a time. What a run derives from them there is removed."""
    INPUTS.mkdir(parents=True, exist_ok=True)
    with (INPUTS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unusable(
                f"another ./run bench is at work in {INPUTS.relative_to(ROOT)}; try again after it"
            ) from None
        try:
            yield INPUTS
        finally:
            _remove(INPUTS / "sets", INPUTS / "copies")


@contextmanager
def scratch_directory() -> Iterator[tuple[Path, str]]:
    """For outputs, and what it is on: in memory if that is to be had, so that no disk is measured."""
    shared = Path("/dev/shm")
    if shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 256 * 1024 * 1024:
        parent, kind = shared, "tmpfs (/dev/shm)"
    else:
        parent, kind = None, "a disk, to which min-btf syncs and bpftool does not"
    scratch = Path(tempfile.mkdtemp(prefix="min-btf-bench-", dir=parent))
    try:
        yield scratch, kind
    finally:
        _remove(scratch)


def _remove(*directories: Path) -> None:
    """To the end, even if Ctrl-C is pressed again."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for directory in directories:
            shutil.rmtree(directory, ignore_errors=True)
    finally:
        signal.signal(signal.SIGINT, before)
