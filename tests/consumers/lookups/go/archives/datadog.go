// SPDX-License-Identifier: BSD-2-Clause

package main

import (
	"archive/tar"
	"os"
	"path"
	"regexp"
	"strings"

	"example.org/consumers/host"
)

// The platforms that the agent has names for, by ID and by the first directory of a path.
var platforms = map[string]string{
	"amzn": "amzn", "amazon": "amzn", "suse": "sles", "sles": "sles", "opensuse": "opensuse-leap",
	"opensuse-leap": "opensuse-leap", "redhat": "rhel", "rhel": "rhel", "oracle": "ol", "ol": "ol", "ubuntu": "ubuntu",
	"centos": "centos", "debian": "debian", "fedora": "fedora",
}

// Releases that can only be those of some platforms.
var origins = []struct {
	release   *regexp.Regexp
	platforms string
}{
	{regexp.MustCompile(`\.amzn[12]\.`), "amzn"},
	{regexp.MustCompile(`\.el7\.|\.el8(_\d)?\.`), "rhel centos ol"},
	{regexp.MustCompile(`\.el[78]uek\.`), "ol"},
	{regexp.MustCompile(`\.deb10\.`), "debian"},
	{regexp.MustCompile(`\.fc\d{2}\.`), "fedora"},
	{regexp.MustCompile(`-lp15\d\.|-150300\.`), "opensuse-leap"},
}

func platformOf(p string) string { return platforms[strings.Split(p, "/")[0]] }

// inCollection looks in minimized-btfs.tar.xz, as DataDog's agent does:
//
//  1. The candidates are all members whose last part is RELEASE.btf.tar.xz and whose first part is a platform.
//  2. PLATFORM/RELEASE.btf.tar.xz is taken, for ubuntu ubuntu/VERSION_ID/RELEASE.btf.tar.xz.
//  3. Otherwise the only candidate is taken, also one of another platform. If there are several, the release decides
//     which platforms are possible; if one candidate is left, it is taken.
//  4. The member must be a file: of a link the agent gets the link alone. It is a tar.xz with a member RELEASE.btf.
//
// The architecture is not part of a path.
func inCollection(artifact string, h host.Host) {
	platform := platforms[host.Unquoted(h.ID)]
	if platform == "" {
		host.PrintNothing()
		return
	}
	data, err := os.ReadFile(artifact)
	if err != nil {
		host.Fail(err.Error())
	}
	members, err := xzMembersOf(data)
	if err != nil {
		host.Fail(artifact + ": " + err.Error())
	}
	name := h.Release + ".btf.tar.xz"
	var candidates []member
	for _, m := range members {
		if m.header.Typeflag != tar.TypeDir && path.Base(m.header.Name) == name && platformOf(m.header.Name) != "" {
			candidates = append(candidates, m)
		}
	}
	wanted := platform + "/" + name
	if platform == "ubuntu" {
		wanted = "ubuntu/" + host.Unquoted(h.VersionID) + "/" + name
	}
	chosen := choose(candidates, wanted, h.Release)
	if chosen == nil || chosen.header.Typeflag != tar.TypeReg {
		host.PrintNothing()
		return
	}
	inner, err := xzMembersOf(chosen.contents)
	if err != nil {
		host.PrintNothing()
		return
	}
	for _, m := range inner {
		if m.header.Typeflag == tar.TypeReg && path.Clean(m.header.Name) == h.Release+".btf" {
			host.PrintFound(m.contents)
			return
		}
	}
	host.PrintNothing()
}

func choose(candidates []member, wanted string, release string) *member {
	for i := range candidates {
		if candidates[i].header.Name == wanted {
			return &candidates[i]
		}
	}
	if len(candidates) > 1 {
		for _, origin := range origins {
			if !origin.release.MatchString(release) {
				continue
			}
			var possible []member
			for _, m := range candidates {
				if strings.Contains(" "+origin.platforms+" ", " "+platformOf(m.header.Name)+" ") {
					possible = append(possible, m)
				}
			}
			candidates = possible
			break
		}
	}
	if len(candidates) != 1 {
		return nil
	}
	return &candidates[0]
}
