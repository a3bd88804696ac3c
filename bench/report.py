# SPDX-License-Identifier: BSD-2-Clause
"""Prints the results as text, Markdown or JSON."""
from __future__ import annotations

import datetime
import sys
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

import conclusion
from inputs import Inputs
from results import Results
from tools import MIB, Tools, machine, versions

Facts = dict[str, Any]


def document(tools: Tools, given: Inputs, results: Results, outputs_on: str, quick: bool) -> Facts:
    """Returns the document that --json prints."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "machine": machine(),
        "versions": versions(tools),
        "inputs": {
            "origin": given.origin,
            "kernels": {kernel.name: kernel.size for kernel in given.kernels},
            "objects": [
                {
                    "title": objects.title,
                    "objects": len(objects.paths),
                    "relocations": objects.relocations,
                    "questions": objects.questions,
                }
                for objects in (given.three, given.tools, given.product)
            ],
            "outputs_on": outputs_on,
        },
        "quick": quick,
        "rows": [{**asdict(row), "verdict": None if quick else row.verdict} for row in results.rows],
        "left_out": results.left_out,
        "per_kernel": [asdict(kernel) for kernel in results.per_kernel],
        "written": [asdict(written) for written in results.written],
        "peaks": [asdict(peak) for peak in results.peaks],
        "law": [law.json() for law in results.laws],
        "unequal": results.unequal,
        **conclusion.conclude(results, quick),
    }


def _amount(value: float, unit: str) -> str:
    if unit == "bytes":
        return f"{value / MIB:.1f} MiB"
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.1f} ms"


def _ratio(spread: Facts, at_most: bool) -> str:
    digits = 2 if at_most else 1
    times = "" if at_most else "x"
    text = f"{spread['median']:.{digits}f}{times}"
    if spread["low"] == spread["high"]:
        return text
    return f"{text} ({spread['low']:.{digits}f} .. {spread['high']:.{digits}f})"


def _wanted(row: Facts) -> str:
    if row["failed"]:
        return ""
    if row["at_most"]:
        return f"at most {row['wanted']:.2f}"
    return f"{row['wanted']:.0f}x" + (f", aim {row['aim']:.0f}x" if row["aim"] else "")


def _facts(facts: Facts) -> list[str]:
    computer, objects = facts["machine"], facts["inputs"]["objects"]
    sizes = facts["inputs"]["kernels"].values()
    return [
        f"{facts['date']}: {computer['processor']}, {computer['cores']} cores, {computer['memory']}, "
        f"Linux {computer['kernel']}",
        ", ".join(f"{name} {version}" for name, version in facts["versions"].items()),
        f"{len(sizes)} kernels, {sum(sizes) / 1e6:.1f} MB: {facts['inputs']['origin']}",
        "relocations: "
        + ", ".join(f"{one['relocations']} ({one['questions']} distinct) of {one['title']}" for one in objects),
        "the generated objects are no real product: bench/product_objects.py writes their C, and clang compiles it",
        "commands run in turns and are timed from start to end; inputs in the page cache, outputs on "
        + facts["inputs"]["outputs_on"],
        "ratios compare times of the same turn: median (lowest .. highest)",
    ]


def _checked(facts: Facts) -> list[str]:
    lines = []
    for law in facts["law"]:
        compared = law["kernels"] - len(law["other_byte_order"]) - len(law["unchecked_kernels"])
        lines.append(
            f"{law['by']}, {law['what']}: {law['relocations']} relocations compared on {compared} kernels, "
            f"{law['different']} differ from the full BTF"
            + (f"; kernels with differences: {len(law['broken_kernels'])}" if law["broken_kernels"] else "")
            + (
                f"; kernels that could not be checked: {len(law['unchecked_kernels'])}"
                if law["unchecked_kernels"]
                else ""
            )
            + _of_other_byte_order(law)
        )
        lines += [f"  for example {example}" for example in law["examples"][:2]]
    return lines


def _of_other_byte_order(law: Facts) -> str:
    if not law["other_byte_order"]:
        return ""
    other = "big" if sys.byteorder == "little" else "little"
    return (
        f"; not compared, because {law['by']} writes the BTF of {other}-endian kernels in the host's byte order: "
        + ", ".join(law["other_byte_order"])
    )


def _left_out(facts: Facts) -> list[str]:
    """Returns nothing if no output of bpftool was measured."""
    return facts["left_out"] or (["none"] if facts["written"] else [])


def _table(header: list[str], right: set[int], lines: list[list[str]]) -> list[str]:
    rule = ["---:" if index in right else "---" for index in range(len(header))]
    return ["| " + " | ".join(cells) + " |" for cells in (header, rule, *lines)]


_SIZE_HEADER = ["work", "", "bytes", "distinct outputs", "bytes of distinct outputs", "largest", "peak memory"]


def _size_lines(facts: Facts) -> list[list[str]]:
    lines = []
    for written in facts["written"]:
        for tool, name in (("bpftool", "bpftool"), ("min-btf", "min_btf")):
            size = written[name]
            lines.append(
                [
                    written["work"],
                    tool,
                    str(size["bytes"]),
                    f"{size['distinct']} of {size['files']}",
                    str(size["distinct_bytes"]),
                    str(size["largest"]),
                    _amount(written[f"{name}_peak"], "bytes"),
                ]
            )
    return lines


_KERNEL_HEADER = ["kernel", "input", "bpftool", "min-btf", "bpftool, ms", "min-btf, ms"]


def _kernel_lines(facts: Facts) -> list[list[str]]:
    return [
        [
            PurePosixPath(one["kernel"]).name if one["kernel"].count("/") > 1 else one["kernel"],
            str(one["input"]),
            str(one["bpftool"]),
            str(one["min_btf"]),
            f"{one['bpftool_seconds'] * 1e3:.1f}",
            f"{one['min_btf_seconds'] * 1e3:.1f}",
        ]
        for one in facts["per_kernel"]
    ]


def markdown(facts: Facts) -> str:
    out = []
    lines = []
    for row in facts["rows"]:
        if row["failed"] or row["not_measured"]:
            measured = ["failed" if row["failed"] else f"not measured: {row['not_measured']}", "", ""]
        else:
            measured = [
                _ratio(row["ratio"], row["at_most"]),
                _amount(row["ours"]["median"], row["unit"]),
                _amount(row["other"]["median"], row["unit"]),
            ]
        lines.append([row["work"], row["against"], _wanted(row), *measured])
    out += _table(["work", "compared with", "wanted", "measured", "min-btf", "the other"], {3, 4, 5}, lines)
    if facts["per_kernel"]:
        out += [
            "",
            "Bytes written for "
            + facts["inputs"]["objects"][1]["title"]
            + ", and the time of one command for one kernel:",
            "",
            *_table(_KERNEL_HEADER, {1, 2, 3, 4, 5}, _kernel_lines(facts)),
        ]
    if facts["written"]:
        out += ["", *_table(_SIZE_HEADER, {2, 3, 4, 5, 6}, _size_lines(facts))]
    out += ["", *(f"- {line}" for line in _facts(facts))]
    out += [
        f"- {row['work']}: {why}" for row in facts["rows"] for why in (row["note"], row["unjudged"]) if why
    ]
    out += [f"- Kernels for which bpftool wrote nothing: {line}" for line in _left_out(facts)]
    out += [f"- Checked by libbpf's resolver: {line}" for line in _checked(facts) if not line.startswith(" ")]
    out += [f"- {line}" for line in conclusion.lines(facts)]
    return "\n".join(out)


def _columns(lines: list[list[str]], right: set[int]) -> list[str]:
    widths = [max(len(cells[index]) for cells in lines) for index in range(len(lines[0]))]
    return [
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(cells, widths))
        ).rstrip()
        for cells in lines
    ]


_VERDICTS = (
    "wanted: the goal; aim: a stricter goal. The median gives the verdict: reached, missed or aim reached.\n"
    "(not throughout): single turns give another verdict"
)


def _rows(facts: Facts) -> list[str]:
    lines = [["row", "wanted", "measured", "min-btf", "other", "turns", ""]]
    for row in facts["rows"]:
        if row["failed"] or row["not_measured"]:
            lines.append([row["name"], _wanted(row), "failed" if row["failed"] else "not measured", "", "", "", ""])
        else:
            lines.append(
                [
                    row["name"],
                    _wanted(row),
                    _ratio(row["ratio"], row["at_most"]),
                    _amount(row["ours"]["median"], row["unit"]),
                    _amount(row["other"]["median"], row["unit"]),
                    str(row["runs"]),
                    "quick: no verdict" if facts["quick"] else row["verdict"] or "no verdict",
                ]
            )
    head, *table = _columns(lines, {3, 4, 5})
    out = [head]
    for row, line in zip(facts["rows"], table):
        out += [line, f"    {row['work']}; compared with {row['against']}".replace("`", "")]
        out += [f"    {why}" for why in (row["note"], row["unjudged"], row["failed"], row["not_measured"]) if why]
    return out


def text(facts: Facts) -> str:
    out = _facts(facts)
    if facts["rows"]:
        out += ["quick: few kernels and turns, no verdict on goals" if facts["quick"] else _VERDICTS, "", *_rows(facts)]
    if facts["per_kernel"]:
        out += [
            "",
            f"Bytes and time for each kernel, {facts['inputs']['objects'][1]['title']}, one command for one kernel",
            *_columns([_KERNEL_HEADER, *_kernel_lines(facts)], {1, 2, 3, 4, 5}),
        ]
    if facts["written"]:
        out += ["", "Outputs", *_columns([_SIZE_HEADER, *_size_lines(facts)], {2, 3, 4, 5, 6})]
    if facts["peaks"]:
        peaks = [
            [peak["work"].replace("`", ""), _amount(peak["peak"], "bytes"), f"of {_amount(peak['allowed'], 'bytes')}"]
            for peak in facts["peaks"]
        ]
        out += ["", "Peak memory of min-btf", *_columns(peaks, {1, 2})]
    for heading, body in (
        ("Kernels for which bpftool wrote nothing: left out of that row for both tools", _left_out(facts)),
        ("Checked by libbpf's resolver", _checked(facts)),
        ("Conclusion", conclusion.lines(facts)),
    ):
        if body:
            out += ["", heading, *body]
    return "\n".join(out)
