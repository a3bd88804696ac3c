// SPDX-License-Identifier: BSD-2-Clause

//go:build !arm64_files
// +build !arm64_files

package main

import "embed"

const directory = "btfs/x86"

//go:embed btfs/x86/*
var files embed.FS
