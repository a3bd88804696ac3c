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
EXTRA_LISTED = {"FUNC", "VAR", "DATASEC", "DECL_TAG"}
LISTED = {"INT", "STRUCT", "UNION", "ENUM", "ENUM64", "FWD", "TYPEDEF", "FLOAT"}
WITH_TYPE = {"PTR", "TYPEDEF", "VOLATILE", "CONST", "RESTRICT", "TYPE_TAG", "FUNC_PROTO", "FUNC", "VAR", "DECL_TAG"}
ENCODINGS = {0: "(none)", 1: "SIGNED", 2: "CHAR", 4: "BOOL"}
SOURCES, KERNELS, NAMES, FIELDS, KEYS, CUTS, NODES, LISTS, VERBATIM = range(1, 10)
EXTRA_NAMES, EXTRA_FIELDS, EXTRA_KEYS, EXTRA_CUTS, EXTRA_LISTS = range(10, 15)


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


def segment_of(section):
    return integer(section, 56, 4)


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
    kind, kind_flag, name, vlen, size, words, refs, elements, number = None, False, 0, 0, 0, (), (), (), 0


def essential_name(name):
    for at in range(len(name) - 4, 0, -1):
        if name[at:at + 3] == "___" and name[at - 1] != "_" and name[at + 3] != "_":
            return name[:at]
    return name


class RecordReader:
    """Decodes a section of nodes, cut types or extra cut types."""
    START, KIND, NAME, VLEN, SIZE, TARGET, WORD, FIELD, TYPE, OFFSET, VALUE = range(11)

    def __init__(self, data, is_cut):
        self.streams = Streams(data, 11)
        self.is_cut = is_cut
        self.largest = {stream: self.streams.number(self.START) for stream in (self.TARGET, self.FIELD)}
        self.last_name = self.last_key = self.last_extra_key = 0
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
        if self.is_cut and byte == 0x7f:
            record.kind = "extra key"
            self.last_extra_key = record.number = self.last_extra_key + streams.signed(self.TARGET)
            return record
        record.kind, record.kind_flag = KINDS[byte & 0x7f], byte >= 0x80
        code = streams.number(self.NAME)
        if code != 0:
            record.name = self.last_name = self.last_name + signed(code - 1)
        vlen = record.vlen = streams.number(self.VLEN)
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
        if record.kind in ("ARRAY", "INT", "VAR", "DECL_TAG"):
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
        if record.kind == "DATASEC":
            record.elements, target, end = [], 0, 0
            for _ in range(vlen):
                code = streams.number(self.TYPE)
                target = target + 1 if code == 0 else self.reference(number, code)
                record.refs.append(target)
                offset = (end + streams.signed(self.OFFSET)) % 2**32
                size = streams.number(self.VALUE)
                record.elements.append((offset, size))
                end = (offset + size) % 2**32
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
        require(integer(data, 12, 4) in (0, 1), "unknown flags")
        require(integer(data, 16, 8) == len(data), "truncated")
        table = data[64:64 + 64 * integer(data, 24, 8)]
        check_hash(data[:32] + table, data[32:48])
        self.sections = {kind: [] for kind in range(1, 15)}
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
        self.lists = [self.lists_of(LISTS, segment, end) for segment, end in enumerate(self.key_ends)]
        self.extras = [Extras(self, segment) for segment in range(len(self.segments) - 1)]

    def contents(self, section):
        data = self.data[integer(section, 16, 8):][:integer(section, 24, 8)]
        if integer(section, 4, 4) & 2 == 0:
            command = ["zstd", "-d", "-c", "-q", "--memory=8MB"]
            data = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
        require(len(data) == integer(section, 32, 8), "a section has another size")
        check_hash(data, section[40:56])
        return data

    def sections_of(self, kind, segment=None):
        return [each for each in self.sections[kind] if segment is None or segment_of(each) == segment]

    def only(self, kind):
        require(len(self.sections[kind]) == 1, "not one section")
        return self.contents(self.sections[kind][0]), integer(self.sections[kind][0], 12, 4)

    def strings(self, kind, segment=None):
        strings = [""]
        for section in self.sections_of(kind, segment):
            require(integer(section, 8, 4) == len(strings), "a gap between sections")
            strings += [text.decode(errors="replace") for text in self.contents(section).split(b"\0")[:-1]]
            require(len(strings) == integer(section, 8, 4) + integer(section, 12, 4), "another number of strings")
        return strings

    def read_kernels(self):
        self.kernels, self.segments = [], []  # by segment: its first kernel
        for section in self.sections[KERNELS]:
            require(segment_of(section) == len(self.segments), "not one section of kernels in a segment")
            require(integer(section, 8, 4) == len(self.kernels), "a gap between sections")
            self.segments.append(len(self.kernels))
            self.read_kernels_of(section, len(self.kernels))
        self.segments.append(len(self.kernels))

    def read_kernels_of(self, section, first):
        streams = Streams(self.contents(section), 3)
        for _ in range(integer(section, 12, 4)):
            require(streams.number(0) == 1 and streams.text(0) == "", "a kernel of several parts")
            size, types = streams.number(1), streams.number(1)
            order, form, groups = ("little", "big")[streams.byte(1)], ("types", "verbatim", "whole")[streams.byte(1)], streams.byte(1)
            base = streams.number(1) - 1  # -1: none
            digits = "%032x" % int.from_bytes(streams.take(2, 16), "little")
            self.kernels.append({"bytes": size, "types": types, "order": order, "form": form, "hash": digits,
                                 "groups": groups, "base": base})
            require(base < first, "a base kernel that is not in an earlier segment")
        streams.finish()

    def read_sources(self):
        data, count = self.only(SOURCES)
        streams = Streams(data, 3)
        self.paths = {}  # number of the kernel by path
        for _ in range(streams.number(0)):
            streams.text(1), streams.number(0), streams.number(0)
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
        self.keys = {}
        self.key_ends = [0] * (len(self.segments) - 1)  # by segment: number of keys in this and in earlier segments
        for section in self.sections[KEYS]:
            streams, name = Streams(self.contents(section), 2), 0
            first, count = integer(section, 8, 4), integer(section, 12, 4)
            require(first == len(self.keys), "a gap between sections")
            for number in range(first, first + count):
                name += streams.signed(0)
                self.keys[(KINDS[streams.byte(1)], self.names[name])] = number
            streams.finish()
            require(len(self.keys) == first + count, "a key that occurs twice")
            for segment in range(segment_of(section), len(self.key_ends)):
                self.key_ends[segment] = len(self.keys)
        require(self.keys[("INT", "")] == 0, "wrong keys")

    def records(self, kind, segment=None):
        records = [None]
        for section in self.sections_of(kind, segment):
            require(integer(section, 8, 4) == len(records), "a gap between sections")
            reader = RecordReader(self.contents(section), kind != NODES)
            for _ in range(integer(section, 12, 4)):
                records.append(reader.read(len(records)))
            reader.streams.finish()
        return records

    def key_of(self, node):
        if node.kind == "INT":
            return 0
        return self.keys[("ENUM" if node.kind == "ENUM64" else node.kind, essential_name(self.names[node.name]))]

    def lists_of(self, kind, segment, key_end):
        """Returns by key: the distinct lists, and the list of each kernel of the segment."""
        of_keys = []
        kernels = self.segments[segment + 1] - self.segments[segment]
        for section in self.sections_of(kind, segment):
            require(integer(section, 8, 4) == len(of_keys), "a gap between sections")
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
                while len(of_kernel) < kernels:
                    length, number = streams.number(7), streams.number(7)
                    require(length != 0, "an empty run")
                    of_kernel += [number] * length
                of_keys.append((lists, of_kernel))
            streams.finish()
        require(len(of_keys) == key_end, "another number of keys")
        return of_keys

    def list(self, number, key):
        """Returns the list of a kernel, or None."""
        while number >= 0:
            segment = bisect.bisect_right(self.segments[:-1], number) - 1
            if key >= self.key_ends[segment]:
                return None
            lists, of_kernel = self.lists[segment][key]
            found = of_kernel[number - self.segments[segment]]
            if found != 0:
                return lists[found - 1] if found <= len(lists) else None
            number = self.kernels[number]["base"]
        return None

    def verbatim(self, number):
        return self.contents(next(each for each in self.sections[VERBATIM] if integer(each, 8, 4) == number))


