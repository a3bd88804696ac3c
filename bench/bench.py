#!/usr/bin/env python3
"""min-btf beside bpftool, xz and a floor: run through `./run bench`."""
from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import inputs
import plot
import report
import rows
from tools import ROOT, Tools, say


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Measures min-btf beside bpftool, and checks what both write. "
        "MINBTF_KERNELS names a tree of kernels (.btf, .btf.tar.xz, vmlinux); without it Debian's "
        "kernel packages are downloaded.",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON document instead of text")
    form.add_argument("--markdown", action="store_true", help="Markdown, as in the README")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="measure for the plot, and draw it")
    parser.add_argument("--rows", metavar="NAME,...", help=f"only these of {', '.join(rows.NAMES)}; or none")
    parser.add_argument(
        "--runs", type=int, metavar="N", help="turns for each row (default: 7; less where one takes long)"
    )
    parser.add_argument(
        "--kernels", type=int, default=16, metavar="N", help="kernels to take from the tree (default: 16)"
    )
    parser.add_argument("--quick", action="store_true", help="little of everything, for a look")
    options = parser.parse_args()
    chosen = rows.NAMES if options.rows is None else [name for name in options.rows.split(",") if name != "none"]
    if unknown := [name for name in chosen if name not in rows.NAMES]:
        parser.error(f"no row is called {', '.join(unknown)}")
    options.rows = chosen
    options.runs = options.runs or (2 if options.quick else 7)
    options.kernels = min(options.kernels, 6) if options.quick else options.kernels
    if options.runs < 1 or options.kernels < 1:
        parser.error("--runs and --kernels begin at 1")
    return options


def scratch_directory() -> tuple[Path, str]:
    """For outputs: in memory if that is to be had, so that no disk is measured."""
    shared = Path("/dev/shm")
    if shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 256 * 1024 * 1024:
        return Path(tempfile.mkdtemp(prefix="min-btf-bench-", dir=shared)), "tmpfs (/dev/shm)"
    return Path(tempfile.mkdtemp(prefix="min-btf-bench-")), "a disk, to which min-btf syncs and bpftool does not"


def main() -> int:
    options = arguments()
    tools = Tools.find(ROOT / "build")
    work = ROOT / "build" / "bench"
    named = os.environ.get("MINBTF_KERNELS")
    tree = Path(named).resolve() if named else None
    if tree and not tree.is_dir():
        print(f"bench: error: MINBTF_KERNELS is no directory: {tree}", file=sys.stderr)
        return 2
    given = inputs.collect(tools, work / "inputs", tree, options.kernels)
    say(f"{len(given.kernels)} kernels")
    scratch, kind = scratch_directory()
    try:
        bench = rows.Bench(tools, given, work, scratch, options.runs, options.quick)
        document = report.document(tools, given, rows.measure(bench, options.rows), kind)
        if options.json:
            print(json.dumps(document, indent=1))
        else:
            print(report.markdown(document) if options.markdown else report.text(document))
        if options.plot:
            plot.draw(plot.measure(bench), options.plot)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(work / "sets", ignore_errors=True)
    return 0 if document["min_btf_is_right"] else 1


if __name__ == "__main__":
    sys.exit(main())
