# SPDX-License-Identifier: BSD-2-Clause
"""The conclusion of a run: whether the outputs of min-btf are right, and which goals were missed."""
from __future__ import annotations

from typing import Any

from results import Results


def conclude(results: Results, quick: bool) -> dict[str, Any]:
    """Returns fields of the document. `goals_missed` is None if the run is quick, since it gives no verdict."""
    laws = [law for law in results.laws if law.by == "min-btf"]
    problems = [f"row {row.name} failed" for row in results.rows if row.failed]
    for law in laws:
        problems += [f"{law.what}: {kernel} was not checked" for kernel in law.unchecked_kernels + law.other_byte_order]
        if not law.relocations:
            problems.append(f"{law.what}: no relocation was compared")
    problems += [f"outputs that should be equal differ: {text}" for text in results.unequal]
    measured = [row for row in results.rows if row.is_judged]
    return {
        "decisions": sum(law.relocations for law in laws),
        "deviations": sum(law.different for law in laws),
        "problems": problems,
        "goals": len(measured),
        "goals_missed": None if quick else [row.name for row in measured if row.missed],
    }


def is_wrong(facts: dict[str, Any]) -> bool:
    return bool(facts["deviations"] or facts["problems"])


def _goals(facts: dict[str, Any]) -> str:
    missed, count = facts["goals_missed"], facts["goals"]
    if missed is None:
        return "quick: no verdict on goals"
    if not missed:
        return f"none of {count} goals missed"
    return f"{len(missed)} of {count} goals missed: {', '.join(missed)}"


def lines(facts: dict[str, Any]) -> list[str]:
    out = []
    if facts["deviations"]:
        out.append(
            f"libbpf found {facts['deviations']} DEVIATIONS in the output of min-btf ({facts['decisions']} comparisons)"
        )
    elif facts["decisions"]:
        out.append(f"libbpf found no deviation in the output of min-btf ({facts['decisions']} comparisons)")
    elif facts["rows"] and not facts["law"]:
        out.append("libbpf checked nothing: these rows leave no output to check")
    out += [f"PROBLEM: {problem}" for problem in facts["problems"]]
    if facts["goals"]:
        out.append(_goals(facts))
    return out
