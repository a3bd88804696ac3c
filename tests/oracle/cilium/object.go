// SPDX-License-Identifier: BSD-2-Clause

package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"sort"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

type byteOrder = binary.ByteOrder

const kindTypeMatches = 12 // cilium/ebpf does not support it

type relocation struct {
	relocation *btf.CORERelocation
	kind       uint32
	typeID     uint32
	typeName   string
	access     string
}

type function struct {
	name        string
	relocations []int // indices
}

// object has the relocations of a BPF object.
type object struct {
	spec        *btf.Spec
	order       elf.Data
	relocations []relocation
	functions   []function
}

func orderOf(data elf.Data) byteOrder {
	if data == elf.ELFDATA2MSB {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// record is a struct bpf_core_relo of the kernel.
type record struct{ Insn, Type, Access, Kind uint32 }

type recordsOfSection struct {
	name    uint32 // offset in the strings
	records []record
}

// readRecords reads the CO-RE records of the section .BTF.ext.
func readRecords(ext []byte, order byteOrder) ([]recordsOfSection, error) {
	if len(ext) < 32 || order.Uint32(ext[4:]) < 32 {
		return nil, nil
	}
	start := uint64(order.Uint32(ext[4:])) + uint64(order.Uint32(ext[24:]))
	end := start + uint64(order.Uint32(ext[28:]))
	if end > uint64(len(ext)) {
		return nil, fmt.Errorf("the records end behind the section")
	}
	data := ext[start:end]
	if len(data) < 4 {
		return nil, nil
	}
	if order.Uint32(data) != 16 {
		return nil, fmt.Errorf("records of %d bytes", order.Uint32(data))
	}
	var sections []recordsOfSection
	for data = data[4:]; len(data) >= 8; {
		section := recordsOfSection{name: order.Uint32(data), records: make([]record, order.Uint32(data[4:]))}
		reader := bytes.NewReader(data[8:])
		if err := binary.Read(reader, order, section.records); err != nil {
			return nil, err
		}
		data = data[len(data)-reader.Len():]
		sections = append(sections, section)
	}
	return sections, nil
}

// supported returns the records of kinds that cilium/ebpf knows.
func supported(records []record) []record {
	var known []record
	for _, each := range records {
		if each.Kind < kindTypeMatches {
			known = append(known, each)
		}
	}
	return known
}

// extOf returns a section .BTF.ext with the records only. The Nth record of a section is for its Nth instruction: the
// records of an object may have one instruction more than once.
func extOf(sections []recordsOfSection, order byteOrder) []byte {
	var records bytes.Buffer
	put := func(value interface{}) { _ = binary.Write(&records, order, value) }
	put(uint32(16))
	for _, section := range sections {
		put([2]uint32{section.name, uint32(len(section.records))})
		for i, each := range section.records {
			put(record{Insn: uint32(i) * asm.InstructionSize, Type: each.Type, Access: each.Access, Kind: each.Kind})
		}
	}
	var ext bytes.Buffer
	const funcInfoSize, lineInfoSize = 8, 16
	_ = binary.Write(&ext, order, struct {
		Magic          uint16
		Version, Flags uint8
		Numbers        [9]uint32
	}{0xeb9f, 1, 0, [9]uint32{32, 0, 4, 4, 4, 8, uint32(records.Len()), funcInfoSize, lineInfoSize}})
	ext.Write(records.Bytes())
	return ext.Bytes()
}

// elfOf returns an ELF file that has BTF and nothing else. The BTF of the objects themselves may refer to maps and
// variables that cilium/ebpf does not support.
func elfOf(raw, ext []byte, class elf.Class, data elf.Data) []byte {
	const headerSize, sectionSize = 64, 64
	names := "\x00.BTF\x00.BTF.ext\x00.strtab\x00.symtab\x00"
	symbols := make([]byte, 24)
	order := orderOf(data)
	contents := [][]byte{raw, ext, []byte(names), symbols}
	sections := []elf.Section64{{}}
	offset := uint64(headerSize)
	for i, each := range contents {
		section := elf.Section64{Type: uint32(elf.SHT_PROGBITS), Off: offset, Size: uint64(len(each)), Addralign: 1}
		section.Name = uint32([]int{1, 6, 15, 23}[i])
		switch i {
		case 2:
			section.Type = uint32(elf.SHT_STRTAB)
		case 3:
			section.Type, section.Link, section.Entsize, section.Info = uint32(elf.SHT_SYMTAB), 3, 24, 1
		}
		sections = append(sections, section)
		offset += section.Size
	}
	header := elf.Header64{Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_BPF), Version: 1, Shoff: offset, Ehsize: headerSize,
		Shentsize: sectionSize, Shnum: uint16(len(sections)), Shstrndx: 3}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA], header.Ident[elf.EI_VERSION] = byte(class), byte(data), 1
	var file bytes.Buffer
	_ = binary.Write(&file, order, header)
	for _, each := range contents {
		file.Write(each)
	}
	_ = binary.Write(&file, order, sections)
	return file.Bytes()
}

