# SPDX-License-Identifier: BSD-2-Clause
"""The inputs: kernels, raw and compressed as BTFHub compresses them, and BPF objects. They are kept between runs."""
from __future__ import annotations

import json
import lzma
import os
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import btf_copies
import kernel_packages
import product_objects
from tools import Tools, Unusable, processors, say

OWN_KERNEL = Path("/sys/kernel/btf/vmlinux")
UNDEDUPLICATED_SIZE = 20_000_000
_PACKED = ".btf.tar.xz"
Item = TypeVar("Item")
_BTF_MAGIC = (b"\x9f\xeb", b"\xeb\x9f")


@dataclass(frozen=True)
class Kernel:
    name: str  # the path in the tree, without the ending
    raw: Path
    packed: Path

    @property
    def size(self) -> int:
        return self.raw.stat().st_size


@dataclass(frozen=True)
class ObjectSet:
    """BPF objects, with the numbers and names that object_facts reports."""

    title: str
    paths: list[Path]
    relocations: int
    questions: int
    names: list[str]


@dataclass(frozen=True)
class Inputs:
    origin: str
    kernels: list[Kernel]
    three: ObjectSet
    tools: ObjectSet
    product: ObjectSet

    @property
    def undeduplicated(self) -> Kernel | None:
        largest = max(self.kernels, key=lambda kernel: kernel.size)
        return largest if largest.size >= UNDEDUPLICATED_SIZE else None


