// SPDX-License-Identifier: BSD-2-Clause

// Finds the BTF of a host as kyanos does: in custom-archive, which is embedded. Quotes around ID and VERSION_ID are
// removed. In the directory ID/VERSION_ID/MACHINE a file counts if its name up to the first `.btf` is the release.
//
// If this finds nothing, and no file can be downloaded, kyanos takes the file with the longest common prefix in the same
// directory. This guess is not part of the lookup.
package main

import (
	"embed"
	"os"
	"path"
	"strings"

	"example.org/consumers/host"
)

//go:embed custom-archive/*
var files embed.FS

func main() {
	_, h := host.FromArguments(os.Args[1:])
	directory := path.Join("custom-archive", host.Unquoted(h.ID), host.Unquoted(h.VersionID), h.Machine)
	entries, err := files.ReadDir(directory)
	if err != nil {
		host.PrintNothing()
		return
	}
	found := ""
	for _, entry := range entries {
		if at := strings.Index(entry.Name(), ".btf"); at >= 0 && entry.Name()[:at] == h.Release {
			found = entry.Name()
		}
	}
	if found == "" {
		host.PrintNothing()
		return
	}
	host.Print(files.ReadFile(path.Join(directory, found)))
}
