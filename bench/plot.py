# SPDX-License-Identifier: BSD-2-Clause
"""Draws the plot: time by number of kernels, and by number of relocations, for both tools."""
from __future__ import annotations

import shutil
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

import inputs
from inputs import ObjectSet
from rows import Bench
from timing import Side, take_turns
from tools import Unusable, say

_KERNEL_COUNTS = [1, 2, 4, 8, 16, 32, 64]
_OBJECT_COUNTS = [1, 3, 10, 30, 90]


@dataclass(frozen=True)
class Point:
    x: int
    bpftool: float
    min_btf: float


@dataclass(frozen=True)
class Points:
    objects: str
    kernels: list[Point]
    kernel: str
    relocations: list[Point]


def check(path: Path) -> None:
    """Raises Unusable if the plot cannot be drawn. Called before the measurements start."""
    if shutil.which("gnuplot") is None:
        raise Unusable("--plot: gnuplot is not in PATH")
    is_new = not path.exists()
    try:
        path.open("ab").close()
    except OSError as error:
        raise Unusable(f"--plot: {path} cannot be written: {error.strerror}") from error
    if is_new:
        path.unlink()


def _pair(bench: Bench, kernels: list[inputs.Kernel], objects: ObjectSet) -> tuple[float, float]:
    tree = inputs.raw_tree(bench.work / "sets/plot", kernels)
    theirs, ours = bench.bpftool(kernels, "plot-bpftool", objects), bench.ours(tree, "plot", objects, 1, times=3)
    theirs.must_succeed = True
    take_turns(bench.stopwatch, [theirs, ours], min(3, bench.runs), budget=20)
    return statistics.median(theirs.seconds), statistics.median(ours.seconds)


def measure(bench: Bench) -> Points:
    given = bench.inputs
    kernels = [kernel for kernel in given.kernels if kernel.size < inputs.UNDEDUPLICATED_SIZE]
    wanted = [count for count in _KERNEL_COUNTS if not bench.quick or count <= 4]
    copies = bench.work / "copies/plot"
    shutil.rmtree(copies, ignore_errors=True)
    many = kernels + inputs.distinct_copies(copies, kernels, rounds=-(-max(wanted) // len(kernels)) - 1)
    by_kernels, by_relocations = [], []
    for count in wanted:
        if count > len(many):
            break
        say(f"plot: {count} kernels")
        by_kernels.append(Point(count, *_pair(bench, many[:count], given.tools)))
    for count in _OBJECT_COUNTS:
        paths = given.product.paths[:count]
        relocations = inputs.described(bench.tools, "", paths)
        say(f"plot: {relocations.relocations} relocations")
        by_relocations.append(Point(relocations.relocations, *_pair(bench, kernels[:1], relocations)))
    shutil.rmtree(copies, ignore_errors=True)
    return Points(given.tools.title, by_kernels, kernels[0].name, by_relocations)


def _block(name: str, points: list[Point]) -> str:
    lines = "\n".join(f"{point.x} {point.bpftool:.5f} {point.min_btf:.5f}" for point in points)
    return f"${name} << EOD\n{lines}\nEOD\n"


def draw(points: Points, path: Path) -> None:
    ticks = ", ".join(str(count) for count in _KERNEL_COUNTS)
    script = (
        _block("kernels", points.kernels)
        + _block("relocations", points.relocations)
        + f"""
set terminal svg size 920,360 font 'sans-serif,13' background '#ffffff'
set multiplot layout 1,2
set logscale xy
set grid ytics lt 1 lc rgb '#dddddd'
set key above horizontal samplen 2
set ylabel 'seconds'
set style data linespoints
set style line 1 lc rgb '#c0392b' lw 2 pt 7 ps 0.6
set style line 2 lc rgb '#1f618d' lw 2 pt 7 ps 0.6
set title '{points.objects[0].upper() + points.objects[1:]}'
set xlabel 'kernels'
set xtics ({ticks})
set xrange [0.9:80]
plot $kernels using 1:2 ls 1 title 'bpftool', '' using 1:3 ls 2 title 'min-btf -j1'
set title 'One kernel, up to 90 generated objects'
set xlabel 'relocations'
set xtics (1000, 3000, 10000, 30000)
set xrange [600:90000]
plot $relocations using 1:2 ls 1 title 'bpftool', '' using 1:3 ls 2 title 'min-btf -j1'
unset multiplot
"""
    )
    result = subprocess.run(["gnuplot"], input=script, capture_output=True, text=True, check=False)
    if result.returncode != 0 or not result.stdout:
        said = [line.strip() for line in result.stderr.splitlines() if line.strip()]
        raise Unusable(f"gnuplot failed: {said[-1] if said else f'exit status {result.returncode}'}")
    try:
        path.write_text(result.stdout)
    except OSError as error:
        raise Unusable(f"--plot: {path} cannot be written: {error.strerror}") from error
    say(f"wrote {path}")
