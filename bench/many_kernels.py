# SPDX-License-Identifier: BSD-2-Clause
"""A pack of hundreds or thousands of evolved kernels, and a sample of them as BTFHub compresses them.

The raw kernels would take 20 GB. Each series is therefore made in memory, packed, and removed. What is made is kept
between runs.
"""
from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import series
from inputs import Inputs, compress
from series import Series
from tools import ROOT, Tools, Unusable, processors, say

SAMPLE = 100
SMALL_SAMPLE = 20
FULL_COUNT = 4300  # as many kernels as BTFHub's archive has
_CHECKED_SERIES = 6
_ROOM_FOR_A_SERIES = 1_000_000_000  # bytes


@dataclass(frozen=True)
class ManyKernels:
    count: int
    all_series: list[Series]
    pack: Path
    sample: Path  # a tree of .btf.tar.xz files
    sample_count: int
    further: Path  # a tree with one raw kernel that is not in the pack
    seconds: float  # that `min-btf pack` took for the pack

    @property
    def is_full(self) -> bool:
        return self.count >= FULL_COUNT

    @property
    def one(self) -> str:
        """The path of a kernel in the pack."""
        some = self.all_series[len(self.all_series) // 2]
        return some.path(some.builds // 2)

    def checked(self) -> list[Series]:
        """Returns the series whose kernels are made again, to compare the outputs."""
        count = min(_CHECKED_SERIES, len(self.all_series))
        return [self.all_series[i * len(self.all_series) // count] for i in range(count)]


@contextmanager
def raw_series(tools: Tools, scratch: Path, one: Series, builds: int | None = None) -> Iterator[Path]:
    """Makes the kernels of a series as raw files, and removes them at the end."""
    if shutil.disk_usage(scratch).free < _ROOM_FOR_A_SERIES:
        raise Unusable(f"{scratch.parent} has no room for a series of raw kernels: 1 GB")
    tree = scratch / "series"
    shutil.rmtree(tree, ignore_errors=True)
    try:
        one.make(tools, tree, builds)
        yield tree
    finally:
        shutil.rmtree(tree, ignore_errors=True)


def _made_from(given: Inputs, planned: list[Series]) -> list[str]:
    """Returns what the pack depends on: the series, the bases, the code that evolves them, the format of packs."""
    digest = hashlib.sha256()
    evolution = sorted((ROOT / "bench/evolution").glob("*.?pp"))
    others = ["bench/inputs/names.cpp", "bench/inputs/random.hpp", "docs/pack-format.md", "src/pack/format.hpp"]
    for path in [*evolution, *(ROOT / name for name in others)]:
        digest.update(path.read_bytes())
    bases = {one.base.name: hashlib.sha256(one.base.raw.read_bytes()).hexdigest() for one in planned}
    return [
        digest.hexdigest(),
        *(f"{name} {value}" for name, value in bases.items()),
        *(f"{one.seed} {one.builds} {one.pattern}" for one in planned),
    ]


def _pack(tools: Tools, *arguments: str | Path) -> None:
    command = [tools.min_btf, "pack", "--quiet", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise Unusable(f"min-btf pack: {result.stderr.strip()}")


def _compress_some(pool: ThreadPoolExecutor, tree: Path, paths: list[str], sample: Path) -> None:
    for path in paths:
        (sample / path).parent.mkdir(parents=True, exist_ok=True)
    list(pool.map(lambda path: compress(tree / path, sample / f"{path}.tar.xz"), paths))


def _make(tools: Tools, planned: list[Series], place: Path, scratch: Path, sample_count: int) -> float:
    """Makes the files in `place`. Returns the seconds that `min-btf pack` took."""
    count = sum(one.builds for one in planned)
    begun = taken = 0
    seconds = 0.0
    pack = place / "kernels.pack"
    with ThreadPoolExecutor(processors()) as pool:
        for one in planned:
            say(f"series {one.number + 1} of {len(planned)}: {one.builds} kernels like {one.base.name}")
            # The first series has one kernel more, which is not packed.
            with raw_series(tools, scratch, one, one.builds + (1 if one.number == 0 else 0)) as tree:
                if one.number == 0:
                    further = place / "further" / one.path(one.builds)
                    further.parent.mkdir(parents=True)
                    shutil.copyfile(tree / one.path(one.builds), further)
                    (tree / one.path(one.builds)).unlink()
                start = time.monotonic()
                _pack(tools, pack, tree)
                seconds += time.monotonic() - start
                # Spread over all series: kernel i of all is in the sample if i * sample_count / count is a new number.
                begun += one.builds
                wanted = begun * sample_count // count - taken
                taken += wanted
                builds = [one.path(i * one.builds // wanted) for i in range(wanted)]
                _compress_some(pool, tree, builds, place / "sample")
    say("writing the pack anew")
    start = time.monotonic()
    _pack(tools, "--rebuild", pack)
    return seconds + time.monotonic() - start


def prepare(tools: Tools, given: Inputs, work: Path, scratch: Path, count: int) -> ManyKernels:
    """Makes the pack, or takes that of an earlier run."""
    planned = series.plan(given.kernels, count)
    place = work / "many" / str(count)
    sample_count = min(count, SAMPLE if count >= FULL_COUNT else SMALL_SAMPLE)
    made_from = _made_from(given, planned)
    stamp = place / "made-from.json"
    facts = json.loads(stamp.read_text()) if stamp.exists() else {}
    if facts.get("made_from") != made_from:
        say(f"making a pack of {count} kernels in {len(planned)} series")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        seconds = _make(tools, planned, place, scratch, sample_count)
        facts = {"made_from": made_from, "seconds": seconds}
        stamp.write_text(json.dumps(facts))
    for path in place.rglob("*"):  # brings the files into the page cache
        if path.is_file():
            path.read_bytes()
    return ManyKernels(
        count, planned, place / "kernels.pack", place / "sample", sample_count, place / "further", facts["seconds"]
    )
