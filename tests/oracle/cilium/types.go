// SPDX-License-Identifier: BSD-2-Clause

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Kinds of types, as in the kernel's enum btf_kind.
const (
	kindInt       = 1
	kindArray     = 3
	kindStruct    = 4
	kindUnion     = 5
	kindEnum      = 6
	kindConst     = 10
	kindFuncProto = 13
	kindVar       = 14
	kindDatasec   = 15
	kindDeclTag   = 17
	kindTypeTag   = 18
	kindEnum64    = 19
)

const typeSize = 12

// rawTypes are the types and strings of raw BTF.
type rawTypes struct {
	order   byteOrder
	types   [][]byte // the type with the id 1 is the first
	strings []byte
}

// bytesBehind returns the number of bytes that follow the 12 bytes of a type.
func bytesBehind(kind, vlen uint32) uint32 {
	switch kind {
	case kindInt, kindVar, kindDeclTag:
		return 4
	case kindArray:
		return 12
	case kindStruct, kindUnion, kindDatasec, kindEnum64:
		return 12 * vlen
	case kindEnum, kindFuncProto:
		return 8 * vlen
	}
	return 0
}

func parseTypes(raw []byte, order byteOrder) (*rawTypes, error) {
	const headerSize = 24
	if len(raw) < headerSize {
		return nil, fmt.Errorf("no BTF")
	}
	start := uint64(order.Uint32(raw[4:]))
	types, typesLength := start+uint64(order.Uint32(raw[8:])), uint64(order.Uint32(raw[12:]))
	strings, stringsLength := start+uint64(order.Uint32(raw[16:])), uint64(order.Uint32(raw[20:]))
	if types+typesLength > uint64(len(raw)) || strings+stringsLength > uint64(len(raw)) {
		return nil, fmt.Errorf("damaged header of BTF")
	}
	out := &rawTypes{order: order, strings: raw[strings : strings+stringsLength]}
	for rest := raw[types : types+typesLength]; len(rest) >= typeSize; {
		info := order.Uint32(rest[4:])
		size := typeSize + bytesBehind(info>>24&0x1f, info&0xffff)
		if uint64(size) > uint64(len(rest)) {
			return nil, fmt.Errorf("damaged types of BTF")
		}
		out.types = append(out.types, rest[:size])
		rest = rest[size:]
	}
	return out, nil
}

func (t *rawTypes) name(offset uint32) string {
	if uint64(offset) >= uint64(len(t.strings)) {
		return ""
	}
	rest := t.strings[offset:]
	if end := bytes.IndexByte(rest, 0); end >= 0 {
		rest = rest[:end]
	}
	return string(rest)
}

func (t *rawTypes) typeName(id uint32) string {
	if id == 0 || uint64(id) > uint64(len(t.types)) {
		return ""
	}
	return t.name(t.order.Uint32(t.types[id-1]))
}

// known returns raw BTF in which kinds of types that old versions do not know, and sections of variables, are replaced.
// Type ids stay. cilium/ebpf 0.10 and later treat the replaced kinds in the same way as the kinds that replace them:
// a TYPE_TAG is skipped as a CONST, and an ENUM64 is an enumeration, of whose values a relocation takes the low half.
func (t *rawTypes) known() []byte {
	var types bytes.Buffer
	for _, each := range t.types {
		types.Write(t.knownType(each))
	}
	var raw bytes.Buffer
	_ = binary.Write(&raw, t.order, struct {
		Magic          uint16
		Version, Flags uint8
		Numbers        [5]uint32
	}{0xeb9f, 1, 0, [5]uint32{24, 0, uint32(types.Len()), uint32(types.Len()), uint32(len(t.strings))}})
	raw.Write(types.Bytes())
	raw.Write(t.strings)
	return raw.Bytes()
}

func (t *rawTypes) knownType(of []byte) []byte {
	info := t.order.Uint32(of[4:])
	vlen := info & 0xffff
	head := func(name, newInfo, size uint32) []byte {
		out := make([]byte, typeSize)
		for i, word := range []uint32{name, newInfo, size} {
			t.order.PutUint32(out[4*i:], word)
		}
		return out
	}
	switch info >> 24 & 0x1f {
	case kindTypeTag:
		return head(0, kindConst<<24, t.order.Uint32(of[8:]))
	case kindDeclTag: // a variable without a name
		return append(head(0, kindVar<<24, t.order.Uint32(of[8:])), 0, 0, 0, 0)
	case kindDatasec: // without its variables
		return head(0, kindDatasec<<24, 4)
	case kindEnum64:
		out := head(t.order.Uint32(of), kindEnum<<24|info&0x8000ffff, t.order.Uint32(of[8:]))
		for i := uint32(0); i < vlen; i++ {
			out = append(out, of[typeSize+12*i:typeSize+12*i+8]...)
		}
		return out
	}
	return of
}
