// SPDX-License-Identifier: BSD-2-Clause

// Finds the BTF of a host as Inspektor Gadget does with embedded files: in btfs/x86 or btfs/arm64. The program for arm64
// is built with the tag `arm64_files`, because it must run on the machine of the tests.
//
// ID keeps its quotes. A host without ID or without VERSION_ID is an error.
package main

import (
	"os"

	"example.org/consumers/host"
)

func main() {
	_, h := host.FromArguments(os.Args[1:])
	version := host.Unquoted(h.VersionID)
	if h.ID == "" || version == "" {
		host.PrintNothing()
		return
	}
	host.Print(files.ReadFile(directory + "/" + h.ID + "/" + version + "/" + h.Machine + "/" + h.Release + ".btf"))
}
