// SPDX-License-Identifier: BSD-2-Clause

// Finds the BTF of a host as Tracee does: in dist/btfhub, which is embedded. Quotes around ID and VERSION_ID are removed.
package main

import (
	"embed"
	"os"
	"path"

	"example.org/consumers/host"
)

//go:embed dist/btfhub/*
var files embed.FS

func main() {
	_, h := host.FromArguments(os.Args[1:])
	directory := path.Join("dist/btfhub", host.Unquoted(h.ID), host.Unquoted(h.VersionID), h.Machine)
	host.Print(files.ReadFile(path.Join(directory, h.Release+".btf")))
}
