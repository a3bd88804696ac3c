// SPDX-License-Identifier: BSD-2-Clause

// Looks up kernels in a bundle with examples/go/bundle.go. lookup.c has the same interface, describes it, and prints
// the same lines.
//
//	lookup load BUNDLE OS_RELEASE [FILE]
//
// prints the reason, the size and the CRC-32 of the BTF that bundle.Load returns for the running kernel, without the
// kernel's own BTF. FILE is BTF that the user gave.
//
// Tests build it in a module of its own, with bundle.go in the directory bundle.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"strings"

	"lookup/bundle"
)

type query struct {
	system  *bundle.System
	options bundle.Options
}

func fail(what, why interface{}) {
	fmt.Fprintf(os.Stderr, "lookup: %v: %v\n", what, why)
	os.Exit(2)
}

func readQueries(input io.Reader) []query {
	var queries []query
	lines := bufio.NewScanner(input)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 5 {
			fail(lines.Text(), "not five fields")
		}
		each := query{system: bundle.NewSystem(fields[0], fields[1], fields[2])}
		if fields[3] != "" {
			// A file that cannot be read is as absent.
			_ = each.system.ReadOSRelease(fields[3])
		}
		switch fields[4] {
		case "":
		case "strict":
			each.options.Strict = true
		case "nearest":
			each.options.Nearest = true
		case "strict,nearest":
			each.options = bundle.Options{Strict: true, Nearest: true}
		default:
			fail(fields[4], "unknown flags")
		}
		queries = append(queries, each)
	}
	if err := lines.Err(); err != nil {
		fail("queries", err)
	}
	return queries
}

// reasonOf returns the reason in an error of the package.
func reasonOf(err error) string {
	var format *bundle.FormatError
	var notFound *bundle.NotFoundError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &format):
		return string(format.Reason)
	case errors.As(err, &notFound):
		return string(notFound.Reason)
	}
	fail("an error of another type", err)
	return ""
}

func answer(b *bundle.Bundle, q query, separator string) string {
	match, err := b.Find(q.system, q.options)
	if err != nil {
		return reasonOf(err)
	}
	return fmt.Sprintf("%s%s%d%s%d%s%08x", match.Reason, separator, match.Content, separator, len(match.BTF), separator,
		crc32.ChecksumIEEE(match.BTF))
}

func findAll(output io.Writer, data []byte, queries []query) {
	b, err := bundle.Open(data)
	for _, each := range queries {
		line := reasonOf(err)
		if err == nil {
			line = answer(b, each, "\t")
		}
		fmt.Fprintln(output, line)
	}
}

// Calls also the functions whose results are not printed.
func visitKernels(b *bundle.Bundle) {
	for number := 0; number < b.NumKernels(); number++ {
		if kernel, err := b.Kernel(number); err == nil {
			_, _ = b.Content(kernel.Content)
		}
	}
}

func printResult(output io.Writer, name string, data []byte, queries []query) {
	b, err := bundle.Open(data)
	fmt.Fprint(output, name, " ", reasonOf(err))
	if err == nil {
		fmt.Fprint(output, " ", reasonOf(b.Check()))
		visitKernels(b)
		for _, each := range queries {
			fmt.Fprint(output, " ", answer(b, each, ":"))
		}
	}
	fmt.Fprintln(output)
}

func printDamaged(output io.Writer, data []byte, queries []query) {
	printResult(output, "whole", data, queries)
	for size := range data {
		printResult(output, fmt.Sprintf("cut %d", size), data[:size:size], queries)
	}
	for offset := range data {
		for _, mask := range []byte{0x01, 0x80, 0xff} {
			changed := append([]byte{}, data...)
			changed[offset] ^= mask
			printResult(output, fmt.Sprintf("byte %d %02x", offset, mask), changed, queries)
		}
	}
}

func load(data []byte, arguments []string) {
	options := bundle.LoadOptions{OSRelease: arguments[0], IgnoreKernelBTF: true}
	if len(arguments) > 1 {
		options.BTF = arguments[1]
	}
	source, err := bundle.Load(data, options)
	if err != nil {
		fmt.Println(reasonOf(err))
		return
	}
	defer source.Close()
	btf, err := io.ReadAll(io.NewSectionReader(source.Reader, 0, math.MaxInt64))
	if err != nil {
		fail("BTF", err)
	}
	fmt.Printf("%s\t%d\t%08x\n", source.Reason, len(btf), crc32.ChecksumIEEE(btf))
}

func main() {
	isLoad := len(os.Args) > 3 && os.Args[1] == "load"
	if !isLoad && (len(os.Args) != 3 || (os.Args[1] != "find" && os.Args[1] != "damaged")) {
		fail("usage", "lookup find|damaged BUNDLE < QUERIES")
	}
	data, err := os.ReadFile(os.Args[2])
	if err != nil {
		fail(os.Args[2], err)
	}
	if isLoad {
		load(data, os.Args[3:])
		return
	}
	queries := readQueries(os.Stdin)
	output := bufio.NewWriter(os.Stdout)
	if os.Args[1] == "find" {
		findAll(output, data, queries)
	} else {
		printDamaged(output, data, queries)
	}
	if err := output.Flush(); err != nil {
		fail("standard output", err)
	}
}
