// SPDX-License-Identifier: BSD-2-Clause

// Reduces the BTF of a kernel to what a BPF object needs: reduce KERNEL OBJECT OUTPUT
package main

// #cgo pkg-config: minbtf
// #include <minbtf/minbtf.h>
// #include <stdlib.h>
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// failure takes an error of the library.
func failure(err *C.struct_minbtf_error) error {
	defer C.minbtf_error_free(err)
	return errors.New(C.GoString(C.minbtf_error_message(err)))
}

// newPlan returns a plan for the objects, which the caller frees.
func newPlan(objects ...string) (*C.struct_minbtf_plan, error) {
	var err *C.struct_minbtf_error
	builder := C.minbtf_plan_builder_new(&err)
	if builder == nil {
		return nil, failure(err)
	}
	defer C.minbtf_plan_builder_free(builder)
	for _, path := range objects {
		name := C.CString(path)
		object := C.minbtf_object_from_file(name, &err)
		C.free(unsafe.Pointer(name))
		if object == nil {
			return nil, failure(err)
		}
		result := C.minbtf_plan_builder_add_object(builder, object, &err)
		C.minbtf_object_free(object)
		if result < 0 {
			return nil, failure(err)
		}
	}
	plan := C.minbtf_plan_builder_build(builder, &err)
	if plan == nil {
		return nil, failure(err)
	}
	return plan, nil
}

// minimize returns the reduced BTF of a kernel. Any number of goroutines may use the same plan.
func minimize(plan *C.struct_minbtf_plan, kernel string) ([]byte, error) {
	var err *C.struct_minbtf_error
	name := C.CString(kernel)
	defer C.free(unsafe.Pointer(name))
	btf := C.minbtf_btf_from_file(name, &err)
	if btf == nil {
		return nil, failure(err)
	}
	defer C.minbtf_btf_free(btf)
	reduction := C.minbtf_plan_minimize(plan, btf, &err)
	if reduction == nil {
		return nil, failure(err)
	}
	defer C.minbtf_reduction_free(reduction)
	bytes := unsafe.Slice((*byte)(C.minbtf_reduction_bytes(reduction)), C.minbtf_reduction_size(reduction))
	return append([]byte(nil), bytes...), nil
}

func run(kernel, object, output string) error {
	plan, err := newPlan(object)
	if err != nil {
		return err
	}
	defer C.minbtf_plan_free(plan)
	reduced, err := minimize(plan, kernel)
	if err != nil {
		return err
	}
	return os.WriteFile(output, reduced, 0o666)
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: reduce KERNEL OBJECT OUTPUT")
		os.Exit(1)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