def _spread_out(items: list[Item], count: int) -> list[Item]:
    """Returns `count` items, evenly spread."""
    return items if len(items) <= count else [items[i * len(items) // count] for i in range(count)]


def ten_kernels(kernels: list[Kernel]) -> list[Kernel]:
    """Returns up to ten kernels for the product's objects. Undeduplicated kernels have a row of their own."""
    return _spread_out([kernel for kernel in kernels if kernel.size < UNDEDUPLICATED_SIZE], 10)


def link_tree(directory: Path, files: Iterable[tuple[str, Path]]) -> Path:
    """Makes a directory with exactly these files, as hard links."""
    shutil.rmtree(directory, ignore_errors=True)
    for name, path in files:
        place = directory / name
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, place)
    return directory


def raw_tree(directory: Path, kernels: Iterable[Kernel]) -> Path:
    return link_tree(directory, ((f"{kernel.name}.btf", kernel.raw) for kernel in kernels))


def distinct_copies(directory: Path, kernels: list[Kernel], rounds: int = 1) -> list[Kernel]:
    """Makes `rounds` copies of each kernel, each with one more string, so that no two are equal."""
    out = []
    for number in range(rounds):
        for kernel in kernels:
            changed = btf_copies.with_another_string(kernel.raw.read_bytes(), f"copy {number} of {kernel.name}")
            if changed is None:
                continue
            path = directory / str(number) / f"{kernel.name}.btf"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(changed)
            out.append(Kernel(f"copy {number}/{kernel.name}", path, path))
    return out


def _unpack(source: Path) -> bytes:
    """Returns the BTF in a file of the tree. Uses no code of the measured tools."""
    try:
        btf = _contents(source)
    except (OSError, EOFError, tarfile.TarError, lzma.LZMAError, subprocess.CalledProcessError) as error:
        raise Unusable(f"{source} cannot be read: {error}") from error
    if btf[:2] not in _BTF_MAGIC:
        raise Unusable(f"{source} has no BTF")
    return btf


def _contents(source: Path) -> bytes:
    if source.name.endswith(_PACKED):
        with tarfile.open(source, "r:xz") as tar:
            for member in tar:
                if member.name.endswith(".btf") and (file := tar.extractfile(member)) is not None:
                    return file.read()
        return b""
    data = source.read_bytes()
    if data[:4] == b"\x7fELF":
        return subprocess.run(
            [
                "objcopy",
                "-O",
                "binary",
                "--only-section=.BTF",
                "--set-section-flags",
                ".BTF=alloc",
                source,
                "/dev/stdout",
            ],
            check=True,
            capture_output=True,
        ).stdout
    return data


def compress(raw: Path, packed: Path) -> None:
    """Compresses a kernel as BTFHub does: a tar with one member, xz -6, a dictionary of 8 MiB."""
    with lzma.open(packed, "wb", preset=6, check=lzma.CHECK_CRC64) as file:
        with tarfile.open(fileobj=file, mode="w|") as tar:
            tar.add(raw, arcname=f"./{raw.name}")


def _files_of_tree(tree: Path) -> list[tuple[str, Path]]:
    """Returns name and file of each kernel in a tree. If a kernel is both raw and compressed: the compressed file."""
    found: dict[str, Path] = {}
    for path in sorted(tree.rglob("*")):
        if not path.is_file():
            continue
        name = str(path.relative_to(tree))
        if name.endswith(_PACKED):
            found[name.removesuffix(_PACKED)] = path
        elif name.endswith(".btf") or path.name.startswith("vmlinux"):
            with path.open("rb") as file:
                head = file.read(4)
            if head[:2] in _BTF_MAGIC or head == b"\x7fELF":
                found.setdefault(name.removesuffix(".btf"), path)
    return sorted(found.items())


def _chosen(files: list[tuple[str, Path]], limit: int) -> list[tuple[str, Path]]:
    """Returns `limit` files, evenly spread, including the largest."""
    if len(files) <= limit:
        return files
    largest = max(files, key=lambda item: item[1].stat().st_size)
    return sorted({*_spread_out(files, limit - 1), largest})


@dataclass(frozen=True)
class _Source:
    """The origin of a kernel. `mark` changes if the kernel may have changed."""

    name: str
    mark: str
    btf: Callable[[], bytes | None]
    packed: Path | None = None


def _sources(place: Path, files: list[tuple[str, Path]] | None) -> list[_Source]:
    """Returns the kernel of this machine, and `files` or, if `files` is None, Debian's packages."""
    out = []
    if OWN_KERNEL.exists():
        out.append(_Source(f"this-machine/{platform.release()}", platform.version(), OWN_KERNEL.read_bytes))
    if files is not None:
        for name, path in files:
            status, is_packed = path.stat(), path.name.endswith(_PACKED)
            mark = f"{path} {status.st_size} {status.st_mtime_ns}"
            out.append(_Source(name, mark, partial(_unpack, path), path if is_packed else None))
    else:
        for package in kernel_packages.offered():
            name = f"debian/{package.removeprefix('linux-image-')}"
            out.append(_Source(name, package, partial(kernel_packages.fetch, package, place)))
    return out


def _kernels(place: Path, files: list[tuple[str, Path]] | None) -> list[Kernel]:
    def kernel(name: str) -> Kernel:
        return Kernel(name, place / "raw" / f"{name}.btf", place / "packed" / f"{name}{_PACKED}")

    sources = _sources(place, files)
    made_from = [[source.name, source.mark] for source in sources]
    stamp = place / "made-from.json"
    if stamp.exists() and json.loads(stamp.read_text()) == made_from:
        return [kernel(source.name) for source in sources]
    say("decompressing kernels")
    stamp.unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    kernels, to_pack = [], []
    for source in sources:
        btf = source.btf()
        if btf is None:
            continue
        new = kernel(source.name)
        kernels.append(new)
        new.raw.parent.mkdir(parents=True, exist_ok=True)
        new.packed.parent.mkdir(parents=True, exist_ok=True)
        new.raw.write_bytes(btf)
        if source.packed:
            shutil.copyfile(source.packed, new.packed)
        else:
            to_pack.append(new)
    say(f"compressing {len(to_pack)} kernels")
    with ThreadPoolExecutor(processors()) as pool:
        list(pool.map(lambda kernel: compress(kernel.raw, kernel.packed), to_pack))
    if len(kernels) == len(sources):  # otherwise a package could not be downloaded, and the next run tries again
        stamp.write_text(json.dumps(made_from))
    return kernels


def _objects_of_tools(tools: Tools, directory: Path) -> list[Path]:
    listing = subprocess.run(
        ["dpkg", "-L", "libbpf-tools"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    programs = [path for path in listing if "sbin/" in path]
    shutil.rmtree(directory, ignore_errors=True)
    subprocess.run([tools.min_btf, "objects", "-o", directory, *programs], check=True, capture_output=True)
    return sorted(directory.glob("*.bpf.o"))


def described(tools: Tools, title: str, paths: list[Path]) -> ObjectSet:
    text = subprocess.run([tools.helper("object_facts"), *paths], check=True, capture_output=True, text=True).stdout
    facts = json.loads(text)
    return ObjectSet(title, paths, facts["relocations"], facts["questions"], facts["names"])


def collect(tools: Tools, work: Path, tree: Path | None, limit: int) -> Inputs:
    if tree:
        if not tree.is_dir():
            raise Unusable(f"MINBTF_KERNELS is not a directory: {tree}")
        files = _files_of_tree(tree)
        if not files:
            raise Unusable(f"MINBTF_KERNELS has no kernels (.btf, .btf.tar.xz, vmlinux): {tree}")
        chosen = _chosen(files, limit)
        kernels = _kernels(work / "tree", chosen)
        origin = f"{len(chosen)} of the {len(files)} kernels in the tree {tree.name}"
    else:
        kernels = _kernels(work / "packages", None)
        origin = "kernels of Debian's packages"
    if OWN_KERNEL.exists():
        origin = f"this machine's kernel and {origin}"
    if not kernels:
        raise Unusable("no kernel: this machine's has no BTF, MINBTF_KERNELS is not set, and no package was found")
    of_tools = _objects_of_tools(tools, work / "objects")
    three = [path for path in of_tools if path.name in ("execsnoop.bpf.o", "opensnoop.bpf.o", "bindsnoop.bpf.o")]
    say("compiling the product's objects")
    product = product_objects.make(work / "product", tools.clang)
    for kernel in kernels:  # brings the files into the page cache
        kernel.raw.read_bytes()
        kernel.packed.read_bytes()
    return Inputs(
        origin,
        kernels,
        described(tools, "execsnoop + opensnoop + bindsnoop", three),
        described(tools, f"all {len(of_tools)} objects of libbpf-tools", of_tools),
        described(tools, f"{len(product)} generated objects", product),
    )
