// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026, The min-btf authors

//go:build linux

// Package bundle finds the BTF of the running kernel in a bundle: one file that has the reduced BTF of many kernels,
// as `min-btf gen INPUT F.bundle OBJECT...` writes it. It is one file, to be copied into the program that uses it, and
// needs only the standard library of Go 1.19.
//
//	//go:embed btf.bundle
//	var btfs []byte
//
//	source, err := bundle.Load(btfs, bundle.LoadOptions{})
//	if err != nil {
//		return err // *bundle.NotFoundError: the reason, and what was tried
//	}
//	defer source.Close()
//	log.Print("BTF: ", source)
//	var types *btf.Spec // nil: cilium/ebpf uses the kernel's own BTF
//	if source.Reader != nil {
//		if types, err = btf.LoadSpecFromReader(source.Reader); err != nil {
//			return err
//		}
//	}
//	options := ebpf.CollectionOptions{Programs: ebpf.ProgramOptions{KernelTypes: types}}
//
// A bundle must be uncompressed. The format, and the rules of the lookup, are those of min-btf's
// docs/bundle-format.md; include/minbtf/bundle.h is the same for C.
package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// ---- Reasons ----

// A Reason is how a BTF was found, or why none was found. It is a word for logs and tests; the words are those of
// bundle.h and of `min-btf select`.
type Reason string

// A BTF was found.
const (
	Exact         Reason = "exact"
	ReleaseOnly   Reason = "release-only"
	VersionPrefix Reason = "version-prefix"
	SameID        Reason = "same-id"
	Family        Reason = "family"
	IDLike        Reason = "id-like"
	Nearest       Reason = "nearest"    // only with Options.Nearest
	KernelBTF     Reason = "kernel-btf" // only of Load
	UserPath      Reason = "user-path"  // only of Load
)

// No BTF was found: the reasons of a *NotFoundError.
const (
	NoRelease      Reason = "no-release"
	OtherDistro    Reason = "other-distro"
	Ambiguous      Reason = "ambiguous"
	RefusedStrict  Reason = "strict" // only with Options.Strict
	UnknownMachine Reason = "unknown-machine"
)

// The bytes are not a bundle that this file reads: the reasons of a *FormatError.
const (
	NotBundle   Reason = "not-bundle"   // the bytes do not begin as an uncompressed bundle
	Truncated   Reason = "truncated"    // bytes at the end are missing
	NewerFormat Reason = "newer-format" // a major version or a flag that this file does not know
	Damaged     Reason = "damaged"      // a value is impossible, or a CRC is wrong
)

var reasonTexts = map[Reason]string{
	Exact:          "the kernel's release, ID and VERSION_ID",
	ReleaseOnly:    "the kernel's release; ID or VERSION_ID is another or unknown",
	VersionPrefix:  "the kernel's release and ID; one VERSION_ID is the start of the other",
	SameID:         "the kernel's release and ID; another VERSION_ID",
	Family:         "the kernel's release; a distribution of the same family and major version",
	IDLike:         "the kernel's release; a distribution that ID_LIKE names",
	Nearest:        "the next lower and the next higher release, which have the same BTF",
	KernelBTF:      "the kernel's own BTF",
	UserPath:       "the file that the user named",
	NoRelease:      "no kernel with this machine and release",
	OtherDistro:    "the kernels with this release have different BTF, and are of other distributions",
	Ambiguous:      "several kernels match equally well and have different BTF",
	RefusedStrict:  "kernels with this release, but not with this ID and VERSION_ID (strict)",
	UnknownMachine: "unknown machine",
	NotBundle:      "not a bundle",
	Truncated:      "the bundle is truncated",
	NewerFormat:    "the bundle has a newer format than this program reads",
	Damaged:        "the bundle is damaged",
}

// Text returns a phrase for a log, e.g. "no kernel with this machine and release".
func (r Reason) Text() string {
	if text, ok := reasonTexts[r]; ok {
		return text
	}
	return "unknown reason"
}

// A FormatError is returned for bytes that are not a bundle, or a damaged one.
type FormatError struct {
	Reason Reason // NotBundle, Truncated, NewerFormat or Damaged
	Detail string // the value or place that is wrong
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("bundle: %s: %s (%s)", e.Reason, e.Reason.Text(), e.Detail)
}

func damaged(format string, values ...interface{}) error {
	return &FormatError{Damaged, fmt.Sprintf(format, values...)}
}

// ---- The bundle ----

const (
	magic       = "\x89MBNDL\r\n"
	headerSize  = 64 // of version 1.0
	kernelSize  = 32
	contentSize = 16
)

// A Bundle is the view of a bundle. It refers to the bytes that Open was given, which must not change. Any number of
// goroutines may use it.
type Bundle struct {
	data       []byte
	minor      uint16
	kernels    []byte // the index
	contents   []byte // the table of contents
	strings    []byte // the last byte is 0
	stringsEnd uint32 // offset in data
}

// A Kernel is an entry of the index. A string that the writer did not know is "".
type Kernel struct {
	Machine   uint32 // e_machine | ELFCLASS << 16 | ELFDATA << 24
	Release   string // uname -r
	ID        string // ID in os-release
	VersionID string // VERSION_ID in os-release; may be its start: 8 for 8.4
	Build     string // uname -v
	Content   int    // number of its BTF: kernels with equal BTF have one number
}

