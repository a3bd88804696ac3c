# SPDX-License-Identifier: BSD-2-Clause
"""Measures the rows of the table."""
from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import checks
import inputs
import many_rows
from inputs import Inputs, Kernel, ObjectSet
from results import Peak, PerKernel, Results, Row, Written, peak_row
from timing import Command, CommandFailed, Side, Spread, Stopwatch, pairwise, take_turns
from tools import MIB, Tools, processors, say

LOOP = "a loop of `bpftool gen min_core_btf`"
SECONDS_FOR_A_GROUP = 75.0


class Bench:
    """Measures rows, and keeps the outputs so that they are checked after all timing is done."""

    def __init__(
        self, tools: Tools, given: Inputs, work: Path, scratch: Path, runs: int, quick: bool, evolved: int
    ) -> None:
        self.tools, self.inputs, self.work, self.scratch = tools, given, work, scratch
        self.runs, self.quick, self.evolved = runs, quick, evolved
        self.stopwatch = Stopwatch(tools.helper("stopwatch"), scratch)
        self.results = Results()
        self._to_check: list[tuple[str, str, Path, Path, list[Path]]] = []
        self._to_be_equal: list[tuple[Path, Path]] = []

    # Command lines.

    def out(self, name: str) -> Path:
        return self.scratch / name

    def min_btf(self, tree: Path, out: Path, objects: ObjectSet | list[Path], jobs: int) -> Command:
        paths = objects.paths if isinstance(objects, ObjectSet) else objects
        return [self.tools.min_btf, "gen", "--quiet", f"-j{jobs}", tree, out, *paths]

    def ours(self, tree: Path, out: str, objects: ObjectSet | list[Path], jobs: int, times: int = 1) -> Side:
        return Side([self.min_btf(tree, self.out(out), objects, jobs)], self.remover(out), times)

    def bpftool(self, kernels: list[Kernel], out: str, objects: ObjectSet) -> Side:
        commands: list[Command] = [
            [
                self.tools.bpftool,
                "gen",
                "min_core_btf",
                kernel.raw,
                self.out(out) / f"{kernel.name}.btf",
                *objects.paths,
            ]
            for kernel in kernels
        ]
        return Side(commands, self.directories(kernels, out), must_succeed=False)

    def remover(self, *names: str) -> Callable[[], None]:
        def remove() -> None:
            for name in names:
                shutil.rmtree(self.out(name), ignore_errors=True)

        return remove

    def directories(self, kernels: list[Kernel], out: str) -> Callable[[], None]:
        def make() -> None:
            shutil.rmtree(self.out(out), ignore_errors=True)
            for kernel in kernels:
                (self.out(out) / kernel.name).parent.mkdir(parents=True, exist_ok=True)

        return make

    def turns(self, sides: list[Side]) -> None:
        take_turns(self.stopwatch, sides, self.runs, SECONDS_FOR_A_GROUP)

    # Rows.

    def beside_bpftool(
        self,
        key: str,
        kernels: list[Kernel],
        objects: ObjectSet,
        others: Callable[[Path, list[Kernel]], list[Side]],
        checked: list[Path] | None = None,
    ) -> tuple[list[Kernel], Side, list[Side]] | None:
        """Runs a loop of bpftool and `others` in turns, on the kernels for which bpftool succeeds. Returns these
        kernels, the side of bpftool and the other sides; None if bpftool fails on every kernel. Adds the outputs of
        both tools to the later check, for the objects `checked` or, if None, all objects."""
        while kernels:
            tree = inputs.raw_tree(self.work / "sets" / key, kernels)
            theirs = self.bpftool(kernels, f"{key}-bpftool", objects)
            sides = others(tree, kernels)
            self.turns([theirs, *sides])
            failed = [kernel for kernel, ran in zip(kernels, theirs.last.commands) if ran.status != 0]
            if not failed:
                chosen = checked or objects.paths
                part = f" ({len(chosen)} of {len(objects.paths)} objects)" if len(chosen) < len(objects.paths) else ""
                self._to_check += [
                    (key + part, "bpftool", tree, self.out(f"{key}-bpftool"), chosen),
                    (key + part, "min-btf", tree, self.out(key), chosen),
                ]
                return kernels, theirs, sides
            why = next((line for line in theirs.last.said.splitlines() if "Error" in line), "").strip()
            for kernel in failed:
                self.results.left_out.append(f"{kernel.name}, {objects.title}: bpftool writes nothing ({why})")
            kernels = [kernel for kernel in kernels if kernel not in failed]
        return None

    def wrote(self, key: str, work: str, theirs: Side, ours: Side) -> None:
        self.results.written.append(
            Written(
                work,
                checks.sizes(self.out(f"{key}-bpftool")),
                checks.sizes(self.out(key)),
                theirs.peak_bytes,
                ours.peak_bytes,
            )
        )

    def three(self) -> list[Row]:
        objects = self.inputs.three

        def sides(tree: Path, kernels: list[Kernel]) -> list[Side]:
            floor: list[Command] = [
                [self.tools.helper("floor"), ",".join(objects.names), *[kernel.raw for kernel in kernels]]
            ]
            return [
                self.ours(tree, "three", objects, 1, times=2),
                self.ours(tree, "three-j2", objects, 2, times=2),
                Side(floor, lambda: None, times=2),
            ]

        say(f"{objects.title}: bpftool, min-btf and the floor")
        measured = self.beside_bpftool("three", self.inputs.kernels, objects, sides)
        count = len(measured[0]) if measured else len(self.inputs.kernels)
        work = f"{count} raw kernels, {objects.title}"
        rows = [
            Row("three-j1", f"{work}, `-j1`", LOOP, 12, 16),
            Row("three-j2", f"{work}, `-j2`", f"{LOOP}, which runs one bpftool at a time", 22, 30),
            Row("floor", f"{work}, `-j1`", "the floor: only reading and validating", 1.5, at_most=True),
        ]
        if measured is None:
            return self.unmeasured(rows, "bpftool fails on every kernel")
        _, theirs, (one, two, floor) = measured
        rows[0].measure(one, theirs)
        rows[1].measure(two, theirs)
        rows[1].note = "a build would run bpftool in such a loop, one kernel at a time"
        if processors() < 2:
            rows[1].note += "; this machine has one core"
        rows[2].measure(one, floor)
        self.wrote("three", work, theirs, one)
        self._to_be_equal.append((self.out("three"), self.out("three-j2")))
        return rows

    def all_tools(self) -> list[Row]:
        objects = self.inputs.tools

        def sides(tree: Path, kernels: list[Kernel]) -> list[Side]:
            single: list[Command] = [
                [
                    self.tools.min_btf,
                    "gen",
                    "--quiet",
                    kernel.raw,
                    self.out("tools-single") / f"{kernel.name}.btf",
                    *objects.paths,
                ]
                for kernel in kernels
            ]
            return [
                self.ours(tree, "tools", objects, 1, times=2),
                Side(single, self.directories(kernels, "tools-single")),
            ]

        say(f"{objects.title}: bpftool and min-btf")
        measured = self.beside_bpftool("tools", self.inputs.kernels, objects, sides)
        count = len(measured[0]) if measured else len(self.inputs.kernels)
        work = f"{count} raw kernels, {objects.title}"
        row = Row("tools-j1", f"{work}, `-j1`", LOOP, 35, 50)
        if measured is None:
            return self.unmeasured([row], "bpftool fails on every kernel")
        kernels, theirs, (together, single) = measured
        row.measure(together, theirs)
        self.wrote("tools", work, theirs, together)
        self._to_be_equal.append((self.out("tools"), self.out("tools-single")))
        for index, kernel in enumerate(kernels):
            name = f"{kernel.name}.btf"
            self.results.per_kernel.append(
                PerKernel(
                    kernel.name,
                    kernel.size,
                    (self.out("tools-bpftool") / name).stat().st_size,
                    (self.out("tools-single") / name).stat().st_size,
                    theirs.median_of_command(index),
                    single.median_of_command(index),
                )
            )
        return [row]

    def product(self) -> list[Row]:
        kernels = inputs.ten_kernels(self.inputs.kernels)[: 2 if self.quick else None]
        return self._product("product", kernels, f"{len(kernels)} raw kernels", 100, 300, self.inputs.product.paths)

    def undeduplicated(self) -> list[Row]:
        kernel = self.inputs.undeduplicated
        if kernel is None or self.quick:
            row = Row("undeduplicated", f"a kernel of more than 20 MB, {self._load()}, `-j1`", LOOP, 500)
            return self.unmeasured([row], "left out of a quick run" if kernel else "no kernel over 20 MB in the tree")
        work = f"{kernel.name} ({kernel.size / 1e6:.0f} MB, undeduplicated)"
        return self._product("undeduplicated", [kernel], work, 500, None, self.inputs.product.paths[::9])

    def _load(self) -> str:
        load = self.inputs.product
        return f"{load.title} ({load.relocations} relocations, {load.questions} distinct)"

    def _product(
        self, key: str, kernels: list[Kernel], work: str, wanted: float, aim: float | None, checked: list[Path]
    ) -> list[Row]:
        objects = self.inputs.product
        row = Row(key, f"{work}, {self._load()}, `-j1`", LOOP, wanted, aim)
        if not kernels:
            return self.unmeasured([row], "no kernel under 20 MB")
        say(f"{objects.title}, {work}: bpftool and min-btf")
        measured = self.beside_bpftool(
            key, kernels, objects, lambda tree, _: [self.ours(tree, key, objects, 1, times=5)], checked
        )
        if measured is None:
            return self.unmeasured([row], "bpftool fails on every kernel")
        _, theirs, (ours,) = measured
        row.measure(ours, theirs)
        self.wrote(key, f"{work}, {objects.title}", theirs, ours)
        return [row]

    def archive(self) -> list[Row]:
        jobs, objects = processors(), self.inputs.tools
        tree, files = self.packed_tree()
        listing = self.scratch / "packed-files"
        listing.write_bytes(b"\0".join(str(path).encode() for path in files))
        row = Row(
            "archive",
            f"`.tar.xz` tree of {len(files)} kernels, {objects.title}, `-j{jobs}`",
            f"`xargs -P{jobs} -n1 xz -dc > /dev/null`",
            1.10,
            at_most=True,
        )
        say("the compressed tree: min-btf and xz")
        ours = self.ours(tree, "archive", objects, jobs)
        unpack = Side([["sh", "-c", f'xargs -0 -P{jobs} -n1 xz -dc <"$1" >/dev/null', "sh", listing]], lambda: None)
        self.turns([ours, unpack])
        row.measure(ours, unpack)
        full = inputs.raw_tree(self.work / "sets/archive", self.inputs.kernels)
        self._to_check.append(("archive", "min-btf", full, self.out("archive"), objects.paths))
        return [row]

    def pack(self) -> list[Row]:
        objects = self.inputs.tools
        compressed, files = self.packed_tree()
        raw = inputs.raw_tree(self.work / "sets/all", self.inputs.kernels)
        pack = self.scratch / "all.pack"
        say("a pack of the real kernels: reducing from it")
        self.stopwatch.run([[self.tools.min_btf, "pack", "--quiet", pack, compressed]])
        work = f"pack of {len(files)} kernels, {objects.title}, `-j1`"
        rows = [
            Row("pack-raw", work, "`min-btf gen -j1` on the same kernels as raw files", 1.5, at_most=True),
            Row("pack-xz", work, "`min-btf gen -j1` on the same kernels as `.tar.xz` files", 10),
        ]
        ours, theirs = self.ours(pack, "pack", objects, 1), self.ours(raw, "pack-raw", objects, 1)
        unpacked = self.ours(compressed, "pack-xz", objects, 1)
        self.turns([ours, theirs, unpacked])
        rows[0].measure(ours, theirs)
        rows[1].measure(ours, unpacked)
        self._to_check.append(("pack", "min-btf", raw, self.out("pack"), objects.paths))
        self._to_be_equal += [(self.out("pack"), self.out("pack-raw")), (self.out("pack"), self.out("pack-xz"))]
        # The generated objects as well. No row has their time.
        for tree, out in ((pack, "pack-product"), (raw, "pack-product-raw")):
            self.stopwatch.run([self.min_btf(tree, self.out(out), self.inputs.product, 1)])
        self._to_be_equal.append((self.out("pack-product"), self.out("pack-product-raw")))
        return rows

    def packed_tree(self) -> tuple[Path, list[Path]]:
        tree = inputs.link_tree(
            self.work / "sets/packed", ((f"{kernel.name}.btf.tar.xz", kernel.packed) for kernel in self.inputs.kernels)
        )
        return tree, sorted(path for path in tree.rglob("*") if path.is_file())

    def memory(self) -> list[Row]:
        kernels = self.inputs.kernels
        largest = max(kernel.size for kernel in kernels)
        raw = inputs.raw_tree(self.work / "sets/all", kernels)
        packed, files = self.packed_tree()
        dictionary = max(_dictionary(path) for path in files)
        say("peak memory")
        for what, tree, decoder in (("raw", raw, 0), ("compressed", packed, dictionary)):
            for objects in (self.inputs.tools, self.inputs.product):
                for jobs in sorted({1, 2, processors()}):
                    self.remover("memory")()
                    peak = self.stopwatch.run([self.min_btf(tree, self.out("memory"), objects, jobs)]).peak_bytes
                    allowed = (
                        16 * MIB
                        + 5 * largest * jobs // 2
                        + decoder * jobs
                        + 1024 * len(kernels)
                        + checks.sizes(self.out("memory")).distinct_bytes
                    )
                    self.results.peaks.append(Peak(f"{what} kernels, {objects.title}, `-j{jobs}`", peak, allowed))
        worst = max(self.results.peaks, key=lambda one: one.peak / one.allowed)
        row = peak_row(
            "memory",
            f"peak memory, the measurement of {len(self.results.peaks)} that is nearest to its limit: {worst.work}",
            "16 MiB + threads x (2.5 x largest kernel + xz dictionary) + 1 KiB x kernels + distinct outputs",
            worst,
        )
        return [row]

    def growth(self) -> list[Row]:
        kernels, three = self.inputs.kernels, self.inputs.three
        copies = self.work / "copies"
        shutil.rmtree(copies, ignore_errors=True)
        changed = inputs.distinct_copies(copies / "kernels", kernels)
        kernels = [kernel for kernel in kernels if any(copy.name == f"copy 0/{kernel.name}" for copy in changed)]
        trees = {
            count: inputs.raw_tree(self.work / "sets" / str(count), [*kernels, *changed][:count])
            for count in (1, len(kernels), 2 * len(kernels))
        }
        listed = list(three.paths)
        for number in range(1, 10):
            for path in three.paths:
                copy = copies / "objects" / str(number) / path.name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
                listed.append(copy)
        say("twice as many kernels, ten times as many objects")
        plain = {count: self.ours(tree, f"growth-{count}", three, 1) for count, tree in trees.items()}
        tenfold = {
            count: self.ours(trees[count], f"growth-{count}-listed", listed, 1) for count in (1, 2 * len(kernels))
        }
        take_turns(self.stopwatch, [*plain.values(), *tenfold.values()], 3 * self.runs, SECONDS_FOR_A_GROUP)
        shutil.rmtree(copies)
        few, many = len(kernels), 2 * len(kernels)
        self._to_be_equal.append((self.out(f"growth-{many}"), self.out(f"growth-{many}-listed")))
        more_kernels = Row(
            "growth-kernels",
            f"{many} distinct raw kernels, {three.title}, `-j1`",
            f"twice the time for {few}",
            1.05,
            at_most=True,
        )
        more_kernels.note = f"the {few} kernels, and a copy of each with one more string"
        more_kernels.compare(plain[many].seconds, [2 * time for time in plain[few].seconds])
        more_objects = Row(
            "growth-objects",
            f"time per additional kernel (mean of {many - 1} kernels), {three.title} and nine copies of each under "
            "other names, `-j1`",
            "the same without the copies",
            1.05,
            at_most=True,
        )
        per_kernel = [
            [(long - short) / (many - 1) for short, long in zip(sides[1].seconds, sides[many].seconds)]
            for sides in (tenfold, plain)
        ]
        more_objects.compare(*per_kernel)
        whole = Spread.of(pairwise(tenfold[many], plain[many]))
        more_objects.note = f"ratio of the whole commands, including reading the objects: {whole.median:.2f}"
        return [more_kernels, more_objects]

    @staticmethod
    def unmeasured(rows: Iterable[Row], why: str) -> list[Row]:
        out = list(rows)
        for row in out:
            row.not_measured = why
        return out

    # After the measurements.

    def to_check(self, arguments: tuple[str, str, Path, Path, list[Path]]) -> None:
        """Adds outputs to the later check: the row, the tool, the kernels, their outputs, and the objects."""
        self._to_check.append(arguments)

    def check(self) -> None:
        """Checks all outputs that were timed. Two checks run at a time: most rows have two trees of outputs."""
        say("checking the outputs")
        for start in range(0, len(self._to_check), 2):
            pair = [checks.LawCheck(self.tools, *arguments) for arguments in self._to_check[start : start + 2]]
            try:
                self.results.laws += [check.result() for check in pair]
            except BaseException:
                for check in pair:
                    check.stop()
                raise
        for one, other in self._to_be_equal:
            self.results.unequal += [f"{one.name} and {other.name}: {name}" for name in checks.differing(one, other)]


