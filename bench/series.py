# SPDX-License-Identifier: BSD-2-Clause
"""Plans series of evolved kernels: from which real kernel a series starts, how many builds it has, and their paths.

evolve_kernels makes the kernels. A series is like the builds of one distribution for one architecture: hundreds to
thousands of types differ from those of its base, and a build changes some of the types of the build before.
"""
from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from inputs import UNDEDUPLICATED_SIZE, Kernel
from tools import Tools, Unusable

SEED = 19
KERNELS_PER_SERIES = 61
_UNDEDUPLICATED_BUILDS = 10  # as in BTFHub's archive, where few kernels were never deduplicated
_SERIES_FOR_UNDEDUPLICATED = 20


@dataclass(frozen=True)
class Series:
    """A series of kernels. `pattern` is the path of a build in the tree, with % for its number."""

    number: int
    base: Kernel
    builds: int
    pattern: str

    @property
    def seed(self) -> int:
        return SEED * 1000 + self.number

    def make(self, tools: Tools, tree: Path, builds: int | None = None) -> None:
        """Writes the kernels below `tree`. More builds than the series has continue it."""
        command = [tools.evolve_kernels, self.base.raw, self.seed, builds or self.builds, tree / self.pattern]
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise Unusable(result.stderr.strip())

    def path(self, build: int) -> str:
        return self.pattern.replace("%", str(build))


def _pattern(base: Kernel, number: int) -> str:
    """Returns debian/12/x86_64/6.1.NUMBER-%-amd64.btf for debian/12/x86_64/6.1.0-50-amd64."""
    path = PurePosixPath(base.name)
    match = re.match(r"(.*?\d+\.\d+)[-+.~\d]*(.*)", path.name)
    version, flavour = match.groups() if match else (path.name, "")
    return str(path.parent / f"{version}.{number}-%{'-' + flavour if flavour else ''}.btf")


def plan(kernels: list[Kernel], count: int) -> list[Series]:
    """Plans series with `count` kernels in all. All bases take part in turn. Of a base that was never deduplicated
    there is at most one series, a short one."""
    real = [kernel for kernel in kernels if not kernel.name.startswith("this-machine/")] or kernels
    usual = [kernel for kernel in real if kernel.size < UNDEDUPLICATED_SIZE] or real
    large = [kernel for kernel in real if kernel not in usual]
    series_count = max(1, round(count / KERNELS_PER_SERIES))
    if series_count < len(usual):
        usual = [usual[i * len(usual) // series_count] for i in range(series_count)]
    bases = [(usual[number % len(usual)], 0) for number in range(series_count)]
    if large and series_count >= _SERIES_FOR_UNDEDUPLICATED:
        bases[-1] = (large[0], _UNDEDUPLICATED_BUILDS)
    left = count - sum(builds for _, builds in bases)
    open_series = sum(1 for _, builds in bases if builds == 0)
    out, done = [], 0
    for number, (base, builds) in enumerate(bases):
        if builds == 0:
            builds = left * (done + 1) // open_series - left * done // open_series
            done += 1
        out.append(Series(number, base, builds, _pattern(base, number)))
    return out
