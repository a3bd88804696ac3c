# SPDX-License-Identifier: BSD-2-Clause
"""Checks outputs: libbpf's resolver compares full and reduced BTF, and trees of outputs are compared by bytes."""
from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tools import Tools


@dataclass
class Law:
    """The result of check_law for one tree of outputs."""

    what: str
    by: str  # the tool that wrote the outputs
    kernels: int = 0
    relocations: int = 0
    different: int = 0
    other_byte_order: list[str] = field(default_factory=list)  # relocations are not compared for these
    broken_kernels: list[str] = field(default_factory=list)
    unchecked_kernels: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        return asdict(self)


class LawCheck:
    """A running check_law process. Several can run at the same time."""

    def __init__(self, tools: Tools, what: str, by: str, full: Path, reduced: Path, objects: Iterable[Path]) -> None:
        self._law = Law(what, by)
        self._process = subprocess.Popen(
            [tools.helper("check_law"), full, reduced, *objects],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def result(self) -> Law:
        out, err = self._process.communicate()
        if self._process.returncode != 0:
            raise RuntimeError(f"check_law: {err}")
        law = self._law
        for kernel in json.loads(out):
            law.kernels += 1
            problem = kernel.get("error", "no output was written" if "together" not in kernel else "")
            if not problem and not kernel["same_byte_order"]:
                law.other_byte_order.append(kernel["kernel"])
                continue
            if problem:
                law.unchecked_kernels.append(kernel["kernel"])
                law.examples.append(f"{kernel['kernel']}: {problem}")
                continue
            counts = (kernel["together"], kernel["alone"])
            law.relocations += sum(count["relocations"] for count in counts)
            different = sum(count["different"] for count in counts)
            law.different += different
            if different:
                law.broken_kernels.append(kernel["kernel"])
                law.examples += [f"{kernel['kernel']}: {text}" for count in counts for text in count["examples"][:1]]
        return law


@dataclass(frozen=True)
class Sizes:
    """Counts and sizes of a tree of outputs."""

    files: int
    bytes: int
    distinct: int
    distinct_bytes: int
    largest: int


def sizes(tree: Path) -> Sizes:
    distinct: dict[str, int] = {}
    all_sizes = []
    for path in outputs(tree).values():
        data = path.read_bytes()
        distinct[hashlib.sha256(data).hexdigest()] = len(data)
        all_sizes.append(len(data))
    return Sizes(len(all_sizes), sum(all_sizes), len(distinct), sum(distinct.values()), max(all_sizes, default=0))


def outputs(tree: Path) -> dict[str, Path]:
    return {str(path.relative_to(tree)): path for path in sorted(tree.rglob("*")) if path.is_file()}


def differing(one: Path, other: Path) -> list[str]:
    """Names of the outputs that differ between the trees or are missing in one of them."""
    left, right = outputs(one), outputs(other)
    return [
        name
        for name in sorted(left.keys() | right.keys())
        if name not in left or name not in right or left[name].read_bytes() != right[name].read_bytes()
    ]


def differing_from(part: Path, whole: Path) -> list[str]:
    """Names of the outputs in `part` that differ from those of the same name in `whole` or are missing there."""
    right = outputs(whole)
    return [
        name
        for name, path in outputs(part).items()
        if name not in right or path.read_bytes() != right[name].read_bytes()
    ]
