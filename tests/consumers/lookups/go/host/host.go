// SPDX-License-Identifier: BSD-2-Clause

// Package host has the shared parts of the lookups in Go: the command line, os-release, and the result.
//
// The command line and the output are those of the lookups in C; see lookup.h. The bytes that are embedded into a
// program are its artifact; ARTIFACT is then `-`.
package host

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
)

// Host is a machine as a consumer sees it.
type Host struct {
	ID        string // as os-release has it, with quotes
	VersionID string // likewise
	Machine   string
	Release   string
}

// FromArguments returns the artifact and the host of a command line ARTIFACT OS_RELEASE MACHINE RELEASE. The last
// assignment in os-release wins.
func FromArguments(arguments []string) (string, Host) {
	if len(arguments) != 4 {
		Fail("usage: LOOKUP ARTIFACT OS_RELEASE MACHINE RELEASE")
	}
	text, err := os.ReadFile(arguments[1])
	if err != nil {
		Fail(err.Error())
	}
	host := Host{Machine: arguments[2], Release: arguments[3]}
	for _, line := range strings.Split(string(text), "\n") {
		key, value := line, ""
		if at := strings.Index(line, "="); at >= 0 {
			key, value = line[:at], line[at+1:]
		}
		switch key {
		case "ID":
			host.ID = value
		case "VERSION_ID":
			host.VersionID = value
		}
	}
	return arguments[0], host
}

// Unquoted returns a value without double quotes at its ends.
func Unquoted(value string) string { return strings.Trim(value, `"`) }

// Fail prints a message and exits with status 1.
func Fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}

// PrintFound prints the hash of the bytes that were found.
func PrintFound(contents []byte) { fmt.Printf("%x\n", sha256.Sum256(contents)) }

// PrintNothing prints that nothing was found.
func PrintNothing() { fmt.Println("not found") }

// Print prints the result of reading a file, in which an error means that nothing was found.
func Print(contents []byte, err error) {
	if err != nil {
		PrintNothing()
	} else {
		PrintFound(contents)
	}
}