func (k Kernel) String() string {
	text := k.Release + " " + MachineName(k.Machine)
	for _, part := range []string{k.ID, k.VersionID, k.Build} {
		if part != "" {
			text += " " + part
		}
	}
	return text
}

func u16(data []byte, at int) uint16 { return binary.LittleEndian.Uint16(data[at:]) }
func u32(data []byte, at int) uint32 { return binary.LittleEndian.Uint32(data[at:]) }

// Open reads the header of a bundle, in constant time. It copies nothing. An error is a *FormatError. Names and
// contents are checked when they are used, or by Check.
func Open(data []byte) (*Bundle, error) {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return nil, &FormatError{NotBundle, "the bytes do not begin as an uncompressed bundle"}
	}
	if len(data) < headerSize {
		return nil, &FormatError{Truncated, fmt.Sprintf("%d bytes", len(data))}
	}
	major, minor := u16(data, 8), u16(data, 10)
	if major > 1 {
		return nil, &FormatError{NewerFormat, fmt.Sprintf("version %d.%d", major, minor)}
	}
	if major == 0 {
		return nil, damaged("version 0")
	}
	// The upper 16 flags are for facts that a reader may ignore.
	if flags := u16(data, 52); flags != 0 {
		return nil, &FormatError{NewerFormat, fmt.Sprintf("flags %#x", flags)}
	}
	fileSize := binary.LittleEndian.Uint64(data[16:])
	if fileSize > math.MaxUint32 {
		return nil, damaged("a size of %d bytes", fileSize)
	}
	if fileSize > uint64(len(data)) {
		return nil, &FormatError{Truncated, fmt.Sprintf("%d of %d bytes", len(data), fileSize)}
	}
	if fileSize < uint64(len(data)) {
		return nil, damaged("%d bytes after the end", uint64(len(data))-fileSize)
	}

	header := uint64(u32(data, 12))
	if header < headerSize || header%8 != 0 || (minor == 0 && header != headerSize) {
		return nil, damaged("a header of %d bytes", header)
	}
	// Header, kernels, contents and strings follow each other without gaps.
	kernelsEnd := header + uint64(u32(data, 24))*kernelSize
	contentsEnd := kernelsEnd + uint64(u32(data, 32))*contentSize
	stringsEnd := contentsEnd + uint64(u32(data, 44))
	if uint64(u32(data, 28)) != header || uint64(u32(data, 36)) != kernelsEnd ||
		uint64(u32(data, 40)) != contentsEnd || stringsEnd == contentsEnd || stringsEnd > fileSize {
		return nil, damaged("the places of the tables")
	}
	// With 0 as the last byte, each offset in the strings is the offset of a string that ends.
	if data[contentsEnd] != 0 || data[stringsEnd-1] != 0 {
		return nil, damaged("the first or the last string")
	}
	return &Bundle{
		data:       data,
		minor:      minor,
		kernels:    data[header:kernelsEnd],
		contents:   data[kernelsEnd:contentsEnd],
		strings:    data[contentsEnd:stringsEnd],
		stringsEnd: uint32(stringsEnd),
	}, nil
}

// NumKernels returns the number of kernels.
func (b *Bundle) NumKernels() int { return len(b.kernels) / kernelSize }

// NumContents returns the number of distinct BTFs.
func (b *Bundle) NumContents() int { return len(b.contents) / contentSize }

// entry returns the bytes of a kernel in the index.
func (b *Bundle) entry(number int) []byte { return b.kernels[number*kernelSize:][:kernelSize] }

// text returns the string whose offset is stored at data.
func (b *Bundle) text(data []byte) (text []byte, ok bool) {
	offset := u32(data, 0)
	if uint64(offset) >= uint64(len(b.strings)) {
		return nil, false
	}
	text = b.strings[offset:]
	return text[:bytes.IndexByte(text, 0)], true
}

// Kernel returns a kernel, by its number in the order of the index: 0 to NumKernels() - 1. An error is a *FormatError.
func (b *Bundle) Kernel(number int) (Kernel, error) {
	if number < 0 || number >= b.NumKernels() {
		return Kernel{}, damaged("no kernel %d", number)
	}
	entry := b.entry(number)
	var texts [4]string
	for i := range texts {
		text, ok := b.text(entry[4+4*i:])
		if !ok {
			return Kernel{}, damaged("a string of kernel %d", number)
		}
		texts[i] = string(text)
	}
	content := u32(entry, 20)
	if uint64(content) >= uint64(b.NumContents()) {
		return Kernel{}, damaged("the content of kernel %d", number)
	}
	if flags := u16(entry, 24); flags != 0 {
		return Kernel{}, &FormatError{NewerFormat, fmt.Sprintf("flags %#x of kernel %d", flags, number)}
	}
	return Kernel{u32(entry, 0), texts[0], texts[1], texts[2], texts[3], int(content)}, nil
}

// A content is a BTF in the bundle.
type content struct {
	offset, end uint64
	crc         uint32 // as the table states it
}

