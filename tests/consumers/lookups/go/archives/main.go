// SPDX-License-Identifier: BSD-2-Clause

// Finds the BTF of a host in archives and files that are not embedded:
//
//	archives CONSUMER ARTIFACT OS_RELEASE MACHINE RELEASE
//
// CONSUMER is ig-oci, datadog or btfhub.
package main

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"os/exec"

	"example.org/consumers/host"
)

func main() {
	lookups := map[string]func(string, host.Host){"ig-oci": inOciLayer, "datadog": inCollection, "btfhub": inDownloads}
	if len(os.Args) < 2 || lookups[os.Args[1]] == nil {
		host.Fail("usage: archives ig-oci|datadog|btfhub ARTIFACT OS_RELEASE MACHINE RELEASE")
	}
	artifact, h := host.FromArguments(os.Args[2:])
	lookups[os.Args[1]](artifact, h)
}

// member is an entry of a tar.
type member struct {
	header   tar.Header
	contents []byte
}

// membersOf returns all members of a tar.
func membersOf(data io.Reader) ([]member, error) {
	var members []member
	for reader := tar.NewReader(data); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return members, nil
		}
		if err != nil {
			return nil, err
		}
		contents, err := io.ReadAll(reader)
		if err != nil {
			return nil, err
		}
		members = append(members, member{*header, contents})
	}
}

// xzMembersOf returns all members of a tar that is compressed by xz. The standard library has no xz: the program `xz`
// decompresses it.
func xzMembersOf(data []byte) ([]member, error) {
	command := exec.Command("xz", "--decompress", "--stdout", "--format=xz")
	command.Stdin = bytes.NewReader(data)
	plain, err := command.Output()
	if err != nil {
		return nil, err
	}
	return membersOf(bytes.NewReader(plain))
}
