# SPDX-License-Identifier: BSD-2-Clause
"""Times commands from start to end: wall clock, peak memory, exit status. Compared sides run in turns."""
from __future__ import annotations

import os
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Command = Sequence[str | os.PathLike[str]]


class CommandFailed(Exception):
    """A command failed that must succeed."""


@dataclass(frozen=True)
class Ran:
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    status: int


@dataclass(frozen=True)
class Loop:
    """Results of commands that ran one after the other."""

    seconds: float
    commands: list[Ran]
    said: str

    @property
    def peak_bytes(self) -> int:
        return max(ran.peak_bytes for ran in self.commands)


@dataclass(frozen=True)
class Spread:
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))


@dataclass
class Side:
    """One side of a comparison: a loop of commands, a function to call before each run, and the runs in each turn."""

    commands: list[Command]
    prepare: Callable[[], None]
    times: int = 1
    must_succeed: bool = True
    loops: list[list[Loop]] = field(default_factory=list)  # by turn

    @property
    def seconds(self) -> list[float]:
        return [loop.seconds for turn in self.loops for loop in turn]

    @property
    def last(self) -> Loop:
        return self.loops[-1][-1]

    @property
    def peak_bytes(self) -> int:
        return max(loop.peak_bytes for turn in self.loops for loop in turn)

    def median_of_command(self, index: int) -> float:
        return statistics.median(loop.commands[index].seconds for turn in self.loops for loop in turn)


class Stopwatch:
    def __init__(self, program: Path, scratch: Path) -> None:
        self._program = program
        self._said = scratch / "said"

    def run(self, commands: Sequence[Command], must_succeed: bool = True) -> Loop:
        self._said.write_bytes(b"")
        request = b"".join(b"".join(os.fsencode(word) + b"\0" for word in command) + b"\0" for command in commands)
        *lines, total = self._answer(request).splitlines()
        ran = []
        for line in lines:
            wall, cpu, peak, status = map(int, line.split())
            ran.append(Ran(wall / 1e9, cpu / 1e9, peak * 1024, status))
        said = self._said.read_text(errors="replace")
        for command, one in zip(commands, ran):
            if must_succeed and one.status != 0:
                words = " ".join(str(word) for word in command[:6])
                raise CommandFailed(f"{words} ...: exit status {one.status}\n{said[-2000:]}")
        return Loop(int(total) / 1e9, ran, said)

    def _answer(self, request: bytes) -> str:
        """Runs the stopwatch in its own process group, so that an interruption also ends its commands."""
        with subprocess.Popen(
            [self._program, self._said],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        ) as process:
            try:
                out, err = process.communicate(request)
            except BaseException:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode != 0:
            raise CommandFailed(err.decode(errors="replace").strip())
        return out.decode()


def take_turns(stopwatch: Stopwatch, sides: Sequence[Side], runs: int, budget: float) -> None:
    """Runs `runs` turns, or as many as fit into `budget` seconds, but at least one. The turn before them is a warm-up
    and does not count, unless it takes 10 seconds or more: then warming up makes no difference, and it counts."""
    deadline = time.monotonic() + budget
    turn = 0
    while turn < runs + 1:
        begun = time.monotonic()
        for side in sides:
            loops = []
            for _ in range(side.times):
                side.prepare()
                loops.append(stopwatch.run(side.commands, side.must_succeed))
            side.loops.append(loops)
        now = time.monotonic()
        if turn == 0 and now - begun < 10:
            for side in sides:
                side.loops.clear()
        elif now + (now - begun) > deadline:
            return
        elif turn == 0:
            turn += 1  # the turn was no warm-up, so it is the first of the runs
        turn += 1


def pairwise(above: Side, below: Side) -> list[float]:
    """Returns the ratios of all pairs of times of the same turn."""
    return [
        one.seconds / other.seconds
        for ones, others in zip(above.loops, below.loops)
        for one in ones
        for other in others
    ]