// functionsOf returns the functions of the symbol table with the indices of their relocations, and for relocations
// outside of all functions one function for each section.
func functionsOf(file *elf.File, sections []recordsOfSection, names func(uint32) string) []function {
	symbols, _ := file.Symbols() // an object without symbols has an error
	indices := make(map[string][]int)
	index := 0
	for _, section := range sections {
		sectionName := names(section.name)
		for _, each := range section.records {
			name := sectionName
			for _, symbol := range symbols {
				inside := symbol.Value <= uint64(each.Insn) && uint64(each.Insn) < symbol.Value+symbol.Size
				if elf.ST_TYPE(symbol.Info) == elf.STT_FUNC && inside && int(symbol.Section) < len(file.Sections) &&
					file.Sections[symbol.Section].Name == sectionName {
					name = sectionName + "/" + symbol.Name
				}
			}
			indices[name] = append(indices[name], index)
			index++
		}
	}
	var functions []function
	for name, of := range indices {
		functions = append(functions, function{name, of})
	}
	sort.Slice(functions, func(i, j int) bool { return functions[i].name < functions[j].name })
	return functions
}

func readObject(path string) (*object, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var raw, ext []byte
	if section := file.Section(".BTF"); section != nil {
		if raw, err = section.Data(); err != nil {
			return nil, err
		}
	}
	if section := file.Section(".BTF.ext"); section != nil {
		if ext, err = section.Data(); err != nil {
			return nil, err
		}
	}
	order := orderOf(file.Data)
	types, err := parseTypes(raw, order)
	if err != nil {
		return nil, err
	}
	sections, err := readRecords(ext, order)
	if err != nil {
		return nil, err
	}
	var used []recordsOfSection
	for _, section := range sections {
		if section.records = supported(section.records); len(section.records) > 0 {
			used = append(used, section)
		}
	}
	image := elfOf(types.known(), extOf(used, order), elf.ELFCLASS64, file.Data)
	spec, infos, err := btf.LoadSpecAndExtInfosFromReader(bytes.NewReader(image))
	if err != nil {
		return nil, err
	}
	of := &object{spec: spec, order: file.Data, functions: functionsOf(file, used, types.name)}
	for _, section := range used {
		instructions := make(asm.Instructions, len(section.records))
		for i := range instructions {
			instructions[i] = asm.Mov.Imm(asm.R0, 0)
		}
		infos.Assign(instructions, types.name(section.name))
		for i, each := range section.records {
			found := btf.CORERelocationMetadata(&instructions[i])
			if found == nil {
				return nil, fmt.Errorf("record %d has no relocation", i)
			}
			of.relocations = append(of.relocations, relocation{found, each.Kind, each.Type, types.typeName(each.Type), types.name(each.Access)})
		}
	}
	return of, nil
}

func readTarget(path string) (*btf.Spec, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err == nil {
		return spec, nil
	}
	// This version may not know all kinds of types.
	order := byteOrder(binary.LittleEndian)
	if len(raw) > 0 && raw[0] == 0xeb {
		order = binary.BigEndian
	}
	types, parseError := parseTypes(raw, order)
	if parseError != nil {
		return nil, err
	}
	return btf.LoadSpecFromReader(bytes.NewReader(types.known()))
}