def _dictionary(path: Path) -> int:
    """Returns the bytes of the dictionary that the decoder of an .xz file allocates."""
    text = subprocess.run(["xz", "--robot", "-lvv", path], check=True, capture_output=True, text=True).stdout
    units = {"": 1, "KiB": 1024, "MiB": MIB, "GiB": 1024 * MIB}
    return max((int(size) * units[unit] for size, unit in re.findall(r"dict=(\d+)([KMG]iB)?", text)), default=0)


# Names of rows, and the method that measures them.
GROUPS: list[tuple[list[str], Callable[[Bench], list[Row]]]] = [
    (["three-j1", "three-j2", "floor"], Bench.three),
    (["tools-j1"], Bench.all_tools),
    (["product"], Bench.product),
    (["undeduplicated"], Bench.undeduplicated),
    (["archive"], Bench.archive),
    (["pack-raw", "pack-xz"], Bench.pack),
    (["memory"], Bench.memory),
    (["growth-kernels", "growth-objects"], Bench.growth),
    *many_rows.GROUPS,
]
NAMES = [name for names, _ in GROUPS for name in names]


def measure(bench: Bench, wanted: list[str]) -> Results:
    for names, group in GROUPS:
        chosen = [name for name in names if name in wanted]
        if not chosen:
            continue
        try:
            bench.results.rows += [row for row in group(bench) if row.name in chosen]
        except CommandFailed as error:
            say(f"{', '.join(chosen)}: {error}")
            bench.results.rows += [Row(name, name, "", 0, failed=str(error)) for name in chosen]
    bench.check()
    return bench.results
