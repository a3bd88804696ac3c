#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints how many files `min-btf gen` writes for a tree of kernels, and how many there need be.

  answers.py [--min-btf FILE] [--pairs N] [--lines N] [--of HOW] INPUT OBJECT...

Two kernels on which every relocation has the same result could share one file. A vector is the results of all
relocations with all programs loaded: status, value and load size, and the type that a type id names. The number of vectors is thus the least number of
files. For each two files with one vector, the first things that tell them apart are printed: the text of each named
type, without type ids.
"""
from __future__ import annotations

import argparse
import json
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

BUILT = Path(__file__).resolve().parent.parent / "build" / "min-btf"
KINDS = ("void int ptr array struct union enum fwd typedef volatile const restrict func func_proto var datasec float "
         "decl_tag type_tag enum64").split()
_AFTER = {"int": 4, "array": 12, "var": 4, "decl_tag": 4}
_EACH = {"struct": 12, "union": 12, "enum": 8, "func_proto": 8, "datasec": 12, "enum64": 12}
_SIZED = ("int", "float", "struct", "union", "enum", "enum64")
_TAGS = {"struct": "struct", "union": "union", "enum": "enum", "enum64": "enum64", "fwd": "fwd"}


@dataclass(frozen=True)
class Type:
    kind: str
    name: str
    flag: bool
    size_or_type: int
    rest: tuple[tuple[int, ...], ...]


class Btf:
    """The types of a reduced BTF, and a text of each that does not depend on type ids."""

    def __init__(self, data: bytes) -> None:
        self.order = "<" if data[:2] == b"\x9f\xeb" else ">"
        header, type_off, type_len, str_off, str_len = struct.unpack_from(f"{self.order}5I", data, 4)
        self._strings = data[header + str_off:header + str_off + str_len]
        self.types = [Type("void", "", False, 0, ())]
        at, end = header + type_off, header + type_off + type_len
        while at < end:
            name, info, third = struct.unpack_from(f"{self.order}3I", data, at)
            at += 12
            kind, vlen = KINDS[info >> 24 & 0x1F], info & 0xFFFF
            size = _AFTER.get(kind) or _EACH.get(kind, 0)
            count = 1 if kind in _AFTER else vlen if kind in _EACH else 0
            rest = tuple(struct.unpack_from(f"{self.order}{size // 4}I", data, at + i * size) for i in range(count))
            at += size * count
            self.types.append(Type(kind, self.string(name), bool(info >> 31), third, rest))

    def string(self, offset: int) -> str:
        return self._strings[offset:self._strings.index(b"\0", offset)].decode(errors="replace")

    def reference(self, number: int, depth: int = 0) -> str:
        """Returns the text of a type where it is used: a named composite by its name, others in full."""
        one = self.types[number]
        if depth > 12:
            return "..."
        if one.kind == "void":
            return "void"
        if one.kind == "int":
            encoding = one.rest[0][0] >> 24
            return f"int:{one.name}:{one.size_or_type}" + (f":{encoding}" if encoding else "")
        if one.kind == "array":
            element, _, length = one.rest[0]
            return f"{self.reference(element, depth + 1)}[{length}]"
        if one.kind in _TAGS and one.name:
            return f"{_TAGS[one.kind]} {one.name}"
        if one.kind in _TAGS:
            return f"{_TAGS[one.kind]} {{{'; '.join(self.lines(number, depth + 1))}}}"
        if one.kind in ("func_proto", "float"):
            return f"{one.kind}:{one.name}:{one.size_or_type}"
        word = f"{one.kind}:{one.name}" if one.name else one.kind
        return f"{word} -> {self.reference(one.size_or_type, depth + 1)}"

    def lines(self, number: int, depth: int = 0) -> list[str]:
        """Returns the text of a composite, an enum or a forward declaration: its size and its members."""
        one = self.types[number]
        if one.kind == "fwd":
            return ["union" if one.flag else "struct"]
        lines = [f"size {one.size_or_type}"]
        for row in one.rest:
            if one.kind in ("struct", "union"):
                name, member, place = row
                bits = f":{place >> 24}" if one.flag and place >> 24 else ""
                offset = place & 0xFFFFFF if one.flag else place
                lines.append(f"@{offset}{bits} {self.string(name)}: {self.reference(member, depth)}")
            else:
                lines.append(f"{self.string(row[0])} = {row[1:]}")
        if one.kind in ("enum", "enum64") and one.flag:
            lines.append("signed")
        return lines

    def text(self) -> Counter[str]:
        """Returns one line for each thing that a reader can find, and how often there is one."""
        found: Counter[str] = Counter()
        for number, one in enumerate(self.types[1:], 1):
            if one.kind in _TAGS and one.name:
                found.update(f"{_TAGS[one.kind]} {one.name} {line}" for line in self.lines(number))
            elif one.kind == "int":
                found[self.reference(number)] += 1
            elif one.kind == "typedef":
                found[self.reference(number)] += 1
            elif one.kind in _TAGS:
                found["anonymous " + self.reference(number)] += 1
            else:
                found[one.kind] += 1
        return found

    def order_of_types(self) -> list[str]:
        return [f"{one.kind} {one.name}" for one in self.types]


@dataclass
class File:
    data: bytes
    kernels: list[str] = field(default_factory=list)
    vector: str = ""


def run(command: list[str]) -> str:
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{result.stderr}answers: {' '.join(command[:4])} ... exits with {result.returncode}")
    return result.stdout


def vector_of(min_btf: str, file: File, objects: list[str], scratch: Path) -> str:
    """Resolves all relocations on the file, which are those of its kernels."""
    path = scratch / "one.btf"
    path.write_bytes(file.data)
    document = json.loads(run([min_btf, "gen", "--json", "-v", str(path), str(scratch / "again.btf"), *objects]))
    types = Btf(file.data).types
    results = []
    for one in document.get("resolutions", []):
        value = one.get("value")
        if one["kind"] == "type_id_target" and value:
            named = types[value]  # the id means nothing in another BTF
            value = [named.kind, named.name, named.size_or_type if named.kind in _SIZED else 0]
        results.append((one["status"], one.get("failure"), value, one.get("load_size")))
    return json.dumps([file.data[:2].hex(), results])


def tree_of(min_btf: str, given: list[str], output: Path, *options: str) -> tuple[dict[bytes, File], int]:
    """Writes the outputs, and returns the distinct ones in path order, and the number of kernels."""
    run([min_btf, "gen", "-q", *options, given[0], f"{output}/", *given[1:]])
    files: dict[bytes, File] = {}
    paths = sorted(path for path in output.rglob("*.btf"))
    for path in paths:
        data = path.read_bytes()
        files.setdefault(data, File(data)).kernels.append(str(path.relative_to(output)))
    return files, len(paths)


def what_differs(one: File, other: File, limit: int) -> list[str]:
    first, second = Btf(one.data), Btf(other.data)
    texts = first.text(), second.text()
    gone, new = sorted((texts[0] - texts[1]).elements()), sorted((texts[1] - texts[0]).elements())
    lines = [f"- {line}" for line in gone[:limit]] + [f"+ {line}" for line in new[:limit]]
    if not lines:
        lines = ["only the order of types or members differs"]
    more = max(0, len(gone) - limit) + max(0, len(new) - limit)
    return [line[:400] for line in lines] + ([f"  and {more} more lines"] if more else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--min-btf", default=str(BUILT))
    parser.add_argument("--pairs", type=int, default=20, help="print at most so many pairs (default: 20)")
    parser.add_argument("--lines", type=int, default=12, help="print at most so many lines of each file (default: 12)")
    parser.add_argument("--of", choices=["content", "answers"], default="content",
                        help="print pairs of the files of --dedupe=HOW (default: content)")
    parser.add_argument("input")
    parser.add_argument("objects", nargs="+")
    options = parser.parse_args()
    given = [options.input, *options.objects]
    with tempfile.TemporaryDirectory(prefix="min-btf-answers-") as directory:
        scratch = Path(directory)
        files, kernels = tree_of(options.min_btf, given, scratch / "content")
        for file in files.values():
            file.vector = vector_of(options.min_btf, file, options.objects, scratch)
        vectors: dict[str, list[File]] = {}
        for file in files.values():
            vectors.setdefault(file.vector, []).append(file)
        print(f"kernels {kernels}, files {len(files)}, bytes {sum(len(data) for data in files)}, "
              f"vectors {len(vectors)}", end="")
        if "answers:" in run([options.min_btf, "gen", "--help"]):
            fewer, _ = tree_of(options.min_btf, given, scratch / "answers", "--dedupe=answers")
            if options.of == "answers":
                vectors = {vector: [file for file in group if file.data in fewer] for vector, group in vectors.items()}
            print(f"; with --dedupe=answers: files {len(fewer)}, bytes {sum(len(data) for data in fewer)}", end="")
        print(flush=True)
        pairs = [pair for group in vectors.values() for pair in combinations(group, 2)]
        for one, other in pairs[:options.pairs]:
            print(f"\n{one.kernels[0]} ({len(one.kernels)}) and {other.kernels[0]} ({len(other.kernels)}):")
            for line in what_differs(one, other, options.lines):
                print(f"  {line}")
        if len(pairs) > options.pairs:
            print(f"\nand {len(pairs) - options.pairs} more pairs")


if __name__ == "__main__":
    main()
