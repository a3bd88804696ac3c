# SPDX-License-Identifier: BSD-2-Clause
"""Generates objects like those of a product: 90 BPF objects with about 67,000 CO-RE relocations, about 300 questions.

Separately compiled programs repeat the same questions, each through its own declarations. Each object here therefore
takes a part of the questions in an order of its own, and declares the structs with further members. Every run writes
the same C, so that the results of runs can be compared.
"""
from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

OBJECTS = 90
RELOCATIONS_PER_OBJECT = 745
RELOCATIONS_PER_PROGRAM = 25
COMPILER_FLAGS = ["-target", "bpf", "-g", "-O2", "-mcpu=v3", "-Wall", "-Werror"]

_TABLE = Path(__file__).with_name("product_questions.txt")

# The numbers are those of bpf_core_read.h.
_PRELUDE = """\
typedef unsigned long long u64;
static long (*probe_read_kernel)(void *to, unsigned size, const void *from) = (void *)113;
volatile u64 answers;
#define FIELD(type, field, kind) answers += __builtin_preserve_field_info(((type *)0)->field, kind)
#define TYPE(type, kind) answers += __builtin_preserve_type_info(*(type *)0, kind)
#define ENUMERATOR(type, value, kind) answers += __builtin_preserve_enum_value(*(type *)value, kind)
#define READ(type, field) \\
  probe_read_kernel(buffer, sizeof(buffer), __builtin_preserve_access_index(&((type *)from)->field))
"""
_BYTE_SIZE, _EXISTS, _LSHIFT, _RSHIFT = 1, 2, 4, 5

_OPTIONAL_MEMBERS = [
    "task_struct cgroups",
    "task_struct io_context",
    "mm_struct arg_start",
    "sk_buff hash",
    "cred user_ns",
    "super_block s_user_ns",
    "file f_wb_err",
    "signal_struct nr_threads",
    "bpf_map name",
    "net ifindex",
    "sock sk_mark",
    "inode i_generation",
]
_OPTIONAL_TYPES = ["bpf_map", "css_set", "kernfs_node", "mnt_namespace", "unix_sock", "user_namespace"]
_SIZED_TYPES = ["path", "qstr", "upid", "iphdr"]
_ENUMERATORS = [
    "pid_type PIDTYPE_PID",
    "pid_type PIDTYPE_TGID",
    "pid_type PIDTYPE_PGID",
    "pid_type PIDTYPE_SID",
    "bpf_map_type BPF_MAP_TYPE_HASH",
    "bpf_map_type BPF_MAP_TYPE_ARRAY",
    "bpf_map_type BPF_MAP_TYPE_PERF_EVENT_ARRAY",
    "bpf_prog_type BPF_PROG_TYPE_KPROBE",
    "bpf_prog_type BPF_PROG_TYPE_TRACEPOINT",
    "sock_type SOCK_STREAM",
    "sock_type SOCK_DGRAM",
]
# Members that were renamed. A kernel has one of each pair.
_FLAVOURS = [
    ("task_struct___old", "state"),
    ("task_struct___new", "__state"),
    ("iov_iter___old", "iov"),
    ("iov_iter___new", "__iov"),
]


@dataclass(frozen=True)
class Question:
    """A relocation: the C statement that produces it, and the member or type that the statement needs declared."""

    statement: str
    struct: str = ""
    member: str = ""
    kind: str = ""
    enumerator: str = ""


def _members() -> list[tuple[str, str, str]]:
    out, struct = [], ""
    for line in _TABLE.read_text().splitlines():
        if line.startswith("#"):
            continue
        words = line.split()
        if not line.startswith(" "):
            struct = words.pop(0)
        for word in words:
            member, kind = word.split(":")
            out.append((struct, member, kind))
    return out


def questions() -> list[Question]:
    """Returns every question once."""
    out = []
    kinds = {}
    for struct, member, kind in _members():
        kinds[struct, member] = kind
        if kind == "bits":
            for info in (0, _BYTE_SIZE, _LSHIFT, _RSHIFT):
                out.append(Question(f"FIELD(struct {struct}, {member}, {info})", struct, member, kind))
        else:
            out.append(Question(f"READ(struct {struct}, {member})", struct, member, kind))
    for text in _OPTIONAL_MEMBERS:
        struct, member = text.split()
        kind = kinds.get((struct, member), "int")
        out.append(Question(f"FIELD(struct {struct}, {member}, {_EXISTS})", struct, member, kind))
    for struct, member in _FLAVOURS:
        out.append(Question(f"FIELD(struct {struct}, {member}, {_EXISTS})", struct, member, "int"))
        out.append(Question(f"READ(struct {struct}, {member})", struct, member, "int"))
    out += [Question(f"TYPE(struct {struct}, 0)", struct) for struct in _OPTIONAL_TYPES]
    out += [Question(f"TYPE(struct {struct}, 1)", struct) for struct in _SIZED_TYPES]
    for text in _ENUMERATORS:
        enum, enumerator = text.split()
        out.append(Question(f"ENUMERATOR(enum {enum}, {enumerator}, 1)", enum, enumerator=enumerator))
    return out