func (b *Bundle) content(number int) (content, error) {
	if number < 0 || number >= b.NumContents() {
		return content{}, damaged("no content %d", number)
	}
	entry := b.contents[number*contentSize:][:contentSize]
	place := content{uint64(u32(entry, 0)), uint64(u32(entry, 0)) + uint64(u32(entry, 4)), u32(entry, 8)}
	if place.end == place.offset || place.offset%8 != 0 || place.offset < uint64(b.stringsEnd) ||
		place.end > uint64(len(b.data)) {
		return content{}, damaged("the place of content %d", number)
	}
	return place, nil
}

// Content returns a BTF by its number: 0 to NumContents() - 1. The bytes are those of the bundle. An error is a
// *FormatError; a wrong CRC is one.
func (b *Bundle) Content(number int) ([]byte, error) {
	place, err := b.content(number)
	if err != nil {
		return nil, err
	}
	btf := b.data[place.offset:place.end:place.end]
	if crc32.ChecksumIEEE(btf) != place.crc {
		return nil, damaged("the CRC of content %d", number)
	}
	return btf, nil
}

// checkIndex checks the CRC of header, tables and strings.
func (b *Bundle) checkIndex() error {
	// The CRC is computed with its own field as 0.
	crc := crc32.ChecksumIEEE(b.data[:48])
	crc = crc32.Update(crc, crc32.IEEETable, make([]byte, 4))
	crc = crc32.Update(crc, crc32.IEEETable, b.data[52:b.stringsEnd])
	if crc != u32(b.data, 48) {
		return damaged("the CRC of the index")
	}
	return nil
}

func allZero(data []byte) bool {
	for _, each := range data {
		if each != 0 {
			return false
		}
	}
	return true
}

// checkStrings checks that the strings are unique and sorted by their bytes.
func (b *Bundle) checkStrings() error {
	texts := bytes.Split(b.strings[:len(b.strings)-1], []byte{0})
	for i := 1; i < len(texts); i++ {
		if bytes.Compare(texts[i-1], texts[i]) >= 0 {
			return damaged("the order of the strings")
		}
	}
	return nil
}

// isBefore compares by machine, release, ID, VERSION_ID and build.
func (k Kernel) isBefore(other Kernel) bool {
	switch {
	case k.Machine != other.Machine:
		return k.Machine < other.Machine
	case k.Release != other.Release:
		return k.Release < other.Release
	case k.ID != other.ID:
		return k.ID < other.ID
	case k.VersionID != other.VersionID:
		return k.VersionID < other.VersionID
	}
	return k.Build < other.Build
}

// checkKernels checks the order of the index, and that contents are numbered in the order of their first use.
func (b *Bundle) checkKernels() error {
	used := 0
	var before Kernel
	for number := 0; number < b.NumKernels(); number++ {
		kernel, err := b.Kernel(number)
		if err != nil {
			return err
		}
		entry := b.entry(number)
		for at := 4; at < 20; at += 4 {
			// A string starts after the 0 of the one before it.
			if offset := u32(entry, at); offset != 0 && b.strings[offset-1] != 0 {
				return damaged("a string of kernel %d", number)
			}
		}
		if number > 0 && !before.isBefore(kernel) {
			return damaged("the order of kernel %d", number)
		}
		if b.minor == 0 && !allZero(entry[28:]) {
			return damaged("kernel %d", number)
		}
		if kernel.Content > used {
			return damaged("the content of kernel %d", number)
		}
		if kernel.Content == used {
			used++
		}
		before = kernel
	}
	if used != b.NumContents() {
		return damaged("content %d is not used", used)
	}
	return nil
}

// Check reads the whole bundle, and returns a *FormatError if it is not as the format prescribes: CRCs, order of the
// index, strings, contents in the order of their first use.
func (b *Bundle) Check() error {
	if err := b.checkIndex(); err != nil {
		return err
	}
	if b.minor == 0 && !allZero(b.data[56:headerSize]) {
		return damaged("the header")
	}
	if err := b.checkStrings(); err != nil {
		return err
	}
	if err := b.checkKernels(); err != nil {
		return err
	}
	last := uint64(b.stringsEnd)
	for number := 0; number < b.NumContents(); number++ {
		if _, err := b.Content(number); err != nil {
			return err
		}
		place, _ := b.content(number)
		if place.offset < last {
			return damaged("the place of content %d", number)
		}
		if b.minor == 0 && (place.offset-last >= 8 || !allZero(b.data[last:place.offset]) ||
			!allZero(b.contents[number*contentSize+12:][:4])) {
			return damaged("the bytes before content %d", number)
		}
		last = place.end
	}
	if b.minor == 0 && last != uint64(len(b.data)) {
		return damaged("%d bytes after the last content", uint64(len(b.data))-last)
	}
	return nil
}

// ---- Machines ----

// number returns the number of a machine in the index.
func number(machine, class, data uint32) uint32 { return machine | class<<16 | data<<24 }

var (
	x8664 = number(62, 2, 1)
	i386  = number(3, 1, 1)
	arm   = number(40, 1, 1)
)

