# SPDX-License-Identifier: BSD-2-Clause
"""Measures the rows about packs: making one of real kernels, and reducing from one of thousands of evolved kernels."""
from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import checks
import inputs
import many_kernels
from inputs import ObjectSet
from many_kernels import FULL_COUNT, ManyKernels
from results import Peak, Row, peak_row
from timing import Command, Side, Spread
from tools import MIB, say

if TYPE_CHECKING:
    from rows import Bench

_MEMORY = 500 * MIB
_CHECKED_KERNELS_OF_A_SERIES = 2


def _nothing() -> None:
    pass


def _cpu(side: Side) -> list[float]:
    return [sum(ran.cpu_seconds for ran in loop.commands) for turn in side.loops for loop in turn]


def making(bench: Bench) -> list[Row]:
    """CPU time of making a pack of the real kernels, and its size."""
    tree, files = bench.packed_tree()
    listing = bench.scratch / "xz-files"
    listing.write_bytes(b"\0".join(str(path).encode() for path in files))
    packs = {kind: bench.scratch / f"{kind}.pack" for kind in ("everything", "types")}
    say("a pack of the real kernels: making it")
    sides = [
        Side(
            [[bench.tools.min_btf, "pack", "--quiet", *options, packs[kind], tree]],
            lambda pack=packs[kind]: pack.unlink(missing_ok=True),
        )
        for kind, options in (("everything", []), ("types", ["--types-only"]))
    ]
    decompress = Side([["sh", "-c", 'xargs -0 -n1 xz -dc <"$1" >/dev/null', "sh", listing]], _nothing)
    bench.turns([*sides, decompress])
    rows = []
    compressed = sum(path.stat().st_size for path in files)
    for (kind, pack), side, limit in zip(packs.items(), sides, (0.22, 0.11)):
        what = f"{len(files)} kernels, {'everything' if kind == 'everything' else 'types only'}"
        cpu = Row(
            f"pack-cpu-{kind}",
            f"CPU time of `min-btf pack`, {what}",
            "CPU time of `xz -dc` of the same files",
            2.5,
            at_most=True,
        )
        cpu.compare(_cpu(side), _cpu(decompress))
        peak = side.peak_bytes / MIB
        cpu.note = f"{Spread.of(side.seconds).median:.1f} s from start to end; peak memory {peak:.0f} MiB"
        size = Row(f"pack-size-{kind}", f"size of the pack of {what}", "their `.tar.xz` files", limit, at_most=True)
        size.unit, size.runs = "bytes", 1
        bytes_ = pack.stat().st_size
        size.ratio, size.ours, size.other = (Spread.of([value]) for value in (bytes_ / compressed, bytes_, compressed))
        rows += [cpu, size]
    return rows


