# SPDX-License-Identifier: BSD-2-Clause
"""Directories of a run: inputs, which the next run uses again, and outputs, which are removed at the end."""
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

# Not below build/bench, where CMake makes other inputs with the same names.
INPUTS = ROOT / "build" / "bench-inputs"


@contextmanager
def inputs_locked() -> Iterator[Path]:
    """Locks the directory of the inputs for one run. Trees made from the inputs are removed at the end."""
    INPUTS.mkdir(parents=True, exist_ok=True)
    with (INPUTS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unusable(
                f"another ./run bench uses {INPUTS.relative_to(ROOT)}; try again when it has ended"
            ) from None
        try:
            yield INPUTS
        finally:
            _remove(INPUTS / "sets", INPUTS / "copies")


@contextmanager
def scratch_directory() -> Iterator[tuple[Path, str]]:
    """Makes a directory for outputs, and names its medium: memory if possible, so that no disk is measured."""
    shared = Path("/dev/shm")
    if shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 256 * 1024 * 1024:
        parent, kind = shared, "tmpfs (/dev/shm)"
    else:
        parent, kind = None, "a disk (min-btf syncs its outputs, bpftool does not)"
    scratch = Path(tempfile.mkdtemp(prefix="min-btf-bench-", dir=parent))
    try:
        yield scratch, kind
    finally:
        _remove(scratch)


def _remove(*directories: Path) -> None:
    """Removes directories completely, even if Ctrl-C is pressed again."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for directory in directories:
            shutil.rmtree(directory, ignore_errors=True)
    finally:
        signal.signal(signal.SIGINT, before)
