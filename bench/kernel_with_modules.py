# SPDX-License-Identifier: BSD-2-Clause
"""Takes the BTF of a kernel and its modules from one of Debian's packages, for the tests with MINBTF_MODULES.

    python3 -B bench/kernel_with_modules.py DIRECTORY

A DIRECTORY that has a kernel stays as it is."""
from __future__ import annotations

import sys
from pathlib import Path

from kernel_packages import fetch, offered


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    directory = Path(sys.argv[1])
    if any(directory.glob("*.btf")):
        return 0
    (directory / "modules").mkdir(parents=True, exist_ok=True)
    # The programs in tests/bpf/modules have the members of Linux 6.1, whose modules Debian does not compress.
    for package in sorted(offered(), key=lambda name: not name.startswith("linux-image-6.1.")):
        btf = fetch(package, directory, directory / "modules")
        if btf is not None and any((directory / "modules").glob("*.ko")):
            (directory / f"{package.removeprefix('linux-image-')}.btf").write_bytes(btf)
            return 0
    print(f"{sys.argv[0]}: no package has a kernel with BTF and modules that are not compressed", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
