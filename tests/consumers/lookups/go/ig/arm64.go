// SPDX-License-Identifier: BSD-2-Clause

//go:build arm64_files
// +build arm64_files

package main

import "embed"

const directory = "btfs/arm64"

//go:embed btfs/arm64/*
var files embed.FS
