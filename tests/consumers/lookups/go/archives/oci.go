// SPDX-License-Identifier: BSD-2-Clause

package main

import (
	"compress/gzip"
	"io"
	"os"

	"archive/tar"

	"example.org/consumers/host"
)

// inOciLayer looks in the btfgen layer of an image, as Inspektor Gadget does. The first member with exactly the path
// ID/VERSION_ID/MACHINE/RELEASE.btf is the result, of any type. ID keeps its quotes. A host without ID or without
// VERSION_ID is an error.
func inOciLayer(artifact string, h host.Host) {
	version := host.Unquoted(h.VersionID)
	if h.ID == "" || version == "" {
		host.PrintNothing()
		return
	}
	file, err := os.Open(artifact)
	if err != nil {
		host.Fail(err.Error())
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		host.Fail(artifact + ": " + err.Error())
	}
	for reader := tar.NewReader(plain); ; {
		header, err := reader.Next()
		if err == io.EOF {
			host.PrintNothing()
			return
		}
		if err != nil {
			host.Fail(artifact + ": " + err.Error())
		}
		if header.Name == h.ID+"/"+version+"/"+h.Machine+"/"+h.Release+".btf" {
			host.Print(io.ReadAll(reader))
			return
		}
	}
}
