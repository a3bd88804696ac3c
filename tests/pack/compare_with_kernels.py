#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Packs a tree of kernels, and compares what pack_reader.py reads with the kernels.

  compare_with_kernels.py MIN_BTF TREE [PACK]

MIN_BTF is the program. TREE has uncompressed files of BTF. Without PACK, `min-btf pack` makes a pack of TREE.

The list of kernels is compared with `min-btf pack --list`. Each listed type and each extra of each kernel is compared with
the type in `min-btf dump --format=json`: kind, name, order, and all fields. References are followed up to types with a name, and lead
to a type by kind, name and order. A difference ends the comparison with status 1. The last lines are the totals.
"""
import json
import os
import subprocess
import sys
import tempfile

import pack_reader


def references(each):
    targets = [each[field] for field in ("type_id", "index_type_id", "ret_type_id") if field in each]
    elements = each.get("members", each.get("params", each.get("vars", ())))
    return targets + [element["type_id"] for element in elements]


class Source:
    """The types of one kernel, as text, from the document of `min-btf dump`."""

    def __init__(self, document):
        self.types, lines = {}, {}
        for line in document.split("\n"):
            if line.startswith('{"id":'):
                each = json.loads(line.rstrip(","))
                each["name"] = self.without_anon(each["name"])
                self.types[each["id"]] = each
                lines[each["id"]] = line[line.index(",") + 1:].rstrip(",")
        self.listed, self.copies = {}, {}
        for number, each in self.types.items():
            if each["kind"] in pack_reader.EXTRA_LISTED or each["kind"] in pack_reader.LISTED and each["name"]:
                order = self.listed.setdefault((each["kind"], each["name"]), [])
                each["order"] = len(order)
                order.append(number)
        self.find_extras()
        self.number_copies(lines)

    def find_extras(self):
        """Finds the extras by key: (True, kind, name of the field) for types without a name, otherwise (False, name, kind)."""
        referred = {target for each in self.types.values() for target in references(each)}
        self.extras = {}
        for number, each in self.types.items():
            kind = pack_reader.KINDS.index({"ENUM64": "ENUM"}.get(each["kind"], each["kind"]))
            is_listed = each["kind"] in pack_reader.EXTRA_LISTED
            if each["name"] and (is_listed or each["kind"] not in pack_reader.LISTED):
                self.extras.setdefault((False, pack_reader.essential_name(each["name"]).encode(), kind), []).append(number)
            elif not each["name"] and (is_listed or number not in referred):
                fields = each.get("members", each.get("params", each.get("values", ())))
                field = self.without_anon(fields[0]["name"]) if fields else ""
                self.extras.setdefault((True, kind, field.encode()), []).append(number)

    def number_copies(self, lines):
        """Numbers equal types without a list in the order in which the walks reach them."""
        lists = {}
        for (kind, name), numbers in self.listed.items():
            if kind in pack_reader.EXTRA_LISTED:
                continue
            essential, of_kind = pack_reader.essential_name(name), {"ENUM64": "ENUM"}.get(kind, kind)
            key = ("".encode(), 0) if kind == "INT" else (essential.encode(), pack_reader.KINDS.index(of_kind))
            lists.setdefault(key, []).extend(numbers)
        counts = {}

        def reach(number):
            if number and "order" not in self.types[number] and number not in self.copies:
                self.copies[number] = counts[lines[number]] = counts.get(lines[number], -1) + 1
                visit(number)

        def visit(number):
            for target in references(self.types[number]):
                reach(target)

        for key in sorted(lists):
            for number in sorted(lists[key]):
                visit(number)
        for key in sorted(self.extras):
            for number in self.extras[key]:
                visit(number) if "order" in self.types[number] else reach(number)

    @staticmethod
    def without_anon(name):
        return "" if name == "(anon)" else name

    def target(self, number):
        if number == 0:
            return "void"
        each = self.types[number]
        if "order" in each:
            return "%s %s" % (each["kind"], each["name"]) + ("#%d" % each["order"] if each["order"] else "")
        return "(%s)" % self.text(each, "; ") + ("~%d" % self.copies[number] if self.copies[number] else "")

    def text(self, each, separator):
        kind = each["kind"]
        parts = [kind]
        head = ([each["name"]] if each["name"] else []) + (["%d bytes" % each["size"]] if "size" in each else [])
        if "linkage" in each and kind != "DATASEC":
            head.append(each["linkage"])
        if kind == "DECL_TAG":
            head.append("component %d" % each["component_idx"])
        parts += ["%s at %d, %d bytes" % (self.target(each["type_id"]), each["offset"], each["size"])
                  for each in each.get("vars", ())]
        if kind == "INT":
            head.append("%d bits at %d, %s" % (each["nr_bits"], each["bits_offset"], each["encoding"]))
        elif kind in ("ENUM", "ENUM64"):
            head.append(each["encoding"])
            parts += ["%s = %d" % (self.without_anon(value["name"]), value["val"]) for value in each["values"]]
        elif kind == "FWD":
            head.append(each["fwd_kind"])
        elif kind == "TYPE_TAG" and each["kind_flag"]:
            head.append("attribute")
        elif kind == "ARRAY":
            head.append("%d of %s, index %s" % (each["nr_elems"], self.target(each["type_id"]),
                                                self.target(each["index_type_id"])))
            return " ".join((kind, ", ".join(head)))
        for member in each.get("members", ()):
            bits = ", %d bits" % member["bitfield_size"] if member.get("bitfield_size") else ""
            parts.append("%s: %s at bit %d%s" % (self.without_anon(member["name"]), self.target(member["type_id"]),
                                                 member["bits_offset"], bits))
        for parameter in each.get("params", ()):
            parts.append("%s: %s" % (self.without_anon(parameter["name"]), self.target(parameter["type_id"])))
        target = each.get("type_id", each.get("ret_type_id"))
        if target is not None:
            head.append("to " + self.target(target))
        parts[0] += " " + ", ".join(head)
        return separator.join(parts)


def fail(*lines):
    sys.exit("\n".join(("compare_with_kernels.py: a difference",) + lines))


def compare_types(path, pack, number, source):
    """Returns the numbers of types, of notes, and of references with the number of a copy."""
    kernel, seen, notes, copies = pack_reader.Kernel(pack, number), {}, 0, 0
    for kind, name, title, text in kernel.types():
        order = seen[(kind, name)] = seen.get((kind, name), -1) + 1
        ids = source.listed.get((kind, name), ())
        if order >= len(ids):
            fail(path, title, "the kernel does not have it")
        expected = source.text(source.types[ids[order]], "\n  ")
        if expected != text or title != source.target(ids[order]):
            fail(path, title, "kernel: " + expected, "pack:   " + text)
        notes += len(kernel.notes)
        copies += text.count(")~")
    unlisted = {}  # texts by kind and name
    for kind, name, title, text in kernel.extra_types():
        notes += len(kernel.notes)
        if title is None:
            unlisted.setdefault((kind, name), []).append(text)
            continue
        order = seen[(kind, name)] = seen.get((kind, name), -1) + 1
        ids = source.listed.get((kind, name), ())
        expected = source.text(source.types[ids[order]], "\n  ") if order < len(ids) else "not there"
        if expected != text or title != source.target(ids[order]):
            fail(path, title, "kernel: " + expected, "pack:   " + text)
    expected = {}
    for number in sorted(number for ids in source.extras.values() for number in ids):
        each = source.types[number]
        if "order" not in each:
            expected.setdefault((each["kind"], each["name"]), []).append(source.target(number))
    for key in {**unlisted, **expected}:
        found, wanted = unlisted.get(key, []), expected.get(key, [])
        # The order of types without a name is not kept.
        if (found if key[1] else sorted(found)) != (wanted if key[1] else sorted(wanted)):
            fail(path, "extras %s %s" % key, "kernel: %s" % wanted, "pack:   %s" % found)
    missing = [key for key, ids in source.listed.items() if seen.get(key, -1) + 1 != len(ids)]
    if missing:
        fail(path, "the pack does not have all types %s %s" % missing[0])
    return sum(map(len, source.listed.values())) + sum(map(len, expected.values())), notes, copies


def main(program, tree, pack_path=None):
    sys.setrecursionlimit(10000)

    def output(*arguments):
        return subprocess.run([program, *arguments], stdout=subprocess.PIPE, check=True).stdout

    with tempfile.TemporaryDirectory() as directory:
        if pack_path is None:
            pack_path = os.path.join(directory, "made.pack")
            output("pack", pack_path, tree)
        with open(pack_path, "rb") as file:
            pack = pack_reader.Pack(file.read())
        listed = json.loads(output("pack", "--list", "--json", pack_path))["kernels"]
    ours = [(path, each["bytes"], each["types"], each["order"], each["form"] == "verbatim", each["hash"])
            for path, each in ((path, pack.kernels[number]) for path, number in pack.paths.items())]
    theirs = [("/".join(each[part] for part in ("source", "member") if each.get(part)), each["bytes"], each["types"],
               each["byte_order"], each["verbatim"], each["hash"]) for each in listed]
    if ours != theirs:
        fail("the lists of kernels", str(ours), str(theirs))
    totals = {"kernels": 0, "verbatim": 0, "types": 0, "notes": 0, "copies": 0}
    for path, number in pack.paths.items():
        file_name = os.path.join(tree, path)
        totals["kernels"] += 1
        if pack.kernels[number]["form"] == "verbatim":
            with open(file_name, "rb") as file:
                if pack.verbatim(number) != file.read():
                    fail(path, "verbatim")
            totals["verbatim"] += 1
            continue
        source = Source(output("dump", "--format=json", file_name).decode())
        types, notes, copies = compare_types(path, pack, number, source)
        totals["types"] += types
        totals["notes"] += notes
        totals["copies"] += copies
        print("%s: %d of %d types, %d notes: equal" % (path, types, len(source.types), notes), flush=True)
    for name, total in totals.items():
        print(name, total)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
