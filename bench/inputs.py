"""What is measured on: kernels, raw and packed as BTFHub packs them, and BPF objects. Kept in build/bench between runs."""
from __future__ import annotations

import json
import lzma
import os
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import btf_copies
import kernel_packages
import product_objects
from tools import Tools, processors, say

OWN_KERNEL = Path("/sys/kernel/btf/vmlinux")
UNDEDUPLICATED_SIZE = 20_000_000
_PACKED = ".btf.tar.xz"
_BTF_MAGIC = (b"\x9f\xeb", b"\xeb\x9f")


@dataclass(frozen=True)
class Kernel:
    name: str  # its path in the tree, without an ending
    raw: Path
    packed: Path

    @property
    def size(self) -> int:
        return self.raw.stat().st_size


@dataclass(frozen=True)
class ObjectSet:
    """BPF objects, and what they ask (by object_facts)."""
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


def _spread_out(items: list, count: int) -> list:
    """`count` of them, evenly spread."""
    return items if len(items) <= count else [items[i * len(items) // count] for i in range(count)]


def ten_kernels(kernels: list[Kernel]) -> list[Kernel]:
    """Those for the product's load. It is put to undeduplicated ones by themselves."""
    return _spread_out([kernel for kernel in kernels if kernel.size < UNDEDUPLICATED_SIZE], 10)


def link_tree(directory: Path, files: Iterable[tuple[str, Path]]) -> Path:
    """A directory with just these files, by hard links."""
    shutil.rmtree(directory, ignore_errors=True)
    for name, path in files:
        place = directory / name
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, place)
    return directory


def raw_tree(directory: Path, kernels: Iterable[Kernel]) -> Path:
    return link_tree(directory, ((f"{kernel.name}.btf", kernel.raw) for kernel in kernels))


def distinct_copies(directory: Path, kernels: list[Kernel], rounds: int = 1) -> list[Kernel]:
    """Each kernel again, `rounds` times, with one more string in each."""
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
    """The BTF in a file of the tree, without any help of what is measured."""
    if source.name.endswith(_PACKED):
        with tarfile.open(source) as tar:
            for member in tar:
                if member.isfile() and member.name.endswith(".btf"):
                    return tar.extractfile(member).read()
        raise ValueError(f"{source} has no .btf in it")
    data = source.read_bytes()
    if data[:4] == b"\x7fELF":
        return subprocess.run(["objcopy", "-O", "binary", "--only-section=.BTF", "--set-section-flags", ".BTF=alloc", source,
                               "/dev/stdout"], check=True, capture_output=True).stdout
    return data


def _pack(kernel: Kernel) -> None:
    """As BTFHub does: one member, xz -6, a dictionary of 8 MiB."""
    with lzma.open(kernel.packed, "wb", preset=6, check=lzma.CHECK_CRC64) as packed:
        with tarfile.open(fileobj=packed, mode="w|") as tar:
            tar.add(kernel.raw, arcname=f"./{kernel.raw.name}")


def _files_of_tree(tree: Path, limit: int) -> list[tuple[str, Path]]:
    """Kernels in a tree: name and file. Of one that is there in two forms, the packed one."""
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
    files = sorted(found.items())
    if len(files) <= limit:
        return files
    largest = max(files, key=lambda item: item[1].stat().st_size)
    return sorted({*_spread_out(files, limit - 1), largest})


def _kernels(work: Path, tree: Path | None, limit: int) -> tuple[str, list[Kernel]]:
    origin = f"this machine's kernel and the tree {tree.name}" if tree else "this machine's kernel and those of Debian's packages"
    files = _files_of_tree(tree, limit) if tree else [(name, None) for name in kernel_packages.offered()]
    key = json.dumps([platform.version(), origin] +
                     [[name, str(path), path and path.stat().st_size, path and path.stat().st_mtime_ns] for name, path in files])
    place = work / ("tree" if tree else "packages")
    kernels_of = place / "kernels.json"
    if kernels_of.exists() and (stored := json.loads(kernels_of.read_text()))["key"] == key:
        return origin, [Kernel(name, place / "raw" / f"{name}.btf", place / "packed" / f"{name}{_PACKED}")
                        for name in stored["kernels"]]
    say("unpacking kernels")
    shutil.rmtree(place, ignore_errors=True)
    kernels, unpacked = [], []

    def add(name: str, btf: bytes, source: Path | None) -> None:
        kernel = Kernel(name, place / "raw" / f"{name}.btf", place / "packed" / f"{name}{_PACKED}")
        kernel.raw.parent.mkdir(parents=True, exist_ok=True)
        kernel.packed.parent.mkdir(parents=True, exist_ok=True)
        kernel.raw.write_bytes(btf)
        if source and source.name.endswith(_PACKED):
            shutil.copyfile(source, kernel.packed)
        else:
            unpacked.append(kernel)
        kernels.append(kernel)

    if OWN_KERNEL.exists():
        add(f"this-machine/{platform.release()}", OWN_KERNEL.read_bytes(), None)
    for name, path in files:
        if path:
            add(name, _unpack(path), path)
        elif (btf := kernel_packages.fetch(name, place)) is not None:
            add(f"debian/{name.removeprefix('linux-image-')}", btf, None)
    say(f"packing {len(unpacked)} kernels")
    with ThreadPoolExecutor(processors()) as pool:
        list(pool.map(_pack, unpacked))
    kernels_of.write_text(json.dumps({"key": key, "kernels": [kernel.name for kernel in kernels]}))
    return origin, kernels


def _objects_of_tools(tools: Tools, directory: Path) -> list[Path]:
    listing = subprocess.run(["dpkg", "-L", "libbpf-tools"], check=True, capture_output=True, text=True).stdout.splitlines()
    programs = [path for path in listing if "sbin/" in path]
    shutil.rmtree(directory, ignore_errors=True)
    subprocess.run([tools.extract_objects, directory, *programs], check=True, capture_output=True)
    return sorted(directory.glob("*.bpf.o"))


def described(tools: Tools, title: str, paths: list[Path]) -> ObjectSet:
    text = subprocess.run([tools.helper("object_facts"), *paths], check=True, capture_output=True, text=True).stdout
    facts = json.loads(text)
    return ObjectSet(title, paths, facts["relocations"], facts["questions"], facts["names"])


def collect(tools: Tools, work: Path, tree: Path | None, limit: int) -> Inputs:
    work.mkdir(parents=True, exist_ok=True)
    origin, kernels = _kernels(work, tree, limit)
    if not kernels:
        raise FileNotFoundError("no kernel: this machine's has no BTF, and there is neither a tree in MINBTF_KERNELS nor a package")
    of_tools = _objects_of_tools(tools, work / "objects")
    three = [path for path in of_tools if path.name in ("execsnoop.bpf.o", "opensnoop.bpf.o", "bindsnoop.bpf.o")]
    say("compiling the product's objects")
    product = product_objects.make(work / "product", tools.clang)
    for kernel in kernels:  # into the page cache
        kernel.raw.read_bytes()
        kernel.packed.read_bytes()
    return Inputs(origin, kernels, described(tools, "execsnoop + opensnoop + bindsnoop", three),
                  described(tools, f"all {len(of_tools)} objects of libbpf-tools", of_tools),
                  described(tools, f"{len(product)} objects of a product", product))
