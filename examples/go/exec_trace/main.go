// SPDX-License-Identifier: BSD-2-Clause

// Reports each successful execve(), on kernels with BTF and on kernels without it: examples/exec_trace.bpf.c, loaded
// with github.com/cilium/ebpf. The program carries the BPF object, and a bundle with the BTF that the object needs.
//
//	exec_trace [OPTION...] [COMMAND [ARGUMENT...]]
//
// With COMMAND, the program runs it, prints its execve() and ends. Otherwise it runs until it is interrupted. It prints
// first which BTF it uses, and why.
//
// To build it with a bundle of the kernels in KERNELS (a directory, or the BTF of one kernel):
//
//	mkdir -p go/src/exec_trace/bundle
//	cp examples/go/bundle.go go/src/exec_trace/bundle/
//	cp examples/go/exec_trace/main.go go/src/exec_trace/
//	clang -target bpf -g -O2 -c examples/exec_trace.bpf.c -o go/src/exec_trace/exec_trace.bpf.o
//	min-btf gen KERNELS go/src/exec_trace/exec_trace.bundle go/src/exec_trace/exec_trace.bpf.o
//
// With Debian's golang-github-cilium-ebpf-dev:
//
//	GO111MODULE=off GOPATH=$PWD/go:/usr/share/gocode go build exec_trace
//
// As a module, with a newer cilium/ebpf:
//
//	cd go/src/exec_trace && go mod init exec_trace && go mod tidy && go build
package main

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	"github.com/cilium/ebpf/rlimit"

	"exec_trace/bundle"
)

// exec_trace.bpf.c, compiled.
//
//go:embed exec_trace.bpf.o
var object []byte

// The BTF of many kernels, reduced to what exec_trace.bpf.o needs.
//
//go:embed exec_trace.bundle
var btfs []byte

func main() {
	log.SetFlags(0)
	log.SetPrefix("exec_trace: ")
	var options bundle.LoadOptions
	flag.StringVar(&options.BTF, "btf", "", "BTF of the running kernel: raw, or an ELF file with .BTF")
	flag.StringVar(&options.OSRelease, "os-release", "", "os-release of the host (default /etc/os-release)")
	flag.BoolVar(&options.Nearest, "nearest", false, "accept the releases on both sides if their BTF is equal")
	flag.BoolVar(&options.Strict, "strict", false, "refuse BTF of another distribution's kernel with this release")
	flag.BoolVar(&options.IgnoreKernelBTF, "ignore-kernel-btf", false,
		"do not use the kernel's own BTF (cilium/ebpf 0.9 cannot read that of Linux 6.0 and newer)")
	relocations := flag.Bool("relocations", false, "print what CO-RE relocations changed in the loaded program")
	flag.Parse()
	if err := trace(options, *relocations, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func trace(options bundle.LoadOptions, relocations bool, command []string) error {
	// Kernels before 5.11 count the memory of maps as locked memory.
	if err := rlimit.RemoveMemlock(); err != nil {
		return err
	}
	source, err := bundle.Load(btfs, options)
	if err != nil {
		return err
	}
	defer source.Close()
	fmt.Println("BTF:", source)

	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		return err
	}
	var types *btf.Spec // nil: cilium/ebpf uses the kernel's own BTF
	if source.Reader != nil {
		if types, err = btf.LoadSpecFromReader(source.Reader); err != nil {
			return fmt.Errorf("%v: %w", source, err)
		}
	}
	loaded, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{
		Programs: ebpf.ProgramOptions{KernelTypes: types},
	})
	if err != nil {
		return err
	}
	defer loaded.Close()
	program := loaded.Programs["trace_exec"]
	fmt.Println("loaded:", program)
	if relocations {
		if err := printRelocations(spec.Programs["trace_exec"], program); err != nil {
			return err
		}
	}

	events, err := ringbuf.NewReader(loaded.Maps["events"])
	if err != nil {
		return err
	}
	defer events.Close()
	tracepoint, err := link.AttachRawTracepoint(link.RawTracepointOptions{
		Name:    "sched_process_exec",
		Program: program,
	})
	if err != nil {
		return err
	}
	defer tracepoint.Close()
	if len(command) > 0 {
		return traceCommand(events, spec.ByteOrder, command)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		events.Close()
	}()
	return printEvents(events, spec.ByteOrder, "")
}

// Runs the command, and prints its execve().
func traceCommand(events *ringbuf.Reader, order binary.ByteOrder, arguments []string) error {
	command := exec.Command(arguments[0], arguments[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		return err
	}
	timer := time.AfterFunc(10*time.Second, func() { events.Close() })
	defer timer.Stop()
	err := printEvents(events, order, command.Path)
	if waited := command.Wait(); err == nil {
		err = waited
	}
	return err
}

// struct event of exec_trace.bpf.c.
type event struct {
	PID          int32
	ParentPID    int32
	PIDNamespace uint32
	ParentComm   [16]byte
	Filename     [128]byte
}

// Prints the events: only the first of the file, or all if it is "". Returns nil when that one is printed, or when the
// reader of all is closed. The file is compared, and not the id of the process: the event has the id in the initial PID
// namespace, which is another than that of a container.
func printEvents(events *ringbuf.Reader, order binary.ByteOrder, file string) error {
	for {
		record, err := events.Read()
		if errors.Is(err, ringbuf.ErrClosed) {
			if file == "" {
				return nil
			}
			return fmt.Errorf("no execve() of %s seen in 10 seconds", file)
		}
		if err != nil {
			return err
		}
		var seen event
		if err := binary.Read(bytes.NewReader(record.RawSample), order, &seen); err != nil {
			return err
		}
		if file != "" && text(seen.Filename[:]) != file {
			continue
		}
		fmt.Printf("exec: %s: process %d, parent %d (%s), PID namespace %d\n", text(seen.Filename[:]), seen.PID,
			seen.ParentPID, text(seen.ParentComm[:]), seen.PIDNamespace)
		if file != "" {
			return nil
		}
	}
}

// Prints the value of each CO-RE relocation in the object, and in the program as the kernel has it.
func printRelocations(spec *ebpf.ProgramSpec, program *ebpf.Program) error {
	info, err := program.Info()
	if err != nil {
		return err
	}
	loaded, err := info.Instructions()
	if err != nil {
		return err
	}
	if len(loaded) != len(spec.Instructions) {
		return fmt.Errorf("the kernel rewrote %s: it has %d instructions in place of %d", spec.Name, len(loaded),
			len(spec.Instructions))
	}
	for number, before := range spec.Instructions {
		if btf.CORERelocationMetadata(&before) == nil {
			continue
		}
		from, to := before.Constant, loaded[number].Constant
		if from == to { // the instruction loads or stores: the value is its offset
			from, to = int64(before.Offset), int64(loaded[number].Offset)
		}
		fmt.Printf("relocation: %s instruction %d: %d -> %d\n", spec.Name, number, from, to)
	}
	return nil
}

// Returns the bytes before the first NUL.
func text(bytes []byte) string {
	for i, each := range bytes {
		if each == 0 {
			return string(bytes[:i])
		}
	}
	return string(bytes)
}