// The names of machines. The first name of each is that of `uname -m`; others are those of Debian and Go.
var machines = []struct {
	name   string
	number uint32
}{
	{"x86_64", x8664}, {"amd64", x8664},
	{"aarch64", number(183, 2, 1)}, {"arm64", number(183, 2, 1)}, {"armv8l", number(183, 2, 1)},
	{"i686", i386}, {"i586", i386}, {"i486", i386}, {"i386", i386}, {"386", i386},
	{"armv7l", arm}, {"arm", arm}, {"armhf", arm}, {"armel", arm},
	{"ppc64le", number(21, 2, 1)}, {"ppc64el", number(21, 2, 1)},
	{"ppc64", number(21, 2, 2)},
	{"riscv64", number(243, 2, 1)},
	{"loongarch64", number(258, 2, 1)}, {"loong64", number(258, 2, 1)},
	{"s390x", number(22, 2, 2)},
	{"mips64el", number(8, 2, 1)}, {"mips64le", number(8, 2, 1)},
	{"mips64", number(8, 2, 2)},
	{"sparc64", number(43, 2, 2)},
}

// MachineNumber returns the number in the index for a name as `uname -m` prints it, or for Debian's or Go's name. 0 if
// the name is unknown.
func MachineNumber(name string) uint32 {
	for _, known := range machines {
		if known.name == name {
			return known.number
		}
	}
	// armv5tel, armv5tejl, armv6l, armv7l, armv7hl, ...; those of big-endian kernels end with b.
	if len(name) > 4 && strings.HasPrefix(name, "armv") && name[4] >= '5' && name[4] <= '7' &&
		strings.HasSuffix(name, "l") {
		return arm
	}
	return 0
}

// MachineName returns the name that `uname -m` prints, for a log; "unknown" for a number that is not in the table.
func MachineName(number uint32) string {
	for _, known := range machines {
		if known.number == number {
			return known.name
		}
	}
	return "unknown"
}

// ---- The system ----

// The longest values that count, in bytes. A longer one is as absent, and is named in System.TooLong. A value is never
// cut.
const (
	maxValue     = 64  // of uname(2), ID and VERSION_ID
	maxIDLike    = 256 // of ID_LIKE
	maxOSRelease = 16384
)

// A System is the kernel and the distribution that BTF is wanted for. A value that is absent is "".
type System struct {
	Machine   string // uname -m, or another name that MachineNumber knows
	Release   string // uname -r
	Build     string // uname -v
	ID        string // ID, VERSION_ID and ID_LIKE in os-release, without quotes
	VersionID string
	IDLike    string

	TooLong        []string // names of the values that were too long, e.g. "ID_LIKE"
	OSReleaseError error    // why no os-release file was read; nil if one was read
}

func (s *System) String() string {
	text := strings.TrimSpace(s.Machine + " " + s.Release)
	if s.ID == "" {
		return text + ", unknown distribution"
	}
	return text + ", " + strings.TrimSpace(s.ID+" "+s.VersionID)
}

// set returns the value, or "" if it is too long or has a 0.
func (s *System) set(name, value string, longest int) string {
	if len(value) > longest {
		s.TooLong = append(s.TooLong, name)
		return ""
	}
	if strings.IndexByte(value, 0) >= 0 {
		return ""
	}
	return value
}

// NewSystem returns a system with the values of uname(2), which may be those of another machine, and without values of
// os-release.
func NewSystem(machine, release, build string) *System {
	s := &System{}
	s.Machine = s.set("machine", machine, maxValue)
	s.Release = s.set("release", release, maxValue)
	s.Build = s.set("build", build, maxValue)
	return s
}

// ReadSystem reads uname(2) and an os-release file. osRelease "" is /etc/os-release, and if it cannot be read
// /usr/lib/os-release; it is no error if the system has neither. In a container, give the path of the host's file:
// preferably usr/lib/os-release below the host's root, since etc/os-release is usually a symbolic link. After an error
// the values that could be read are set.
func ReadSystem(osRelease string) (*System, error) {
	var names syscall.Utsname
	if err := syscall.Uname(&names); err != nil {
		return &System{}, fmt.Errorf("uname: %w", err)
	}
	machine := cString(names.Machine[:])
	// uname(2) gives this name for both byte orders.
	if machine == "mips64" && (runtime.GOARCH == "mips64le" || runtime.GOARCH == "mipsle") {
		machine = "mips64el"
	}
	s := NewSystem(machine, cString(names.Release[:]), cString(names.Version[:]))
	if err := s.ReadOSRelease(osRelease); err != nil && osRelease != "" {
		return s, err
	}
	return s, nil
}

// cString returns the bytes before the first 0. Their type differs between architectures.
func cString[T int8 | uint8](chars []T) string {
	var text []byte
	for _, each := range chars {
		if each == 0 {
			break
		}
		text = append(text, byte(each))
	}
	return string(text)
}

// ReadOSRelease sets ID, VersionID and IDLike by a file, see ReadSystem. If no file can be read they become "".
func (s *System) ReadOSRelease(path string) error {
	paths := []string{path}
	if path == "" {
		paths = []string{"/etc/os-release", "/usr/lib/os-release"}
	}
	s.ParseOSRelease(nil)
	for _, path := range paths {
		var text []byte
		if text, s.OSReleaseError = readAtMost(path, maxOSRelease); s.OSReleaseError == nil {
			s.ParseOSRelease(text)
			break
		}
	}
	return s.OSReleaseError
}

