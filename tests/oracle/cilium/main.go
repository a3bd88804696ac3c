// SPDX-License-Identifier: BSD-2-Clause

// Prints what cilium/ebpf decides for the CO-RE relocations of BPF objects on the BTF of kernels.
//
// Each line of standard input is a job: the path of a file with raw BTF, a tab, and the path of an object. For each
// job a line "job" is printed, and then a line for each decision, with tabs between the fields:
//
//	alone     KIND TYPE ACCESS               DECISION    of a relocation that is resolved by itself
//	together  SECTION/FUNCTION N  KIND       DECISION    of the Nth relocation of a function, resolved with the others
//	failed    SECTION/FUNCTION               DECISION    of a function for which cilium/ebpf has no result
//
// cilium/ebpf chooses one candidate for all relocations of a program with the same local type. This is why both are
// printed. DECISION is "LOCAL->TARGET", "poison", or "error: " and a text. A target that is a type id is printed as the
// kind and the name of the type.
package main

import (
	"bufio"
	"debug/elf"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/cilium/ebpf/btf"
)

const kindTypeIDTarget = 7

// relocate calls the resolver of any version of cilium/ebpf.
func relocate(local, target *btf.Spec, relocations []*btf.CORERelocation, order elf.Data) (fixups []btf.COREFixup, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	var resolver interface{} = btf.CORERelocate
	switch f := resolver.(type) {
	case func(*btf.Spec, *btf.Spec, []*btf.CORERelocation) ([]btf.COREFixup, error):
		return f(local, target, relocations)
	case func(*btf.Spec, *btf.Spec, []*btf.CORERelocation, byteOrder) ([]btf.COREFixup, error):
		return f(local, target, relocations, orderOf(order))
	case func([]*btf.CORERelocation, *btf.Spec, byteOrder) ([]btf.COREFixup, error):
		return f(relocations, target, orderOf(order))
	}
	fmt.Fprintf(os.Stderr, "btf.CORERelocate has an unknown type: %T\n", resolver)
	os.Exit(2)
	return nil, nil
}

// decision returns a fixup as text. Its fields are not exported.
func decision(fixup *btf.COREFixup, target *btf.Spec, kind uint32) string {
	fields := reflect.ValueOf(fixup).Elem()
	if fields.FieldByName("poison").Bool() {
		return "poison"
	}
	value := fields.FieldByName("target").Uint()
	if kind == kindTypeIDTarget {
		if typ, err := target.TypeByID(btf.TypeID(value)); err == nil {
			return fmt.Sprintf("%T %s", typ, typ.TypeName())
		}
	}
	return fmt.Sprintf("%d->%d", fields.FieldByName("local").Uint(), value)
}

func oneLine(err error) string {
	return "error: " + strings.NewReplacer("\n", " ", "\t", " ").Replace(err.Error())
}

func printAlone(out *bufio.Writer, object *object, target *btf.Spec) {
	printed := make(map[string]bool)
	for _, each := range object.relocations {
		question := fmt.Sprintf("%d\t%s [%d]\t%s", each.kind, each.typeName, each.typeID, each.access)
		if printed[question] {
			continue
		}
		printed[question] = true
		fixups, err := relocate(object.spec, target, []*btf.CORERelocation{each.relocation}, object.order)
		answer := ""
		if err != nil {
			answer = oneLine(err)
		} else {
			answer = decision(&fixups[0], target, each.kind)
		}
		fmt.Fprintf(out, "alone\t%s\t%s\n", question, answer)
	}
}

func printTogether(out *bufio.Writer, object *object, target *btf.Spec) {
	for _, function := range object.functions {
		var relocations []*btf.CORERelocation
		for _, index := range function.relocations {
			relocations = append(relocations, object.relocations[index].relocation)
		}
		fixups, err := relocate(object.spec, target, relocations, object.order)
		if err != nil {
			fmt.Fprintf(out, "failed\t%s\t%s\n", function.name, oneLine(err))
			continue
		}
		for i, index := range function.relocations {
			kind := object.relocations[index].kind
			fmt.Fprintf(out, "together\t%s\t%d\t%d\t%s\n", function.name, i, kind, decision(&fixups[i], target, kind))
		}
	}
}

func check(err error, path string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
		os.Exit(2)
	}
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	objects := make(map[string]*object)
	var target *btf.Spec
	lastTarget := ""
	jobs := bufio.NewScanner(os.Stdin)
	for jobs.Scan() {
		paths := strings.Split(jobs.Text(), "\t")
		if len(paths) != 2 {
			check(fmt.Errorf("is no job"), jobs.Text())
		}
		if paths[0] != lastTarget {
			spec, err := readTarget(paths[0])
			check(err, paths[0])
			target, lastTarget = spec, paths[0]
		}
		of, found := objects[paths[1]]
		if !found {
			read, err := readObject(paths[1])
			check(err, paths[1])
			of, objects[paths[1]] = read, read
		}
		fmt.Fprintf(out, "job\n")
		printAlone(out, of, target)
		printTogether(out, of, target)
	}
	check(jobs.Err(), "standard input")
	check(out.Flush(), "standard output")
}