class _Many:
    """The rows with thousands of kernels."""

    def __init__(self, bench: Bench, kernels: ManyKernels) -> None:
        self.bench, self.kernels = bench, kernels
        self.disk = bench.work / "many" / "outputs"  # the inputs are on a disk
        self.out = bench.scratch / "many"
        self.peaks: list[Peak] = []
        self.rows: list[Row] = []

    def gen(self, source: Path, out: Path, objects: ObjectSet, *options: str) -> Command:
        return [self.bench.tools.min_btf, "gen", "--quiet", "-j2", *options, source, out, *objects.paths]

    def remover(self, *places: Path) -> Callable[[], None]:
        def remove() -> None:
            for place in places:
                shutil.rmtree(place, ignore_errors=True)

        return remove

    def limited(self, name: str, work: str, side: Side, seconds: float) -> Row:
        """Adds a row for a goal in seconds for FULL_COUNT kernels."""
        row = Row(name, work, f"the limit, {seconds} s for {FULL_COUNT} kernels", 1.0, at_most=True)
        row.limit(side.seconds, seconds)
        self.peak(work, side)
        return self.judged(row)

    def judged(self, row: Row) -> Row:
        if not self.kernels.is_full:
            row.unjudged = f"no verdict: the goal is for {FULL_COUNT} kernels (--evolved {FULL_COUNT})"
        self.rows.append(row)
        return row

    def peak(self, work: str, side: Side) -> None:
        self.peaks.append(Peak(work, side.peak_bytes, _MEMORY))

    def run(self) -> list[Row]:
        bench, kernels = self.bench, self.kernels
        load, product = bench.inputs.tools, bench.inputs.product
        what = f"pack of {kernels.count} evolved kernels"
        say(f"{what}: reducing from it")
        new = Side([self.gen(kernels.pack, self.out, load)], self.remover(self.out))
        again = Side([self.gen(kernels.pack, self.out, load)], _nothing)
        disk = Side([self.gen(kernels.pack, self.disk, load)], self.remover(self.disk))
        links_tree = self.disk.with_name("links")
        links = {
            kind: Side([[bench.tools.helper("make_links"), kind, self.out, links_tree]], self.remover(links_tree))
            for kind in ("symbolic", "hard")
        }
        bench.turns([new, again, disk, *links.values()])
        self.remover(links_tree, self.disk)()
        work = f"{what}, {load.title}, `-j2`"
        sizes = checks.sizes(self.out)
        row = self.limited("many-gen", f"{work}, outputs in memory", new, 1)
        row.note = f"{sizes.distinct} distinct outputs of {sizes.files}; `min-btf pack` took {kernels.seconds:.0f} s"
        self.limited("many-again", f"{work}, outputs unchanged", again, 1)
        self.peak(f"{work}, outputs on a disk", disk)
        self.on_disk(work, new, disk, links)
        self.against_xz(work, load, new)
        self.other_commands(what, load, product)
        self.adding(what)
        self.memory(what)
        self.compare_outputs(load)
        return self.rows

    def other_commands(self, what: str, load: ObjectSet, product: ObjectSet) -> None:
        pack, scratch, tool = self.kernels.pack, self.bench.scratch, self.bench.tools.min_btf
        say(f"{what}: generated objects, check, one kernel")
        out, single, checked = scratch / "many-product", scratch / "many-one", _one_object(load)
        many = Side([self.gen(pack, out, product)], self.remover(out))
        check = Side([[tool, "check", "-j2", pack, checked]], _nothing)
        one = Side([self.gen(pack, single, load, "--include", self.kernels.one)], self.remover(single))
        self.bench.turns([many, check, one])
        described = f"{product.title} ({product.relocations} relocations)"
        self.limited("many-product", f"{what}, {described}, `-j2`, outputs in memory", many, 3)
        self.limited("many-check", f"{what}, `check` of {checked.name}, `-j2`", check, 1)
        self.limited("many-one", f"{what}, {load.title}, `--include` of one kernel", one, 0.3)

    def on_disk(self, work: str, new: Side, disk: Side, links: dict[str, Side]) -> None:
        row = Row(
            "many-disk",
            f"{work}, outputs on a disk, without the time for outputs in memory",
            "creating as many symbolic links in as many directories",
            1.10,
            at_most=True,
        )
        row.compare(
            [max(slow - fast, 0.0) for slow, fast in zip(disk.seconds, new.seconds)], links["symbolic"].seconds
        )
        row.note = (
            f"in all {Spread.of(disk.seconds).median:.2f} s; as many hard links take "
            f"{Spread.of(links['hard'].seconds).median * 1e3:.0f} ms"
        )
        if os.stat(self.bench.work).st_dev == os.stat(self.bench.scratch).st_dev:
            row.unjudged = "no verdict: outputs in memory and outputs on a disk are in the same file system"
            self.rows.append(row)
        else:
            self.judged(row)

    def against_xz(self, work: str, load: ObjectSet, new: Side) -> None:
        kernels, out = self.kernels, self.bench.scratch / "many-xz"
        say(f"{kernels.sample_count} of the kernels as .tar.xz")
        sample = Side([self.gen(kernels.sample, out, load)], self.remover(out))
        self.bench.turns([sample])
        scale = kernels.count / kernels.sample_count
        row = Row(
            "many-xz",
            f"{work}, outputs in memory",
            f"`min-btf gen -j2` on {kernels.sample_count} of them as `.tar.xz`, times {scale:g}",
            100,
        )
        # The two did not run in turns: all their pairs are compared.
        slow = [seconds * scale for seconds in sample.seconds]
        row.ratio = Spread.of([one / other for one in slow for other in new.seconds])
        row.ours, row.other, row.runs = Spread.of(new.seconds), Spread.of(slow), len(slow)
        self.judged(row)
        wrong = checks.differing_from(out, self.out)
        self.bench.results.unequal += [f"many and many-xz: {name}" for name in wrong]

    def adding(self, what: str) -> None:
        bench, kernels = self.bench, self.kernels
        pack = bench.scratch / "added.pack"
        say(f"{what}: adding a kernel")
        side = Side(
            [[bench.tools.min_btf, "pack", "--quiet", pack, kernels.further]],
            lambda: shutil.copyfile(kernels.pack, pack) and None,
        )
        bench.turns([side])
        self.limited("many-add", f"adding one raw kernel to a {what}", side, 3)
        pack.unlink()

    def memory(self, what: str) -> None:
        worst = max(self.peaks, key=lambda one: one.peak)
        row = peak_row(
            "many-memory",
            f"peak memory, the largest of {len(self.peaks)} measurements: {worst.work}",
            "the limit, 500 MiB",
            worst,
        )
        self.bench.results.peaks += self.peaks
        self.judged(row)

    def compare_outputs(self, load: ObjectSet) -> None:
        """Makes the kernels of some series again, and compares what `gen` writes for the raw files. Keeps a few of the
        kernels for the check by libbpf."""
        bench = self.bench
        full, reduced = bench.scratch / "many-full", bench.scratch / "many-reduced"
        out = bench.scratch / "many-raw"
        say("comparing outputs from the pack with outputs from raw kernels")
        for one in self.kernels.checked():
            with many_kernels.raw_series(bench.tools, bench.scratch, one) as tree:
                self.remover(out)()
                bench.stopwatch.run([self.gen(tree, out, load)])
                wrong = checks.differing_from(out, self.out)
                bench.results.unequal += [f"many and raw kernels of series {one.number}: {name}" for name in wrong]
                count = min(one.builds, _CHECKED_KERNELS_OF_A_SERIES)
                for build in {i * (one.builds - 1) // max(count - 1, 1) for i in range(count)}:
                    for root, source in ((full, tree), (reduced, self.out)):
                        place = root / one.path(build)
                        place.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(source / one.path(build), place)
        self.remover(out)()
        bench.to_check(("many", "min-btf", full, reduced, load.paths))


def _one_object(load: ObjectSet) -> Path:
    return next((path for path in load.paths if path.name == "opensnoop.bpf.o"), load.paths[0])


def many(bench: Bench) -> list[Row]:
    kernels = many_kernels.prepare(bench.tools, bench.inputs, bench.work, bench.scratch, bench.evolved)
    return _Many(bench, kernels).run()


GROUPS: list[tuple[list[str], Callable[[Bench], list[Row]]]] = [
    (["pack-cpu-everything", "pack-size-everything", "pack-cpu-types", "pack-size-types"], making),
    (
        [
            "many-gen",
            "many-again",
            "many-disk",
            "many-xz",
            "many-product",
            "many-check",
            "many-one",
            "many-add",
            "many-memory",
        ],
        many,
    ),
]