// openRegular opens a regular file for reading. It never waits, as os.Open of a FIFO does. Directories, FIFOs and devices
// are errors.
func openRegular(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: path, Err: syscall.EINVAL}
		if info.IsDir() {
			err = &os.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
		}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func readAtMost(path string, size int64) ([]byte, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, size+1))
	if err == nil && int64(len(data)) > size {
		err = &os.PathError{Op: "read", Path: path, Err: syscall.EFBIG}
	}
	return data, err
}

// ParseOSRelease sets ID, VersionID and IDLike by the text of an os-release file. Values that the text does not have
// become "". Both kinds of quotes, backslashes and CR LF are understood; the last assignment wins; a value that is not
// one word of a shell is absent.
func (s *System) ParseOSRelease(text []byte) {
	var tooLong []string
	for _, name := range s.TooLong {
		if name != "ID" && name != "VERSION_ID" && name != "ID_LIKE" {
			tooLong = append(tooLong, name)
		}
	}
	s.TooLong = tooLong
	values := map[string]string{}
	// Editors on Windows write a byte order mark.
	for _, line := range strings.Split(strings.TrimPrefix(string(text), "\xef\xbb\xbf"), "\n") {
		name, value, ok := strings.Cut(strings.TrimLeft(strings.TrimSuffix(line, "\r"), blanks), "=")
		if ok {
			values[name] = unquote(value)
		}
	}
	s.ID = s.set("ID", values["ID"], maxValue)
	s.VersionID = s.set("VERSION_ID", values["VERSION_ID"], maxValue)
	s.IDLike = s.set("ID_LIKE", values["ID_LIKE"], maxIDLike)
}

const blanks = " \t"

// unquote removes quotes and backslashes, as a shell does. It returns "" if the text is not one word: a quote is not
// closed, a backslash ends the line, or something other than a comment follows the word.
func unquote(text string) string {
	var value []byte
	quote := byte(0)
	at := 0
	for ; at < len(text); at++ {
		c := text[at]
		if quote == 0 && strings.IndexByte(blanks, c) >= 0 {
			break
		}
		if quote == 0 && (c == '"' || c == '\'') {
			quote = c
			continue
		}
		if quote != 0 && c == quote {
			quote = 0
			continue
		}
		if c == '\\' && quote != '\'' {
			if at+1 == len(text) {
				return ""
			}
			// In double quotes, a backslash before any other byte is an ordinary byte.
			if quote == 0 || strings.IndexByte("$`\"\\", text[at+1]) >= 0 {
				at++
				c = text[at]
			}
		}
		value = append(value, c)
	}
	rest := strings.TrimLeft(text[at:], blanks)
	if quote != 0 || (rest != "" && rest[0] != '#') {
		return ""
	}
	return string(value)
}

// ---- The search ----

// Options of the search.
type Options struct {
	// Strict refuses ReleaseOnly: the only BTF for the release, where ID or VERSION_ID is another or unknown.
	Strict bool
	// Nearest: if the bundle does not have the release, takes the BTF of the next lower and the next higher release of the
	// same machine, ID, VERSION_ID and flavour, if both exist and have one BTF.
	Nearest bool
}

// A Match is BTF that was found.
type Match struct {
	Reason    Reason
	BTF       []byte // in the bundle
	CRC       uint32 // CRC-32 of BTF as the bundle states it
	Content   int    // number of the BTF
	Kernel    Kernel // a kernel with this BTF, the best one by rank
	SameBuild bool   // only kernels with the build of the system were considered
	AsX8664   bool   // the machine is i386 to i686, and the kernel is one for x86_64
	Above     Kernel // Nearest: a kernel of the next higher release; Kernel is one of the next lower release
}

func (m *Match) String() string {
	text := fmt.Sprintf("%s: %s: %v", m.Reason, m.Reason.Text(), m.Kernel)
	if m.Reason == Nearest {
		text += fmt.Sprintf(", %v", m.Above)
	}
	return text
}

// Check returns a *FormatError if the CRC of the BTF is wrong.
func (m *Match) Check() error {
	if crc32.ChecksumIEEE(m.BTF) != m.CRC {
		return damaged("the CRC of content %d", m.Content)
	}
	return nil
}

// A NotFoundError is returned if the bundle has no BTF for a system.
type NotFoundError struct {
	Reason     Reason // NoRelease, OtherDistro, Ambiguous, RefusedStrict or UnknownMachine
	System     System
	Considered []Kernel // the kernels between which the rules do not decide, or which RefusedStrict refuses
	Nearest    string   // why Options.Nearest gave no BTF; "" if it was not tried
	Below      *Kernel  // with Options.Nearest, a kernel of the next lower release; nil if there is none
	Above      *Kernel  // with Options.Nearest, a kernel of the next higher release; nil if there is none
}

func (e *NotFoundError) Error() string {
	text := fmt.Sprintf("no BTF for %v: %s: %s", &e.System, e.Reason, e.Reason.Text())
	for i, kernel := range e.Considered {
		separator := ", "
		if i == 0 {
			separator = ": "
		}
		text += fmt.Sprintf("%s%v (content %d)", separator, kernel, kernel.Content)
	}
	if e.Nearest != "" {
		text += "; nearest: " + e.Nearest
	}
	for i, kernel := range []*Kernel{e.Below, e.Above} {
		if kernel != nil {
			text += fmt.Sprintf("; %s: %v (content %d)", []string{"below", "above"}[i], *kernel, kernel.Content)
		}
	}
	return text
}

