// SPDX-License-Identifier: BSD-2-Clause

package main

import (
	"archive/tar"
	"os"
	"path"

	"example.org/consumers/host"
)

// inDownloads looks in a directory that is served in BTFHub's form, as ptcpdump and kyanos download it:
// ID/VERSION_ID/ARCH/RELEASE.btf.tar.xz, where ARCH is x86_64 or arm64. The archive has one file.
func inDownloads(artifact string, h host.Host) {
	arch := h.Machine
	if arch == "aarch64" {
		arch = "arm64"
	}
	name := h.Release + ".btf.tar.xz"
	data, err := os.ReadFile(path.Join(artifact, host.Unquoted(h.ID), host.Unquoted(h.VersionID), arch, name))
	if err != nil {
		host.PrintNothing()
		return
	}
	members, err := xzMembersOf(data)
	if err != nil || len(members) != 1 || members[0].header.Typeflag != tar.TypeReg {
		host.PrintNothing()
		return
	}
	host.PrintFound(members[0].contents)
}
