#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares min-btf with bpftool, xz and a lower bound (the floor). Started by `./run bench`."""
from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import conclusion
import inputs
import plot
import report
import rows
import workspace
from timing import CommandFailed
from tools import ROOT, Tools, Unusable, say

_EPILOG = """\
"wanted" is the goal of a row; "aim" is a stricter goal that some rows have. The median of all turns gives the verdict:
"reached", "missed" or "aim reached". "(not throughout)" is added if single turns give another verdict. --quick gives no
verdict, because it has too few turns.

Exit status: 0 if everything was measured and libbpf found no deviation in the output of min-btf. Missed goals do not
change the status, because times depend on the machine. 1 if there is a deviation or something failed, 2 for wrong
options, 130 if interrupted.
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Measures min-btf and bpftool, and checks the outputs of both. MINBTF_KERNELS names a tree of "
        "kernels\n(.btf, .btf.tar.xz, vmlinux). Without it, kernel packages of Debian are downloaded.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    form.add_argument("--markdown", action="store_true", help="print Markdown, as in docs/performance.md")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="measure for the plot too, and draw it")
    parser.add_argument(
        "--rows",
        metavar="NAME,...",
        help=f"measure only these rows of {', '.join(rows.NAMES)}; or none. A first word stands for all rows that begin "
        "with it: many for many-gen, many-disk, ...",
    )
    parser.add_argument(
        "--runs", type=int, metavar="N", help="turns for each row (default: 7; fewer if a turn takes long)"
    )
    parser.add_argument(
        "--kernels", type=int, default=16, metavar="N", help="number of kernels from the tree (default: 16)"
    )
    parser.add_argument(
        "--evolved",
        type=int,
        default=430,
        metavar="N",
        help="number of kernels in the pack of the rows many-*, which are evolved from the others (default: 430; the "
        "goals are for 4300, whose pack takes long to make and is kept)",
    )
    parser.add_argument("--quick", action="store_true", help="measure less, for a first look: no verdict on goals")
    options = parser.parse_args()
    wanted = rows.NAMES if options.rows is None else [name for name in options.rows.split(",") if name != "none"]
    chosen = {name: [row for row in rows.NAMES if row == name or row.startswith(f"{name}-")] for name in wanted}
    if unknown := [name for name, found in chosen.items() if not found]:
        parser.error(f"no row is named {', '.join(unknown)}")
    options.rows = [row for found in chosen.values() for row in found]
    if options.runs is None:
        options.runs = 2 if options.quick else 7
    if options.runs < 1 or options.kernels < 1 or options.evolved < 1:
        parser.error("--runs, --kernels and --evolved must be at least 1")
    if options.quick:
        options.evolved = min(options.evolved, 62)
        options.kernels = min(options.kernels, 6)
    return options


def run(options: argparse.Namespace) -> int:
    named = os.environ.get("MINBTF_KERNELS")
    tools = Tools.find(ROOT / "build")
    if options.plot:
        plot.check(options.plot)
    with workspace.inputs_locked() as work, workspace.scratch_directory() as (scratch, kind):
        given = inputs.collect(tools, work, Path(named).resolve() if named else None, options.kernels)
        say(f"{len(given.kernels)} kernels")
        bench = rows.Bench(tools, given, work, scratch, options.runs, options.quick, options.evolved)
        document = report.document(tools, given, rows.measure(bench, options.rows), kind, options.quick)
        if options.json:
            print(json.dumps(document, indent=1))
        else:
            print(report.markdown(document) if options.markdown else report.text(document))
        if options.plot:
            plot.draw(plot.measure(bench), options.plot)
    return 1 if conclusion.is_wrong(document) else 0


def main() -> int:
    options = arguments()
    try:
        return run(options)
    except (Unusable, CommandFailed) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