def _declare_members(members: dict[str, str], choice: random.Random, indent: str) -> list[str]:
    """Returns declarations of the members with these paths. A path with a dot becomes a struct inside the struct."""
    inner: dict[str, dict[str, str]] = {}
    lines = []
    for path, kind in members.items():
        head, dot, rest = path.partition(".")
        if dot:
            inner.setdefault(head, {})[rest] = kind
            continue
        suffix = "[16]" if kind.endswith("[]") else ":1" if kind == "bits" else ""
        base = {
            "pointer": "void *",
            "enum": f"enum {{ {head}_{choice.randrange(1 << 30)} }} ",
            "bits": "unsigned ",
        }.get(kind.removesuffix("[]"), choice.choice(["int ", "unsigned ", "long "]))
        lines.append(f"{indent}{base}{head}{suffix};")
    for head, members_of_inner in inner.items():
        body = "\n".join(_declare_members(members_of_inner, choice, indent + "  "))
        lines.append(f"{indent}struct {{\n{body}\n{indent}}} {head};")
    choice.shuffle(lines)
    return lines


def _declarations(asked: list[Question], choice: random.Random) -> str:
    structs: dict[str, dict[str, str]] = {}
    enums: dict[str, list[str]] = {}
    for question in asked:
        if question.enumerator:
            enums.setdefault(question.struct, []).append(question.enumerator)
        else:
            structs.setdefault(question.struct, {})
            if question.member:
                structs[question.struct][question.member] = question.kind
    for struct, member, kind in _members():  # and some members that no question uses
        if struct in structs and choice.random() < 0.3:
            structs[struct].setdefault(member, kind)
    out = []
    for struct, members in structs.items():
        body = _declare_members(members or {"unused": "int"}, choice, "  ")
        out.append(f"struct {struct} {{\n" + "\n".join(body) + "\n};\n")
    for enum, names in enums.items():
        names = list(dict.fromkeys(names))
        choice.shuffle(names)
        out.append(f"enum {enum} {{ {', '.join(names)} }};\n")
    choice.shuffle(out)
    return "\n".join(out)


def source(number: int) -> str:
    """Returns the C source of one object."""
    choice = random.Random(f"object {number}")
    everything = questions()
    part = choice.sample(everything, choice.randint(len(everything) // 4, len(everything) // 2))
    programs: list[str] = []
    left = RELOCATIONS_PER_OBJECT
    while left > 0:
        asked = choice.sample(part, min(RELOCATIONS_PER_PROGRAM, left))
        left -= len(asked)
        body = "\n".join(f"  {question.statement};" for question in asked)
        name = f"hook_{len(programs)}"
        programs.append(
            f'__attribute__((section("kprobe/{name}"), used))\nint {name}(u64 *context) {{\n'
            f"  char buffer[8];\n  const void *from = (const void *)context[{choice.randrange(6)}];\n{body}\n"
            "  return 0;\n}\n"
        )
    return "\n".join(
        [
            _PRELUDE,
            _declarations(part, choice),
            *programs,
            'char license_text[] __attribute__((section("license"), used)) = "GPL";\n',
        ]
    )


def make(directory: Path, clang: str) -> list[Path]:
    """Writes and compiles the objects, unless the directory already has the same ones."""
    sources = {f"product_{number:02}": source(number) for number in range(OBJECTS)}
    version = subprocess.run([clang, "--version"], check=True, capture_output=True, text=True).stdout
    key = hashlib.sha256("\n".join([version, *COMPILER_FLAGS, *sources.values()]).encode()).hexdigest()
    objects = [directory / f"{name}.bpf.o" for name in sources]
    stamp = directory / "made-from"
    if stamp.exists() and stamp.read_text() == key and all(path.exists() for path in objects):
        return objects
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)

    def compile_one(name: str) -> None:
        path = directory / f"{name}.bpf.c"
        path.write_text(sources[name])
        result = subprocess.run(
            [clang, *COMPILER_FLAGS, "-c", path, "-o", directory / f"{name}.bpf.o"],
            check=False,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            raise RuntimeError(f"{clang} cannot compile {path}:\n{result.stderr}")

    with ThreadPoolExecutor() as pool:
        list(pool.map(compile_one, sources))
    stamp.write_text(key)
    return objects