class Extras:
    """The extras of one segment."""

    def __init__(self, pack, segment):
        self.names = pack.strings(EXTRA_NAMES, segment)
        self.fields = pack.strings(EXTRA_FIELDS, segment)
        self.keys = []  # (kind, name, None) or (kind, None, name of a field)
        for section in pack.sections_of(EXTRA_KEYS, segment):
            streams, name, field = Streams(pack.contents(section), 3), 0, 0
            for _ in range(integer(section, 12, 4)):
                byte = streams.byte(2)
                if byte < 0x80:
                    name += streams.number(0)
                    self.keys.append((KINDS[byte], self.names[name], None))
                else:
                    field += streams.signed(1)
                    self.keys.append((KINDS[byte & 0x7f], None, self.fields[field]))
            streams.finish()
        self.cuts = pack.records(EXTRA_CUTS, segment)
        self.lists = pack.lists_of(EXTRA_LISTS, segment, len(self.keys))


class Kernel:
    """The types of one kernel, as text."""

    def __init__(self, pack, number):
        self.pack = pack
        self.lists = [pack.list(number, key) for key in range(len(pack.keys))]
        segment = bisect.bisect_right(pack.segments[:-1], number) - 1
        self.extras, self.extra_lists = pack.extras[segment], []
        for lists, of_kernel in self.extras.lists:
            found = of_kernel[number - pack.segments[segment]]
            self.extra_lists.append(lists[found - 1] if 0 < found <= len(lists) else None)
        self.titles = self.titles_of(self.lists, pack.nodes, pack.names)
        self.extra_titles = self.titles_of(self.extra_lists, self.extras.cuts, self.extras.names)

    @staticmethod
    def titles_of(lists, records, names):
        """Returns by key and index: how a reference to this type is written."""
        titles, counts = [], {}
        for kernel_list in lists:
            titles.append([])
            for number, _, _ in kernel_list.entries if kernel_list else ():
                kind, name = records[number].kind, names[records[number].name]
                titles[-1].append(title_of(kind, name, counts.get((kind, name), 0)))
                counts[(kind, name)] = counts.get((kind, name), 0) + 1
        return titles

    def types(self):
        """Returns (kind, name, title, text) of all listed types, by key and in the order of the kernel."""
        for key, kernel_list in enumerate(self.lists):
            for index, entry in enumerate(kernel_list.entries if kernel_list else ()):
                record = self.pack.nodes[entry[0]]
                yield record.kind, self.pack.names[record.name], self.titles[key][index], self.text_of(entry)

    def extra_types(self):
        """Returns (kind, name, title, text) of all extras. An extra that is not listed has no title."""
        for key, kernel_list in enumerate(self.extra_lists):
            for index, entry in enumerate(kernel_list.entries if kernel_list else ()):
                record = self.extras.cuts[entry[0]]
                name = self.extras.names[record.name]
                if record.kind in EXTRA_LISTED:
                    yield record.kind, name, self.extra_titles[key][index], self.text_of(entry, EXTRA_CUTS)
                else:
                    number, self.group, self.notes = entry
                    self.position = 1
                    yield record.kind, name, None, self.unlisted(record, EXTRA_CUTS, self.notes.get(0, 0))

    def text_of(self, entry, table=NODES):
        number, self.group, self.notes = entry
        self.position = 0
        return self.visit((self.pack.nodes if table == NODES else self.extras.cuts)[number], table, "\n  ")

    def visit(self, record, table, separator):
        targets = []
        to_cuts = table == NODES and record.kind == "PTR"
        for reference in record.refs:
            if reference == 0:
                targets.append("void")
                continue
            note = self.notes.get(self.position, 0)
            self.position += 1
            if table == NODES and not to_cuts:
                targets.append(self.target_of_node(reference, note))
                continue
            cut = (self.extras if table == EXTRA_CUTS else self.pack).cuts[reference]
            if cut.kind == "key":
                targets.append(self.listed(cut.number, 0, note))
            elif cut.kind == "extra key":
                targets.append(self.extra(cut.number, note))
            elif cut.kind == "leaf":
                targets.append(self.target_of_node(cut.number, note))
            else:
                targets.append(self.unlisted(cut, CUTS if to_cuts else table, note))
        strings = self.extras if table == EXTRA_CUTS else self.pack
        return type_text(record.kind, strings.names[record.name], record, targets, strings.fields, separator)

    def target_of_node(self, number, note):
        if number in self.pack.key_of_node:
            return self.listed(self.pack.key_of_node[number], number, note)
        return self.unlisted(self.pack.nodes[number], NODES, note)

    def listed(self, key, node, note):
        require(self.lists[key] is not None, "a reference to a type that the kernel does not have")
        index = self.lists[key].default(self.group, node) + note
        require(0 <= index < len(self.titles[key]), "a note that leads to no entry")
        return self.titles[key][index]

    def extra(self, key, note):
        require(self.extra_lists[key] is not None, "a reference to an extra that the kernel does not have")
        index = self.extra_lists[key].default(self.group, 0) + note
        require(0 <= index < len(self.extra_titles[key]), "a note that leads to no entry")
        return self.extra_titles[key][index]

    def unlisted(self, record, table, note):
        return "(%s)%s" % (self.visit(record, table, "; "), "~%d" % note if note else "")


def title_of(kind, name, order):
    """`order` counts the types of the kernel with this kind and name."""
    return "%s %s" % (kind, name) + ("#%d" % order if order else "")


def linkage(number):
    return ("static", "global", "extern", "(unknown)")[min(number, 3)]


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
    elif kind == "FUNC":
        facts.append(linkage(record.vlen))
    elif kind == "VAR":
        facts.append(linkage(record.words[0]))
    elif kind == "DECL_TAG":
        facts.append("component %d" % (record.words[0] - 2**32 if record.words[0] >> 31 else record.words[0]))
    elif kind == "DATASEC":
        facts.append("%d bytes" % record.size)
        elements = ["%s at %d, %d bytes" % (target, offset, size)
                    for (offset, size), target in zip(record.elements, targets)]
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
    kernel = Kernel(pack, number)
    for of_kind, of_name, title, text in [*kernel.types(), *kernel.extra_types()]:
        if name is None or (name == of_name and (kind is None or kind.upper() == of_kind)):
            print((title or "%s without a list" % of_kind) + "\n  " + text)


if __name__ == "__main__":
    main(sys.argv[1:])
