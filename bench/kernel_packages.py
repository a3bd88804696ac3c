# SPDX-License-Identifier: BSD-2-Clause
"""Takes the BTF of kernels from Debian's packages, for runs without MINBTF_KERNELS."""
from __future__ import annotations

import bz2
import lzma
import os
import re
import struct
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tools import say

PACKAGES_WANTED = 6


def _command_line_decoder(*command: str) -> Callable[[bytes], bytes]:
    def decode(data: bytes) -> bytes:
        return subprocess.run(command, input=data, capture_output=True, check=False).stdout

    return decode


# Magic numbers of the formats in which a boot image can contain the kernel. Other data follows the compressed kernel:
# the decoders must return the bytes decoded before that data.
_DECODERS: list[tuple[bytes, Callable[[bytes], bytes]]] = [
    (b"\xfd7zXZ\x00", lambda data: lzma.LZMADecompressor().decompress(data)),
    (b"\x28\xb5\x2f\xfd", _command_line_decoder("zstd", "-dcq")),
    (b"\x1f\x8b\x08", lambda data: zlib.decompressobj(31).decompress(data)),
    (b"\x02\x21\x4c\x18", _command_line_decoder("lz4", "-dc")),
    (b"BZh", lambda data: bz2.BZ2Decompressor().decompress(data)),
]


def btf_in(image: bytes) -> bytes | None:
    """Finds BTF in an uncompressed kernel by its header: magic, version 1, no flags, then the two sections."""
    for magic, order in ((b"\x9f\xeb\x01\x00", "<"), (b"\xeb\x9f\x01\x00", ">")):
        at = image.find(magic)
        while at >= 0:
            if at + 24 <= len(image):
                header_size, type_offset, type_size, string_offset, string_size = struct.unpack_from(
                    f"{order}5I", image, at + 4
                )
                end = at + header_size + string_offset + string_size
                if (
                    header_size == 24
                    and type_offset == 0
                    and string_offset == type_size > 1_000_000
                    and end <= len(image)
                ):
                    return image[at:end]
            at = image.find(magic, at + 1)
    return None


def _unpacked(image: bytes) -> Iterator[bytes]:
    yield image
    for magic, decode in _DECODERS:
        at = image.find(magic)
        while at >= 0:
            try:
                if len(payload := decode(image[at:])) > len(image):
                    yield payload
            except (lzma.LZMAError, zlib.error, OSError, ValueError):
                pass
            at = image.find(magic, at + 1)


def btf_in_boot_image(image: bytes) -> bytes | None:
    """Returns the BTF of the kernel in a vmlinuz or vmlinux, or None."""
    return next((btf for data in _unpacked(image) if (btf := btf_in(data)) is not None), None)


def offered() -> list[str]:
    """Returns kernel packages of this architecture: newest of each flavour, then oldest, plain flavour first."""
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    ).stdout.strip()
    search = ["apt-cache", "search", "--names-only", "^linux-image-[0-9]"]
    names = subprocess.run(search, check=True, capture_output=True, text=True).stdout.splitlines()
    if not names and os.geteuid() == 0:  # the package lists of a new system are empty
        subprocess.run(["apt-get", "update", "-q"], check=False, capture_output=True)
        names = subprocess.run(search, check=True, capture_output=True, text=True).stdout.splitlines()
    pattern = re.compile(rf"linux-image-(\d[^-]*(?:-\d+)?)-((?:[a-z]+-)?{re.escape(architecture)})")
    flavours: dict[str, list[tuple[list[int], str]]] = {}
    for line in names:
        if match := pattern.fullmatch(line.split()[0]):
            numbers = [int(number) for number in re.findall(r"\d+", match[1])]
            flavours.setdefault(match[2], []).append((numbers, match[0]))
    by_flavour = [
        sorted(packages) for _, packages in sorted(flavours.items(), key=lambda item: (len(item[0]), item[0]))
    ]
    ends = [packages[-1][1] for packages in by_flavour] + [packages[0][1] for packages in by_flavour]
    return list(dict.fromkeys(ends))[:PACKAGES_WANTED]


def _download(package: str, scratch: Path) -> Path | None:
    say(f"downloading {package}")
    for old in scratch.glob("*.deb"):
        old.unlink()
    result = subprocess.run(
        ["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", package],
        cwd=scratch,
        check=False,
        capture_output=True,
        text=True,
    )
    found = list(scratch.glob("*.deb"))
    if result.returncode != 0 or len(found) != 1:
        say(f"{package} cannot be downloaded: {result.stderr.strip()}")
        return None
    return found[0]


def fetch(package: str, scratch: Path, modules: Path | None = None) -> bytes | None:
    """Downloads a package and returns the BTF of its kernel, or None. Writes its modules to the directory `modules`."""
    found = _download(package, scratch)
    if found is None:
        return None
    image = None
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", found], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as unpack:
        with tarfile.open(fileobj=unpack.stdout, mode="r|") as tar:
            for member in tar:
                is_image = member.name.startswith(("./boot/vmlinuz", "./boot/vmlinux"))
                is_module = modules is not None and member.name.endswith(".ko")
                if not (is_image or is_module) or (file := tar.extractfile(member)) is None:
                    continue
                if is_module:
                    (modules / Path(member.name).name).write_bytes(file.read())
                    continue
                image = file.read()
                if modules is None:
                    break
        unpack.kill()  # the rest is not needed
    found.unlink()
    btf = btf_in_boot_image(image) if image else None
    if btf is None:
        say(f"{package} has no BTF")
    return btf