// lowerBound returns the number of the first kernel that is not before (machine, release) in the index.
func (b *Bundle) lowerBound(machine uint32, release string) (int, error) {
	low, high := 0, b.NumKernels()
	for low < high {
		middle := low + (high-low)/2
		entry := b.entry(middle)
		other := u32(entry, 0)
		isBefore := other < machine
		if other == machine {
			text, ok := b.text(entry[4:])
			if !ok {
				return 0, damaged("the release of kernel %d", middle)
			}
			isBefore = string(text) < release
		}
		if isBefore {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// findRelease returns the range of the kernels with this machine and release.
func (b *Bundle) findRelease(machine uint32, release string) (first, end int, err error) {
	if first, err = b.lowerBound(machine, release); err != nil {
		return 0, 0, err
	}
	for end = first; end < b.NumKernels(); end++ {
		entry := b.entry(end)
		if u32(entry, 0) != machine {
			break
		}
		text, ok := b.text(entry[4:])
		if !ok {
			return 0, 0, damaged("the release of kernel %d", end)
		}
		if string(text) != release {
			break
		}
	}
	return first, end, nil
}

// isDotPrefix returns true if one version is the start of the other, and a dot follows: 8 and 8.4.
func isDotPrefix(one, other string) bool {
	return strings.HasPrefix(one, other+".") || strings.HasPrefix(other, one+".")
}

// isSameMajor returns true if both versions have the same part before the first dot, and it is not empty.
func isSameMajor(one, other string) bool {
	major, _, _ := strings.Cut(one, ".")
	otherMajor, _, _ := strings.Cut(other, ".")
	return major != "" && major == otherMajor
}

// family returns the family of a distribution whose kernels have this release; "" if it has none.
func family(id, release string) string {
	switch id {
	case "rhel", "centos", "rocky", "almalinux":
		return "rhel"
	case "ol":
		// Oracle's own kernel (5.4.17-2136.el8uek) is not that of the family.
		if !strings.Contains(release, "uek") {
			return "rhel"
		}
	case "sles", "sles_sap", "opensuse-leap":
		return "sles"
	}
	return ""
}

// The ranks of kernels with one release, the best first. Word N of ID_LIKE, from 0, has rankIDLike + N.
const (
	noRank = iota
	rankExact
	rankVersionPrefix
	rankSameID
	rankFamily
	rankIDLike
)

func reasonOfRank(rank int) Reason {
	if rank >= rankIDLike {
		return IDLike
	}
	return []Reason{OtherDistro, Exact, VersionPrefix, SameID, Family}[rank]
}

// rank returns how well os-release fits to a kernel of the release.
func (s *System) rank(kernel Kernel) int {
	if s.ID != "" && s.ID == kernel.ID {
		if s.VersionID == kernel.VersionID {
			return rankExact
		}
		if isDotPrefix(s.VersionID, kernel.VersionID) {
			return rankVersionPrefix
		}
		return rankSameID
	}
	if own := family(s.ID, kernel.Release); own != "" && own == family(kernel.ID, kernel.Release) &&
		isSameMajor(s.VersionID, kernel.VersionID) {
		return rankFamily
	}
	isBlank := func(r rune) bool { return strings.ContainsRune(blanks, r) }
	for number, word := range strings.FieldsFunc(s.IDLike, isBlank) {
		if word == kernel.ID {
			return rankIDLike + number
		}
	}
	return noRank
}

// Find finds the BTF for a system. An error is a *NotFoundError or a *FormatError. The CRC of the BTF is not checked:
// Match.Check does that.
//
// The rules:
//  1. The machine's name is looked up in a table.
//  2. The kernels of this machine and release are considered; a release that only begins alike is another. For i386 to
//     i686 without such a kernel, those of x86_64.
//  3. If some of them have the system's build, the others are not considered.
//  4. If all have one BTF: Exact if one has the system's ID and VERSION_ID, otherwise ReleaseOnly.
//  5. Otherwise the first rank with a kernel counts: (a) ID and VERSION_ID; (b) ID, and one VERSION_ID is the start of
//     the other at a dot; (c) ID; (d) family and major version; (e) each word of ID_LIKE. No rank: OtherDistro.
//  6. If the kernels in this rank have one BTF, it is the answer. Otherwise Ambiguous.
func (b *Bundle) Find(s *System, options Options) (*Match, error) {
	machine := MachineNumber(s.Machine)
	if machine == 0 {
		return nil, &NotFoundError{Reason: UnknownMachine, System: *s}
	}
	if s.Release == "" {
		return nil, &NotFoundError{Reason: NoRelease, System: *s}
	}
	first, end, err := b.findRelease(machine, s.Release)
	asX8664 := false
	if err == nil && first == end && machine == i386 {
		first, end, err = b.findRelease(x8664, s.Release)
		asX8664 = first != end
	}
	if err != nil {
		return nil, err
	}
	if first == end && options.Nearest {
		return b.findNearest(s, machine)
	}
	if first == end {
		return nil, &NotFoundError{Reason: NoRelease, System: *s}
	}
	kernels := make([]Kernel, 0, end-first)
	for number := first; number < end; number++ {
		kernel, err := b.Kernel(number)
		if err != nil {
			return nil, err
		}
		kernels = append(kernels, kernel)
	}
	match, err := b.choose(s, options, kernels)
	if match != nil {
		match.AsX8664 = asX8664
	}
	return match, err
}

// filter returns the kernels that the function returns true for.
func filter(kernels []Kernel, takes func(Kernel) bool) []Kernel {
	var result []Kernel
	for _, kernel := range kernels {
		if takes(kernel) {
			result = append(result, kernel)
		}
	}
	return result
}

func haveOneContent(kernels []Kernel) bool {
	for _, kernel := range kernels {
		if kernel.Content != kernels[0].Content {
			return false
		}
	}
	return true
}

// choose does steps 3 to 6. The kernels have one machine and release, and are in the order of the index.
func (b *Bundle) choose(s *System, options Options, kernels []Kernel) (*Match, error) {
	ofBuild := filter(kernels, func(k Kernel) bool { return k.Build != "" && k.Build == s.Build })
	if len(ofBuild) > 0 {
		kernels = ofBuild
	}
	best := noRank
	for _, kernel := range kernels {
		if rank := s.rank(kernel); rank != noRank && (best == noRank || rank < best) {
			best = rank
		}
	}
	ofBest := filter(kernels, func(k Kernel) bool { return s.rank(k) == best })

	reason := reasonOfRank(best)
	if haveOneContent(kernels) && best != rankExact {
		reason = ReleaseOnly
		if options.Strict {
			reason = RefusedStrict
		}
	} else if !haveOneContent(ofBest) && best != noRank {
		reason = Ambiguous
		kernels = ofBest
	}
	if reason == RefusedStrict || reason == Ambiguous || reason == OtherDistro {
		return nil, &NotFoundError{Reason: reason, System: *s, Considered: kernels}
	}
	return b.match(Match{Reason: reason, Kernel: ofBest[0], SameBuild: len(ofBuild) > 0})
}

// match sets the BTF of the kernel.
func (b *Bundle) match(m Match) (*Match, error) {
	place, err := b.content(m.Kernel.Content)
	if err != nil {
		return nil, err
	}
	m.Content = m.Kernel.Content
	m.CRC = place.crc
	m.BTF = b.data[place.offset:place.end:place.end]
	return &m, nil
}

// ---- The nearest releases ----

// A release is divided into parts: a number is a run of digits; a word is a run of bytes that are neither digits nor
// one of . - _ + ~, which separate.
type part struct {
	text     string // "" if the release has ended; of a number, without leading zeros
	isNumber bool
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isSeparator(c byte) bool { return c == '.' || c == '-' || c == '_' || c == '+' || c == '~' }

// nextPart returns the first part, and what follows it.
func nextPart(release string) (part, string) {
	for release != "" && isSeparator(release[0]) {
		release = release[1:]
	}
	isNumber := release != "" && isDigit(release[0])
	end := 0
	for end < len(release) && isDigit(release[end]) == isNumber && !isSeparator(release[end]) {
		end++
	}
	text := release[:end]
	for isNumber && len(text) > 1 && text[0] == '0' {
		text = text[1:]
	}
	return part{text, isNumber}, release[end:]
}

// nextWord returns the first word, and what follows it.
func nextWord(release string) (string, string) {
	next, rest := nextPart(release)
	for next.isNumber {
		next, rest = nextPart(rest)
	}
	return next.text, rest
}

// isSameFlavour returns true if both releases have the same words: `generic` and `aws` are flavours, and `el` and
// `el uek`.
func isSameFlavour(one, other string) bool {
	for {
		var a, b string
		a, one = nextWord(one)
		b, other = nextWord(other)
		if a != b || a == "" {
			return a == b
		}
	}
}

// compareReleases compares releases of one flavour: numbers by their value; where only one release has a number, it is
// the higher. Returns a number below 0, 0, or a number above 0.
func compareReleases(one, other string) int {
	for {
		var a, b part
		a, one = nextPart(one)
		b, other = nextPart(other)
		switch {
		case a.isNumber && !b.isNumber:
			return 1
		case b.isNumber && !a.isNumber:
			return -1
		case !a.isNumber && (a.text == "" || b.text == ""):
			return 0
		case !a.isNumber: // equal words
		case len(a.text) != len(b.text):
			return len(a.text) - len(b.text)
		case a.text != b.text:
			return strings.Compare(a.text, b.text)
		}
	}
}

// findNearest searches the next lower and the next higher release.
func (b *Bundle) findNearest(s *System, machine uint32) (*Match, error) {
	failed := &NotFoundError{Reason: NoRelease, System: *s}
	if s.ID == "" || s.VersionID == "" {
		failed.Nearest = "ID or VERSION_ID is unknown"
		return nil, failed
	}
	if machine == i386 {
		failed.Nearest = "the kernel may be one for x86_64"
		return nil, failed
	}
	number, err := b.lowerBound(machine, "")
	if err != nil {
		return nil, err
	}
	// The kernels of the nearest release on each side, as far as they were read.
	var below, above []Kernel
	isSame := false
	for ; number < b.NumKernels() && u32(b.entry(number), 0) == machine; number++ {
		kernel, err := b.Kernel(number)
		if err != nil {
			return nil, err
		}
		if kernel.ID != s.ID || kernel.VersionID != s.VersionID || !isSameFlavour(kernel.Release, s.Release) {
			continue
		}
		switch order := compareReleases(kernel.Release, s.Release); {
		case order == 0:
			isSame = true
		case order < 0:
			below = nearer(below, kernel, 1)
		default:
			above = nearer(above, kernel, -1)
		}
	}
	if len(below) > 0 {
		failed.Below = &below[0]
	}
	if len(above) > 0 {
		failed.Above = &above[0]
	}
	switch {
	case isSame:
		failed.Nearest = "a release has the same numbers in another text"
	case len(below) == 0 && len(above) == 0:
		failed.Nearest = "no kernel of this machine, ID, VERSION_ID and flavour"
	case len(below) == 0:
		failed.Nearest = "no lower release of this machine, ID, VERSION_ID and flavour"
	case len(above) == 0:
		failed.Nearest = "no higher release of this machine, ID, VERSION_ID and flavour"
	case !haveOneContent(append(append([]Kernel{}, below...), above...)):
		failed.Nearest = "the releases on both sides have different BTF"
	default:
		return b.match(Match{Reason: Nearest, Kernel: below[0], Above: above[0]})
	}
	return nil, failed
}

// nearer adds a kernel of the same release, and replaces all by one that is nearer. direction is 1 if higher releases
// are nearer, and -1 if lower releases are.
func nearer(side []Kernel, kernel Kernel, direction int) []Kernel {
	if len(side) == 0 {
		return []Kernel{kernel}
	}
	switch order := compareReleases(kernel.Release, side[0].Release) * direction; {
	case order == 0:
		return append(side, kernel)
	case order > 0:
		return []Kernel{kernel}
	}
	return side
}

// ---- BTF for the running kernel ----

const kernelBTF = "/sys/kernel/btf/vmlinux"

// LoadOptions of Load. The zero value is right for most programs.
type LoadOptions struct {
	Options
	BTF       string  // the path of a file with BTF, raw or in an ELF file, that the user gave; "": none
	OSRelease string  // the path of an os-release file, see ReadSystem
	System    *System // nil: the running system; otherwise OSRelease is not read
	// IgnoreKernelBTF: the kernel's own BTF is not looked for. cilium/ebpf 0.9 cannot read the BTF of Linux 6.0 and newer,
	// which has ENUM64; it can read reduced BTF without.
	IgnoreKernelBTF bool
}

// A Source is BTF for a kernel. Its String is for a log.
type Source struct {
	// Reader is an argument for btf.LoadSpecFromReader, whose result is for ebpf.ProgramOptions.KernelTypes. It is nil if
	// Reason is KernelBTF: leave KernelTypes nil then, and cilium/ebpf reads the kernel's own BTF.
	Reader io.ReaderAt
	Reason Reason
	Path   string  // UserPath and KernelBTF: the file; otherwise ""
	Match  *Match  // what was found in the bundle; nil if Path is not ""
	System *System // nil if Path is not ""
}

func (s *Source) String() string {
	if s.Match == nil {
		return fmt.Sprintf("%s: %s: %s", s.Reason, s.Reason.Text(), s.Path)
	}
	text := s.Match.String()
	if s.Reason != Exact {
		text += fmt.Sprintf("; the system: %v", s.System)
	}
	if s.System.OSReleaseError != nil {
		text += fmt.Sprintf("; os-release: %v", s.System.OSReleaseError)
	}
	return text
}

// Close closes the file that the user named. Reader cannot be used afterwards.
func (s *Source) Close() error {
	if file, ok := s.Reader.(*os.File); ok {
		return file.Close()
	}
	return nil
}

// Load finds BTF for this system, in this order:
//  1. UserPath: the file options.BTF. It must be a regular file that can be read: a path that the user gave is never
//     replaced by another.
//  2. KernelBTF: the kernel's own BTF, /sys/kernel/btf/vmlinux.
//  3. The bundle, as Find does. The CRCs of the index and of the BTF are checked.
//
// An os-release file that cannot be read is as absent, see System.OSReleaseError. An error is a *NotFoundError, a
// *FormatError, or one of the operating system. The bytes of the bundle must not change while the source is used.
func Load(data []byte, options LoadOptions) (*Source, error) {
	if options.BTF != "" {
		file, err := openRegular(options.BTF)
		if err != nil {
			return nil, err
		}
		return &Source{Reader: file, Reason: UserPath, Path: options.BTF}, nil
	}
	if !options.IgnoreKernelBTF {
		if file, err := openRegular(kernelBTF); err == nil {
			return &Source{Reason: KernelBTF, Path: kernelBTF}, file.Close()
		}
	}
	system := options.System
	if system == nil {
		var err error
		if system, err = ReadSystem(options.OSRelease); err != nil && system.Release == "" {
			return nil, err
		}
	}
	b, err := Open(data)
	if err != nil {
		return nil, err
	}
	if err := b.checkIndex(); err != nil {
		return nil, err
	}
	match, err := b.Find(system, options.Options)
	if err != nil {
		return nil, err
	}
	if err := match.Check(); err != nil {
		return nil, err
	}
	return &Source{Reader: bytes.NewReader(match.BTF), Reason: match.Reason, Match: match, System: system}, nil
}
