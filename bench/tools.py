# SPDX-License-Identifier: BSD-2-Clause
"""Finds the tools, and reports the versions and the machine."""
from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
ROOT = Path(__file__).resolve().parent.parent


class Unusable(Exception):
    """An input or a setup that makes the run impossible. The message is one line."""


def say(text: str) -> None:
    """Prints a progress message to standard error."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Tools:
    build: Path
    bpftool: Path
    clang: str

    @classmethod
    def find(cls, build: Path) -> Tools:
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        bpftool = shutil.which("bpftool", path=path)
        if bpftool is None:
            raise Unusable("bpftool is not in PATH")
        for line in (build / "CMakeCache.txt").read_text().splitlines():
            if line.startswith("CLANG_BPF:"):
                return cls(build, Path(bpftool), line.partition("=")[2])
        raise Unusable(f"{build} was configured without clang for BPF")

    @property
    def min_btf(self) -> Path:
        return self.build / "min-btf"

    def helper(self, name: str) -> Path:
        return self.build / "bench" / name

    @property
    def evolve_kernels(self) -> Path:
        return self.build / "bench" / "evolution" / "evolve_kernels"


def processors() -> int:
    return len(os.sched_getaffinity(0))


def _output(*command: str | Path) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def machine() -> dict[str, str]:
    memory = int(_field("/proc/meminfo", "MemTotal").split()[0])
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": str(processors()),
        "memory": f"{memory / 1024 / 1024:.1f} GiB",
        "kernel": f"{platform.release()} {platform.machine()}",
    }


def _first_line(*command: str | Path) -> str:
    return next(iter(_output(*command).splitlines()), "unknown")


def versions(tools: Tools) -> dict[str, str]:
    source = _output("git", "-C", ROOT, "describe", "--always", "--dirty")
    library = next((line for line in _output(tools.bpftool, "version").splitlines() if "libbpf" in line), "unknown")
    return {
        "min-btf": f"{_first_line(tools.min_btf, '--version').removeprefix('min-btf ')} {source}".strip(),
        "bpftool": _first_line(tools.bpftool, "version").split()[-1].removeprefix("v"),
        "libbpf of bpftool": library.split()[-1].removeprefix("v"),
        "libbpf of the check": _first_line("pkg-config", "--modversion", "libbpf"),
        "xz": _first_line("xz", "--version").split()[-1],
        "gcc": _first_line("gcc", "-dumpfullversion"),
        "clang": _first_line(tools.clang, "-dumpversion"),
    }
