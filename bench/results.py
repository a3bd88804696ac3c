# SPDX-License-Identifier: BSD-2-Clause
"""The results of a run: the rows of the table, and further figures."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks import Law, Sizes
from timing import Side, Spread, pairwise


@dataclass
class Row:
    """One row of the table. `wanted` is the minimum of the ratio or, if `at_most`, the maximum."""

    name: str
    work: str
    against: str
    wanted: float
    aim: float | None = None
    at_most: bool = False
    ratio: Spread | None = None
    ours: Spread | None = None
    other: Spread | None = None
    unit: str = "s"  # or bytes
    runs: int = 0
    note: str = ""
    not_measured: str = ""
    failed: str = ""
    unjudged: str = ""  # why there is no verdict

    def _within(self, ratio: float, limit: float) -> bool:
        return ratio <= limit if self.at_most else ratio >= limit

    @property
    def missed(self) -> bool:
        return self.is_judged and not self._within(self.ratio.median, self.wanted)

    @property
    def is_judged(self) -> bool:
        return self.ratio is not None and not self.unjudged

    @property
    def verdict(self) -> str | None:
        """The verdict by the median, and whether all turns agree with it. None if there is none."""
        if self.ratio is None or self.unjudged:
            return None
        if self.aim is not None and self._within(self.ratio.median, self.aim):
            word, limit = "aim reached", self.aim
        else:
            word, limit = "missed" if self.missed else "reached", self.wanted
        throughout = self._within(self.ratio.low, limit) == self._within(self.ratio.high, limit)
        return word if throughout else f"{word} (not throughout)"

    def measure(self, ours: Side, other: Side) -> None:
        ratios = pairwise(ours, other) if self.at_most else pairwise(other, ours)
        self.ratio, self.ours, self.other = Spread.of(ratios), Spread.of(ours.seconds), Spread.of(other.seconds)
        self.runs = min(len(ours.loops), len(other.loops))

    def compare(self, ours: list[float], other: list[float]) -> None:
        """Like measure(), for computed times, one for each turn."""
        self.ratio = Spread.of([one / two for one, two in zip(ours, other)])
        self.ours, self.other, self.runs = Spread.of(ours), Spread.of(other), len(ours)

    def limit(self, ours: list[float], most: float) -> None:
        """Compares with a fixed limit. Needs at_most."""
        self.compare(ours, [most] * len(ours))


@dataclass(frozen=True)
class PerKernel:
    """Sizes and times of both tools for one kernel and all objects of libbpf-tools."""

    kernel: str
    input: int
    bpftool: int
    min_btf: int
    bpftool_seconds: float
    min_btf_seconds: float


@dataclass(frozen=True)
class Written:
    """Outputs and memory of both tools for the same work."""

    work: str
    bpftool: Sizes
    min_btf: Sizes
    bpftool_peak: int
    min_btf_peak: int


@dataclass
class Peak:
    """Peak memory of one command, and its limit, in bytes."""

    work: str
    peak: int
    allowed: int


def peak_row(name: str, work: str, limit: str, worst: Peak) -> Row:
    """Returns the row of the measurement that is nearest to its limit."""
    row = Row(name, work, limit, 1.0, at_most=True, unit="bytes", runs=1)
    row.ratio, row.ours, row.other = (
        Spread.of([value]) for value in (worst.peak / worst.allowed, worst.peak, worst.allowed)
    )
    return row


@dataclass
class Results:
    rows: list[Row] = field(default_factory=list)
    per_kernel: list[PerKernel] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    peaks: list[Peak] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    laws: list[Law] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
