#!/usr/bin/env python3
"""Checks that each source file names its licence in an SPDX line.

    tests/tools/spdx.py          prints the files that have none; exit status 1 if there are any
    tests/tools/spdx.py --add    adds the line to these files

The files are those that git tracks. Without git the exit status is 4: nothing was checked.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINE = "SPDX-License-Identifier: BSD-2-Clause"
# A file that is copied into other programs may have the line below its description, in the same comment.
LINES_SEARCHED = 60
COMMENTS = {
    "//": {".cpp", ".hpp", ".rs", ".go"},
    "/*": {".c", ".h", ".S"},
    "#": {".cmake", ".py", ".sh", ".in", ".map", ".yml", ".yaml", ".fish", ".bash", ".zsh"},
}
NAMES_WITH_HASH = {"CMakeLists.txt", "Makefile", "Dockerfile"}


def tracked_files():
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [ROOT / name for name in done.stdout.decode().split("\0") if name]


def comment_of(path, text):
    """Returns the beginning of a comment in this file, or None if it is no source file."""
    if "corpus" in path.parts or "os-release" in path.parts:
        return None
    if path.name in NAMES_WITH_HASH or text.startswith("#!"):
        return "#"
    return next((comment for comment, suffixes in COMMENTS.items() if path.suffix in suffixes), None)


def with_line(path, text, comment):
    line = f"/* {LINE} */\n" if comment == "/*" else f"{comment} {LINE}\n"
    if path.suffix == ".go":
        line += "\n"  # otherwise the line belongs to the description of the package
    shebang = re.match(r"#!.*\n", text)
    at = shebang.end() if shebang else 0
    return text[:at] + line + text[at:]


def main(arguments):
    files = tracked_files()
    if not files:
        print("skipped: this is not a working tree of git, or git is not installed")
        return 4
    missing = 0
    checked = 0
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        comment = comment_of(path.relative_to(ROOT), text)
        if comment is None:
            continue
        checked += 1
        if LINE in "\n".join(text.split("\n", LINES_SEARCHED)[:LINES_SEARCHED]):
            continue
        missing += 1
        if arguments == ["--add"]:
            path.write_text(with_line(path, text, comment), encoding="utf-8")
        else:
            print(f"{path.relative_to(ROOT)}: no line '{LINE}'")
    print(f"{checked} files checked, {missing} without the line")
    return 1 if missing and arguments != ["--add"] or checked < 100 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
