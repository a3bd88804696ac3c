#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Lists the kernels of a pack, and prints types of a kernel.

  pack_reader.py PACK                       path, bytes, types, byte order, form and hash of each kernel
  pack_reader.py PACK KERNEL [KIND] NAME    all types of KERNEL (its path) with this name
  pack_reader.py PACK KERNEL                all types of KERNEL

This is a second implementation of the format, written from docs/pack-format.md and not from src/pack. It needs the
programs zstd and xxhsum. It checks hashes, but does not enforce the limits that a reader of untrusted packs needs.
"""
import bisect
import subprocess
import sys

KINDS = ("void INT PTR ARRAY STRUCT UNION ENUM FWD TYPEDEF VOLATILE CONST RESTRICT FUNC FUNC_PROTO VAR DATASEC FLOAT "
         "DECL_TAG TYPE_TAG ENUM64").split()
LISTED = {"INT", "STRUCT", "UNION", "ENUM", "ENUM64", "FWD", "TYPEDEF", "FLOAT"}
WITH_TYPE = {"PTR", "TYPEDEF", "VOLATILE", "CONST", "RESTRICT", "TYPE_TAG", "FUNC_PROTO"}
ENCODINGS = {0: "(none)", 1: "SIGNED", 2: "CHAR", 4: "BOOL"}
SOURCES, KERNELS, NAMES, FIELDS, KEYS, CUTS, NODES, LISTS, VERBATIM = range(1, 10)


class Damaged(Exception):
    pass


def require(condition, reason):
    if not condition:
        raise Damaged(reason)


def integer(data, offset, size):
    return int.from_bytes(data[offset:offset + size], "little")


def check_hash(data, stored):
    digits = subprocess.run(["xxhsum", "-H2"], input=data, stdout=subprocess.PIPE, check=True).stdout.split()[0]
    require(int(digits, 16) == int.from_bytes(stored, "little"), "a hash is wrong")


def signed(number):
    return -(number + 1) // 2 if number % 2 else number // 2


class Streams:
    """The streams of a section."""

    def __init__(self, data, count):
        self.data = data
        self.at, self.ends = [], []
        end = 4 * count
        for i in range(count):
            self.at.append(end)
            end += integer(data, 4 * i, 4)
            self.ends.append(end)
        require(end == len(data), "streams do not fill their section")

    def take(self, stream, size):
        at = self.at[stream]
        self.at[stream] = at + size
        require(self.at[stream] <= self.ends[stream], "a stream ends too early")
        return self.data[at:at + size]

    def byte(self, stream):
        return self.take(stream, 1)[0]

    def number(self, stream):
        value = shift = 0
        while True:
            byte = self.take(stream, 1)[0]
            value |= (byte & 0x7f) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed(self, stream):
        return signed(self.number(stream))

    def text(self, stream):
        return self.take(stream, self.number(stream)).decode(errors="replace")

    def finish(self):
        require(self.at == self.ends, "a stream is not read to its end")


class Record:
    """A node or a cut type. `elements` has (field, reference, offset) or (field, value). A key or leaf has only `number`."""
    kind, kind_flag, name, size, words, refs, elements, number = None, False, 0, 0, (), (), (), 0


def essential_name(name):
    for at in range(len(name) - 4, 0, -1):
        if name[at:at + 3] == "___" and name[at - 1] != "_" and name[at + 3] != "_":
            return name[:at]
    return name


class RecordReader:
    """Decodes a section of nodes or cut types."""
    START, KIND, NAME, VLEN, SIZE, TARGET, WORD, FIELD, TYPE, OFFSET, VALUE = range(11)

    def __init__(self, data, is_cut):
        self.streams = Streams(data, 11)
        self.is_cut = is_cut
        self.largest = {stream: self.streams.number(self.START) for stream in (self.TARGET, self.FIELD)}
        self.last_name = self.last_key = 0
        self.last_type = {}

    def read(self, number):
        streams, record = self.streams, Record()
        byte = streams.byte(self.KIND)
        if self.is_cut and byte == 0x00:
            record.kind = "key"
            self.last_key = record.number = self.last_key + streams.signed(self.TARGET)
            return record
        if self.is_cut and byte == 0x80:
            record.kind, record.number = "leaf", streams.number(self.TARGET)
            return record
        record.kind, record.kind_flag = KINDS[byte & 0x7f], byte >= 0x80
        code = streams.number(self.NAME)
        if code != 0:
            record.name = self.last_name = self.last_name + signed(code - 1)
        vlen = streams.number(self.VLEN)
        record.refs = []
        if record.kind == "PTR" and not self.is_cut:
            record.refs.append(self.pointee_or_field(self.TARGET))
        elif record.kind in WITH_TYPE:
            record.refs.append(self.reference(number, streams.number(self.TARGET)))
        else:
            record.size = streams.number(self.SIZE)
        if record.kind == "ARRAY":
            record.refs.append(self.reference(number, streams.number(self.TARGET)))
            record.refs.append(self.reference(number, streams.number(self.TARGET)))
        if record.kind in ("ARRAY", "INT"):
            record.words = [streams.number(self.WORD)]
        if record.kind in ("STRUCT", "UNION", "FUNC_PROTO", "ENUM", "ENUM64"):
            record.elements = []
            last = 0
            for _ in range(vlen):
                field = self.pointee_or_field(self.FIELD)
                value = None
                if record.kind not in ("ENUM", "ENUM64"):
                    record.refs.append(self.element_type(number, field))
                if record.kind != "FUNC_PROTO":
                    stream = self.VALUE if record.kind.startswith("ENUM") else self.OFFSET
                    value = last = (last + streams.signed(stream)) % 2**32
                if record.kind == "ENUM64":
                    value |= streams.number(self.VALUE) << 32
                record.elements.append((field, value))
        return record

    def pointee_or_field(self, stream):
        code = self.streams.number(stream)
        number = self.largest[stream] + 1 if code == 0 else code - 1
        self.largest[stream] = max(self.largest[stream], number)
        return number

    @staticmethod
    def reference(number, code):
        target = code // 2 if code % 2 else number - code // 2
        require(0 <= target < number, "a reference to a record that comes later")
        return target

    def element_type(self, number, field):
        code = self.streams.number(self.TYPE)
        if code != 0:
            self.last_type[field] = self.reference(number, code)
        require(code != 0 or self.last_type.get(field, 0) != 0, "no element of this name before")
        return self.last_type[field]


class KernelList:
    """The list of a key: (node, group, notes) of each entry. Kernels share it."""

    def __init__(self, entries):
        self.entries = entries
        self.firsts = {}  # by node, and for 0: groups that have it, and the first entry of each such group
        for index, (node, group, _) in enumerate(entries):
            for each in (node, 0):
                groups, indices = self.firsts.setdefault(each, ([], []))
                if not groups or groups[-1] != group:
                    groups.append(group)
                    indices.append(index)

    def default(self, group, node):
        require(node in self.firsts, "a reference to no entry")
        groups, indices = self.firsts[node]
        return indices[max(0, bisect.bisect_right(groups, group) - 1)]


class Pack:
    def __init__(self, data):
        self.data = data
        require(data[:8] == b"\x89mbtfpk\n" and integer(data, 8, 4) == 1, "not a pack of version 1")
        require(integer(data, 12, 4) == 1, "not a pack of types only")
        require(integer(data, 16, 8) == len(data), "truncated")
        table = data[64:64 + 64 * integer(data, 24, 8)]
        check_hash(data[:32] + table, data[32:48])
        self.sections = {kind: [] for kind in range(1, 10)}
        for at in range(0, len(table), 64):
            kind, flags = integer(table, at, 4), integer(table, at + 4, 4)
            require(kind in self.sections or flags % 2 == 0, "an unknown section")
            self.sections.setdefault(kind, []).append(table[at:at + 64])
        self.names = self.strings(NAMES)
        self.fields = self.strings(FIELDS)
        self.read_kernels()
        self.read_sources()
        self.read_keys()
        self.cuts = self.records(CUTS)
        self.nodes = self.records(NODES)
        self.key_of_node = {number: self.key_of(node) for number, node in enumerate(self.nodes)
                            if node and node.kind in LISTED and node.name}
        self.read_lists()

    def contents(self, section):
        data = self.data[integer(section, 16, 8):][:integer(section, 24, 8)]
        if integer(section, 4, 4) & 2 == 0:
            command = ["zstd", "-d", "-c", "-q", "--memory=8MB"]
            data = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
        require(len(data) == integer(section, 32, 8), "a section has another size")
        check_hash(data, section[40:56])
        return data

    def only(self, kind):
        require(len(self.sections[kind]) == 1, "not one section")
        return self.contents(self.sections[kind][0]), integer(self.sections[kind][0], 12, 4)

    def strings(self, kind):
        data, count = self.only(kind)
        strings = [""] + [text.decode(errors="replace") for text in data.split(b"\0")[:-1]]
        require(len(strings) == count + 1, "another number of strings")
        return strings

    def read_kernels(self):
        data, count = self.only(KERNELS)
        streams = Streams(data, 3)
        self.kernels = []
        for _ in range(count):
            require(streams.number(0) == 1 and streams.text(0) == "", "a kernel of several parts")
            size, types = streams.number(1), streams.number(1)
            order, form, groups = ("little", "big")[streams.byte(1)], ("types", "verbatim")[streams.byte(1)], streams.byte(1)
            digits = "%032x" % int.from_bytes(streams.take(2, 16), "little")
            self.kernels.append({"bytes": size, "types": types, "order": order, "form": form, "hash": digits,
                                 "groups": groups})
        streams.finish()

    def read_sources(self):
        data, count = self.only(SOURCES)
        streams = Streams(data, 3)
        self.paths = {}  # number of the kernel by path
        streams.number(0), streams.number(0)
        for _ in range(count):
            source = streams.text(1)
            streams.take(2, 48)
            streams.byte(0), streams.number(0), streams.number(0)
            for _ in range(streams.number(0)):
                member, _inner_tar = streams.text(1), streams.text(1)
                self.paths["/".join(part for part in (source, member) if part)] = streams.number(0)
            for _ in range(streams.number(0)):
                streams.text(1), streams.text(1), streams.byte(0)
            for _ in range(streams.number(0)):
                streams.text(1), streams.text(1)
        streams.finish()

    def read_keys(self):
        data, count = self.only(KEYS)
        streams = Streams(data, 2)
        self.keys, name = {}, 0
        for number in range(count):
            name += streams.number(0)
            self.keys[(KINDS[streams.byte(1)], self.names[name])] = number
        streams.finish()
        require(self.keys[("INT", "")] == 0 and len(self.keys) == count, "wrong keys")

    def records(self, kind):
        records = [None]
        for section in self.sections[kind]:
            require(integer(section, 8, 4) == len(records), "a gap between sections")
            reader = RecordReader(self.contents(section), kind == CUTS)
            for _ in range(integer(section, 12, 4)):
                records.append(reader.read(len(records)))
            reader.streams.finish()
        return records

    def key_of(self, node):
        if node.kind == "INT":
            return 0
        return self.keys[("ENUM" if node.kind == "ENUM64" else node.kind, essential_name(self.names[node.name]))]

    def read_lists(self):
        self.lists = []  # by key: the distinct lists, and the list of each kernel (0: none)
        for section in self.sections[LISTS]:
            require(integer(section, 8, 4) == len(self.lists), "a gap between sections")
            streams = Streams(self.contents(section), 8)
            node = 0
            for _ in range(integer(section, 12, 4)):
                lists = []
                for _ in range(streams.number(0)):
                    entries, group = [], 0
                    for _ in range(streams.number(1)):
                        node += streams.signed(2)
                        group += streams.number(3)
                        notes, position = {}, 0
                        for _ in range(streams.number(4)):
                            position += streams.number(5)
                            notes[position] = streams.signed(6)
                        entries.append((node, group, notes))
                    lists.append(KernelList(entries))
                of_kernel = []
                while len(of_kernel) < len(self.kernels):
                    length, number = streams.number(7), streams.number(7)
                    require(length != 0, "an empty run")
                    of_kernel += [number] * length
                self.lists.append((lists, of_kernel))
            streams.finish()
        require(len(self.lists) == len(self.keys), "another number of keys")

    def verbatim(self, number):
        return self.contents(next(each for each in self.sections[VERBATIM] if integer(each, 8, 4) == number))


class Kernel:
    """The types of one kernel, as text."""

    def __init__(self, pack, number):
        self.pack = pack
        self.lists = [lists[of_kernel[number] - 1] if of_kernel[number] else None for lists, of_kernel in pack.lists]
        self.titles = []  # by key and index: how a reference to this type is written
        counts = {}
        for kernel_list in self.lists:
            self.titles.append([])
            for node, _, _ in kernel_list.entries if kernel_list else ():
                kind, name = pack.nodes[node].kind, pack.names[pack.nodes[node].name]
                self.titles[-1].append(title_of(kind, name, counts.get((kind, name), 0)))
                counts[(kind, name)] = counts.get((kind, name), 0) + 1

    def types(self):
        """Returns (kind, name, title, text) of all listed types, by key and in the order of the kernel."""
        for key, kernel_list in enumerate(self.lists):
            for index, entry in enumerate(kernel_list.entries if kernel_list else ()):
                record = self.pack.nodes[entry[0]]
                yield record.kind, self.pack.names[record.name], self.titles[key][index], self.text_of(entry)

    def text_of(self, entry):
        node, self.group, self.notes = entry
        self.position = 0
        return self.visit(self.pack.nodes[node], False, "\n  ")

    def visit(self, record, is_cut, separator):
        targets = []
        for reference in record.refs:
            if reference == 0:
                targets.append("void")
                continue
            note = self.notes.get(self.position, 0)
            self.position += 1
            if not is_cut and record.kind != "PTR":
                targets.append(self.target_of_node(reference, note))
                continue
            cut = self.pack.cuts[reference]
            if cut.kind == "key":
                targets.append(self.listed(cut.number, 0, note))
            elif cut.kind == "leaf":
                targets.append(self.target_of_node(cut.number, note))
            else:
                targets.append(self.unlisted(cut, True, note))
        return type_text(record.kind, self.pack.names[record.name], record, targets, self.pack.fields, separator)

    def target_of_node(self, number, note):
        if number in self.pack.key_of_node:
            return self.listed(self.pack.key_of_node[number], number, note)
        return self.unlisted(self.pack.nodes[number], False, note)

    def listed(self, key, node, note):
        require(self.lists[key] is not None, "a reference to a type that the kernel does not have")
        index = self.lists[key].default(self.group, node) + note
        require(0 <= index < len(self.titles[key]), "a note that leads to no entry")
        return self.titles[key][index]

    def unlisted(self, record, is_cut, note):
        return "(%s)%s" % (self.visit(record, is_cut, "; "), "~%d" % note if note else "")


def title_of(kind, name, order):
    """`order` counts the types of the kernel with this kind and name."""
    return "%s %s" % (kind, name) + ("#%d" % order if order else "")


def type_text(kind, name, record, targets, fields, separator):
    """Returns the text of a type. Targets are in the order of the references."""
    facts = [name] if name else []
    elements = []
    if kind in ("INT", "STRUCT", "UNION", "ENUM", "ENUM64", "FLOAT"):
        facts.append("%d bytes" % record.size)
    if kind == "INT":
        encoding, offset, bits = record.words[0] >> 24 & 0xf, record.words[0] >> 16 & 0xff, record.words[0] & 0xff
        facts.append("%d bits at %d, %s" % (bits, offset, ENCODINGS.get(encoding, "UNKN")))
    elif kind in ("ENUM", "ENUM64"):
        facts.append("SIGNED" if record.kind_flag else "UNSIGNED")
        bits = 64 if kind == "ENUM64" else 32
        for field, value in record.elements:
            is_negative = record.kind_flag and value >> bits - 1
            elements.append("%s = %d" % (fields[field], value - 2**bits if is_negative else value))
    elif kind == "FWD":
        facts.append("union" if record.kind_flag else "struct")
    elif kind == "TYPE_TAG" and record.kind_flag:
        facts.append("attribute")
    elif kind == "ARRAY":
        facts.append("%d of %s, index %s" % (record.words[0], targets[0], targets[1]))
    elif kind == "FUNC_PROTO":
        elements = ["%s: %s" % (fields[field], target) for (field, _), target in zip(record.elements, targets[1:])]
    elif kind in ("STRUCT", "UNION"):
        for (field, offset), target in zip(record.elements, targets):
            size = offset >> 24 if record.kind_flag else 0
            place = "bit %d" % (offset & 0xffffff if record.kind_flag else offset)
            elements.append("%s: %s at %s" % (fields[field], target, place + ", %d bits" % size if size else place))
    if kind in WITH_TYPE:
        facts.append("to " + targets[0])
    return separator.join([kind + " " + ", ".join(facts)] + elements)


def main(arguments):
    if not 1 <= len(arguments) <= 4:
        sys.exit(__doc__)
    sys.setrecursionlimit(10000)
    with open(arguments[0], "rb") as file:
        pack = Pack(file.read())
    if len(arguments) == 1:
        for path, number in pack.paths.items():
            kernel = pack.kernels[number]
            print(path, kernel["bytes"], kernel["types"], kernel["order"], kernel["form"], kernel["hash"], sep="\t")
        return
    number = pack.paths.get(arguments[1])
    if number is None:
        sys.exit("pack_reader.py: no kernel " + arguments[1])
    if pack.kernels[number]["form"] == "verbatim":
        sys.exit("pack_reader.py: the kernel is verbatim")
    kind, name = ([None] + arguments[2:])[-2:] if len(arguments) > 2 else (None, None)
    for of_kind, of_name, title, text in Kernel(pack, number).types():
        if name is None or (name == of_name and (kind is None or kind.upper() == of_kind)):
            print(title + "\n  " + text)


if __name__ == "__main__":
    main(sys.argv[1:])
