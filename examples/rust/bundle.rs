// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026, The min-btf authors

//! Finds the BTF of the running kernel in a bundle: one file that has the reduced BTF of many kernels, as
//! `min-btf gen INPUT F.bundle OBJECT...` writes it. Copy this file into the program that uses it. It needs only std of
//! Rust 1.63, on Linux.
//!
//! ```ignore
//! mod bundle;
//!
//! static BTFS: &[u8] = include_bytes!("btf.bundle");
//!
//! let source = bundle::load(BTFS, &bundle::LoadOptions::default())?;
//! eprintln!("BTF: {source}");
//! // aya. Without btf(), it takes the kernel's own BTF.
//! let types = source.btf.as_deref().map(|raw| aya::Btf::parse(raw, aya::Endianness::default())).transpose()?;
//! let mut loader = aya::EbpfLoader::new();
//! if let Some(types) = &types {
//!     loader.btf(Some(types));
//! }
//! ```
//!
//! A bundle must be uncompressed. The format, and the rules of the lookup, are those of min-btf's
//! docs/bundle-format.md; include/minbtf/bundle.h is the same for C. Strings are bytes, since the format has no encoding.

#![allow(dead_code)] // a program uses a part of this

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::raw::{c_char, c_int};
use std::path::{Path, PathBuf};

// ---- Reasons ----

/// How a BTF was found, or why none was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    // A BTF was found.
    Exact,
    ReleaseOnly,
    VersionPrefix,
    SameId,
    Family,
    IdLike,
    /// Only with `Options::nearest`.
    Nearest,
    /// Only of `load()`.
    KernelBtf,
    /// Only of `load()`.
    UserPath,

    // No BTF was found.
    NoRelease,
    OtherDistro,
    Ambiguous,
    /// Only with `Options::strict`.
    RefusedStrict,
    UnknownMachine,

    // The bytes are not a bundle that this file reads.
    /// The bytes do not begin as an uncompressed bundle.
    NotBundle,
    /// Bytes at the end are missing.
    Truncated,
    /// A major version or a flag that this file does not know.
    NewerFormat,
    /// A value is impossible, or a CRC is wrong.
    Damaged,
}

impl Reason {
    /// Returns the word for logs and tests, e.g. `release-only`. The words are those of bundle.h and of `min-btf select`.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// Returns a phrase for a log, e.g. `no kernel with this machine and release`.
    pub fn text(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Reason::Exact => ("exact", "the kernel's release, ID and VERSION_ID"),
            Reason::ReleaseOnly => (
                "release-only",
                "the kernel's release; ID or VERSION_ID is another or unknown",
            ),
            Reason::VersionPrefix => (
                "version-prefix",
                "the kernel's release and ID; one VERSION_ID is the start of the other",
            ),
            Reason::SameId => ("same-id", "the kernel's release and ID; another VERSION_ID"),
            Reason::Family => (
                "family",
                "the kernel's release; a distribution of the same family and major version",
            ),
            Reason::IdLike => (
                "id-like",
                "the kernel's release; a distribution that ID_LIKE names",
            ),
            Reason::Nearest => (
                "nearest",
                "the next lower and the next higher release, which have the same BTF",
            ),
            Reason::KernelBtf => ("kernel-btf", "the kernel's own BTF"),
            Reason::UserPath => ("user-path", "the file that the user named"),
            Reason::NoRelease => ("no-release", "no kernel with this machine and release"),
            Reason::OtherDistro => (
                "other-distro",
                "the kernels with this release have different BTF, and are of other distributions",
            ),
            Reason::Ambiguous => (
                "ambiguous",
                "several kernels match equally well and have different BTF",
            ),
            Reason::RefusedStrict => (
                "strict",
                "kernels with this release, but not with this ID and VERSION_ID (strict)",
            ),
            Reason::UnknownMachine => ("unknown-machine", "unknown machine"),
            Reason::NotBundle => ("not-bundle", "not a bundle"),
            Reason::Truncated => ("truncated", "the bundle is truncated"),
            Reason::NewerFormat => (
                "newer-format",
                "the bundle has a newer format than this program reads",
            ),
            Reason::Damaged => ("damaged", "the bundle is damaged"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.text())
    }
}

/// The bytes are not a bundle, or a damaged one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatError {
    /// `NotBundle`, `Truncated`, `NewerFormat` or `Damaged`.
    pub reason: Reason,
    /// The value or place that is wrong.
    pub detail: String,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "bundle: {} ({})", self.reason, self.detail)
    }
}

impl std::error::Error for FormatError {}

fn refuse<T>(reason: Reason, detail: impl Into<String>) -> Result<T, FormatError> {
    Err(FormatError {
        reason,
        detail: detail.into(),
    })
}

fn damaged<T>(detail: impl Into<String>) -> Result<T, FormatError> {
    refuse(Reason::Damaged, detail)
}

/// An error of `Bundle::find()` and `load()`.
#[derive(Debug)]
pub enum Error<'a> {
    Format(FormatError),
    NotFound(Box<NotFound<'a>>),
    /// A file cannot be read.
    Io(PathBuf, io::Error),
}

impl Error<'_> {
    /// Returns the reason; none for an error of the operating system.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Error::Format(error) => Some(error.reason),
            Error::NotFound(error) => Some(error.reason),
            Error::Io(..) => None,
        }
    }
}

impl fmt::Display for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Error::Format(error) => error.fmt(f),
            Error::NotFound(error) => error.fmt(f),
            Error::Io(path, error) => write!(f, "{}: {}", path.display(), error),
        }
    }
}

impl std::error::Error for Error<'_> {}

impl From<FormatError> for Error<'_> {
    fn from(error: FormatError) -> Self {
        Error::Format(error)
    }
}

/// The bundle has no BTF for a system.
#[derive(Clone, Debug)]
pub struct NotFound<'a> {
    /// `NoRelease`, `OtherDistro`, `Ambiguous`, `RefusedStrict` or `UnknownMachine`.
    pub reason: Reason,
    pub system: System,
    /// The kernels between which the rules do not decide, or which `RefusedStrict` refuses.
    pub considered: Vec<Kernel<'a>>,
    /// Why `Options::nearest` gave no BTF. None if it was not tried.
    pub nearest: Option<&'static str>,
    /// With `Options::nearest`, a kernel of the next lower and of the next higher release.
    pub below: Option<Kernel<'a>>,
    pub above: Option<Kernel<'a>>,
}

impl<'a> NotFound<'a> {
    fn new(reason: Reason, system: &System) -> Self {
        let system = system.clone();
        NotFound {
            reason,
            system,
            considered: Vec::new(),
            nearest: None,
            below: None,
            above: None,
        }
    }
}

impl<'a> From<NotFound<'a>> for Error<'a> {
    fn from(error: NotFound<'a>) -> Self {
        Error::NotFound(Box::new(error))
    }
}

impl fmt::Display for NotFound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "no BTF for {}: {}", self.system, self.reason)?;
        for (i, kernel) in self.considered.iter().enumerate() {
            write!(
                f,
                "{}{kernel} (content {})",
                if i == 0 { ": " } else { ", " },
                kernel.content
            )?;
        }
        if let Some(why) = self.nearest {
            write!(f, "; nearest: {why}")?;
        }
        for (side, kernel) in [("below", &self.below), ("above", &self.above)] {
            if let Some(kernel) = kernel {
                write!(f, "; {side}: {kernel} (content {})", kernel.content)?;
            }
        }
        Ok(())
    }
}

// ---- The bundle ----

const MAGIC: &[u8] = b"\x89MBNDL\r\n";
const HEADER_SIZE: usize = 64; // of version 1.0
const KERNEL_SIZE: usize = 32;
const CONTENT_SIZE: usize = 16;

/// The view of a bundle. It copies nothing, and all results refer to the bytes that `open()` was given.
#[derive(Clone, Copy, Debug)]
pub struct Bundle<'a> {
    data: &'a [u8],
    minor: u16,
    kernels: &'a [u8],  // the index
    contents: &'a [u8], // the table of contents
    strings: &'a [u8],  // the last byte is 0
    strings_end: usize, // offset in data
}

/// An entry of the index. A string that the writer did not know is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kernel<'a> {
    // The fields are in the order in which kernels are compared.
    /// `e_machine | ELFCLASS << 16 | ELFDATA << 24`
    pub machine: u32,
    /// `uname -r`
    pub release: &'a [u8],
    /// ID in os-release
    pub id: &'a [u8],
    /// VERSION_ID in os-release; may be its start: 8 for 8.4
    pub version_id: &'a [u8],
    /// `uname -v`
    pub build: &'a [u8],
    /// Number of its BTF: kernels with equal BTF have one number.
    pub content: usize,
}

impl fmt::Display for Kernel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "{} {}",
            String::from_utf8_lossy(self.release),
            machine_name(self.machine)
        )?;
        for part in [self.id, self.version_id, self.build] {
            if !part.is_empty() {
                write!(f, " {}", String::from_utf8_lossy(part))?;
            }
        }
        Ok(())
    }
}

/// A place in the bundle, and its CRC as the bundle states it.
struct Content<'a> {
    offset: usize,
    btf: &'a [u8],
    crc: u32,
}

fn u16_at(data: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([data[at], data[at + 1]])
}

fn u32_at(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]])
}

fn u64_at(data: &[u8], at: usize) -> u64 {
    u64::from(u32_at(data, at)) | u64::from(u32_at(data, at + 4)) << 32
}

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 != 0 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
}

static CRC_TABLE: [u32; 256] = crc_table();

/// Returns the CRC-32 of zlib's `crc32()`. `crc` is 0, or the result for the bytes before these.
pub fn crc32(crc: u32, data: &[u8]) -> u32 {
    !data.iter().fold(!crc, |crc, byte| {
        crc >> 8 ^ CRC_TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize]
    })
}

fn all_zero(data: &[u8]) -> bool {
    data.iter().all(|byte| *byte == 0)
}

impl<'a> Bundle<'a> {
    /// Reads the header of a bundle, in constant time. Names and contents are checked when they are used, or by
    /// `check()`.
    pub fn open(data: &'a [u8]) -> Result<Self, FormatError> {
        if !data.starts_with(MAGIC) {
            return refuse(
                Reason::NotBundle,
                "the bytes do not begin as an uncompressed bundle",
            );
        }
        let size = data.len() as u64;
        if data.len() < HEADER_SIZE {
            return refuse(Reason::Truncated, format!("{size} bytes"));
        }
        let (major, minor) = (u16_at(data, 8), u16_at(data, 10));
        if major > 1 {
            return refuse(Reason::NewerFormat, format!("version {major}.{minor}"));
        }
        if major == 0 {
            return damaged("version 0");
        }
        // The upper 16 flags are for facts that a reader may ignore.
        let flags = u16_at(data, 52);
        if flags != 0 {
            return refuse(Reason::NewerFormat, format!("flags {flags:#x}"));
        }
        let file_size = u64_at(data, 16);
        if file_size > u64::from(u32::MAX) {
            return damaged(format!("a size of {file_size} bytes"));
        }
        if file_size > size {
            return refuse(Reason::Truncated, format!("{size} of {file_size} bytes"));
        }
        if file_size < size {
            return damaged(format!("{} bytes after the end", size - file_size));
        }

        let header = u64::from(u32_at(data, 12));
        if header < HEADER_SIZE as u64
            || header % 8 != 0
            || (minor == 0 && header != HEADER_SIZE as u64)
        {
            return damaged(format!("a header of {header} bytes"));
        }
        // Header, kernels, contents and strings follow each other without gaps.
        let kernels_end = header + u64::from(u32_at(data, 24)) * KERNEL_SIZE as u64;
        let contents_end = kernels_end + u64::from(u32_at(data, 32)) * CONTENT_SIZE as u64;
        let strings_end = contents_end + u64::from(u32_at(data, 44));
        if u64::from(u32_at(data, 28)) != header
            || u64::from(u32_at(data, 36)) != kernels_end
            || u64::from(u32_at(data, 40)) != contents_end
            || strings_end == contents_end
            || strings_end > file_size
        {
            return damaged("the places of the tables");
        }
        // All are at most file_size now, which is data.len().
        let strings = &data[contents_end as usize..strings_end as usize];
        // With 0 as the last byte, each offset in the strings is the offset of a string that ends.
        if strings[0] != 0 || strings[strings.len() - 1] != 0 {
            return damaged("the first or the last string");
        }
        Ok(Bundle {
            data,
            minor,
            kernels: &data[header as usize..kernels_end as usize],
            contents: &data[kernels_end as usize..contents_end as usize],
            strings,
            strings_end: strings_end as usize,
        })
    }

    /// Returns the number of kernels.
    pub fn num_kernels(&self) -> usize {
        self.kernels.len() / KERNEL_SIZE
    }

    /// Returns the number of distinct BTFs.
    pub fn num_contents(&self) -> usize {
        self.contents.len() / CONTENT_SIZE
    }

    /// Returns the bytes of a kernel in the index.
    fn entry(&self, number: usize) -> &'a [u8] {
        &self.kernels[number * KERNEL_SIZE..(number + 1) * KERNEL_SIZE]
    }

    /// Returns the string whose offset is stored in the entry.
    fn text(&self, number: usize, at: usize) -> Result<&'a [u8], FormatError> {
        let offset = u32_at(self.entry(number), at) as usize;
        let length = self
            .strings
            .get(offset..)
            .and_then(|text| text.iter().position(|byte| *byte == 0));
        match length {
            Some(length) => Ok(&self.strings[offset..offset + length]),
            None => damaged(format!("a string of kernel {number}")),
        }
    }

    /// Returns a kernel, by its number in the order of the index: 0 to `num_kernels()` - 1.
    pub fn kernel(&self, number: usize) -> Result<Kernel<'a>, FormatError> {
        if number >= self.num_kernels() {
            return damaged(format!("no kernel {number}"));
        }
        let entry = self.entry(number);
        let kernel = Kernel {
            machine: u32_at(entry, 0),
            release: self.text(number, 4)?,
            id: self.text(number, 8)?,
            version_id: self.text(number, 12)?,
            build: self.text(number, 16)?,
            content: u32_at(entry, 20) as usize,
        };
        if kernel.content >= self.num_contents() {
            return damaged(format!("the content of kernel {number}"));
        }
        let flags = u16_at(entry, 24);
        if flags != 0 {
            return refuse(
                Reason::NewerFormat,
                format!("flags {flags:#x} of kernel {number}"),
            );
        }
        Ok(kernel)
    }

    fn place(&self, number: usize) -> Result<Content<'a>, FormatError> {
        if number >= self.num_contents() {
            return damaged(format!("no content {number}"));
        }
        let entry = &self.contents[number * CONTENT_SIZE..(number + 1) * CONTENT_SIZE];
        let offset = u64::from(u32_at(entry, 0));
        let end = offset + u64::from(u32_at(entry, 4));
        if end == offset
            || offset % 8 != 0
            || offset < self.strings_end as u64
            || end > self.data.len() as u64
        {
            return damaged(format!("the place of content {number}"));
        }
        let btf = &self.data[offset as usize..end as usize];
        Ok(Content {
            offset: offset as usize,
            btf,
            crc: u32_at(entry, 8),
        })
    }

    /// Returns a BTF by its number: 0 to `num_contents()` - 1. A wrong CRC is an error.
    pub fn content(&self, number: usize) -> Result<&'a [u8], FormatError> {
        let place = self.place(number)?;
        if crc32(0, place.btf) != place.crc {
            return damaged(format!("the CRC of content {number}"));
        }
        Ok(place.btf)
    }

    /// Checks the CRC of header, tables and strings.
    fn check_index(&self) -> Result<(), FormatError> {
        // The CRC is computed with its own field as 0.
        let crc = crc32(crc32(0, &self.data[..48]), &[0; 4]);
        if crc32(crc, &self.data[52..self.strings_end]) != u32_at(self.data, 48) {
            return damaged("the CRC of the index");
        }
        Ok(())
    }

    /// Checks the order of the index, and that contents are numbered in the order of their first use.
    fn check_kernels(&self) -> Result<(), FormatError> {
        let mut used = 0;
        let mut before: Option<Kernel> = None;
        for number in 0..self.num_kernels() {
            let kernel = self.kernel(number)?;
            let entry = self.entry(number);
            for at in [4, 8, 12, 16] {
                // A string starts after the 0 of the one before it.
                let offset = u32_at(entry, at) as usize;
                if offset != 0 && self.strings[offset - 1] != 0 {
                    return damaged(format!("a string of kernel {number}"));
                }
            }
            let key = |k: &Kernel<'a>| (k.machine, k.release, k.id, k.version_id, k.build);
            if before.iter().any(|before| key(before) >= key(&kernel)) {
                return damaged(format!("the order of kernel {number}"));
            }
            if self.minor == 0 && !all_zero(&entry[28..]) {
                return damaged(format!("kernel {number}"));
            }
            if kernel.content > used {
                return damaged(format!("the content of kernel {number}"));
            }
            used = used.max(kernel.content + 1);
            before = Some(kernel);
        }
        if used != self.num_contents() {
            return damaged(format!("content {used} is not used"));
        }
        Ok(())
    }

    /// Reads the whole bundle, and returns an error if it is not as the format prescribes: CRCs, order of the index,
    /// strings, contents in the order of their first use.
    pub fn check(&self) -> Result<(), FormatError> {
        self.check_index()?;
        if self.minor == 0 && !all_zero(&self.data[56..HEADER_SIZE]) {
            return damaged("the header");
        }
        let texts: Vec<&[u8]> = self.strings[..self.strings.len() - 1]
            .split(|byte| *byte == 0)
            .collect();
        if texts.windows(2).any(|pair| pair[0] >= pair[1]) {
            return damaged("the order of the strings");
        }
        self.check_kernels()?;
        let mut last = self.strings_end;
        for number in 0..self.num_contents() {
            self.content(number)?;
            let place = self.place(number)?;
            if place.offset < last {
                return damaged(format!("the place of content {number}"));
            }
            let entry = &self.contents[number * CONTENT_SIZE..(number + 1) * CONTENT_SIZE];
            if self.minor == 0
                && (place.offset - last >= 8
                    || !all_zero(&self.data[last..place.offset])
                    || !all_zero(&entry[12..]))
            {
                return damaged(format!("the bytes before content {number}"));
            }
            last = place.offset + place.btf.len();
        }
        if self.minor == 0 && last != self.data.len() {
            return damaged(format!(
                "{} bytes after the last content",
                self.data.len() - last
            ));
        }
        Ok(())
    }
}

// ---- Machines ----

const fn machine(number: u32, class: u32, data: u32) -> u32 {
    number | class << 16 | data << 24
}

const X86_64: u32 = machine(62, 2, 1);
const I386: u32 = machine(3, 1, 1);
const ARM: u32 = machine(40, 1, 1);

/// The names of machines. The first name of each is that of `uname -m`; others are those of Debian and Go.
static MACHINES: &[(&str, u32)] = &[
    ("x86_64", X86_64),
    ("amd64", X86_64),
    ("aarch64", machine(183, 2, 1)),
    ("arm64", machine(183, 2, 1)),
    ("armv8l", machine(183, 2, 1)),
    ("i686", I386),
    ("i586", I386),
    ("i486", I386),
    ("i386", I386),
    ("386", I386),
    ("armv7l", ARM),
    ("arm", ARM),
    ("armhf", ARM),
    ("armel", ARM),
    ("ppc64le", machine(21, 2, 1)),
    ("ppc64el", machine(21, 2, 1)),
    ("ppc64", machine(21, 2, 2)),
    ("riscv64", machine(243, 2, 1)),
    ("loongarch64", machine(258, 2, 1)),
    ("loong64", machine(258, 2, 1)),
    ("s390x", machine(22, 2, 2)),
    ("mips64el", machine(8, 2, 1)),
    ("mips64le", machine(8, 2, 1)),
    ("mips64", machine(8, 2, 2)),
    ("sparc64", machine(43, 2, 2)),
];

/// Returns the number in the index for a name as `uname -m` prints it, or for Debian's or Go's name.
pub fn machine_number(name: &[u8]) -> Option<u32> {
    if let Some((_, number)) = MACHINES.iter().find(|(known, _)| known.as_bytes() == name) {
        return Some(*number);
    }
    // armv5tel, armv5tejl, armv6l, armv7l, armv7hl, ...; those of big-endian kernels end with b.
    match name.strip_prefix(b"armv") {
        Some([b'5'..=b'7', .., b'l']) => Some(ARM),
        _ => None,
    }
}

/// Returns the name that `uname -m` prints, for a log; `unknown` for a number that is not in the table.
pub fn machine_name(number: u32) -> &'static str {
    MACHINES
        .iter()
        .find(|(_, known)| *known == number)
        .map_or("unknown", |(name, _)| name)
}

// ---- The system ----

// The longest values that count, in bytes. A longer one is as absent, and is named in `System::too_long`. A value is
// never cut.
const MAX_VALUE: usize = 64; // of uname(2), ID and VERSION_ID
const MAX_ID_LIKE: usize = 256;
const MAX_OS_RELEASE: u64 = 16384;

/// The kernel and the distribution that BTF is wanted for. A value that is absent is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// `uname -m`, or another name that `machine_number()` knows
    pub machine: Vec<u8>,
    /// `uname -r`
    pub release: Vec<u8>,
    /// `uname -v`
    pub build: Vec<u8>,
    /// ID, VERSION_ID and ID_LIKE in os-release, without quotes
    pub id: Vec<u8>,
    pub version_id: Vec<u8>,
    pub id_like: Vec<u8>,
    /// Names of the values that were too long, e.g. `ID_LIKE`.
    pub too_long: Vec<&'static str>,
    /// Why no os-release file was read. None if one was read.
    pub os_release_error: Option<String>,
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "{} {}",
            String::from_utf8_lossy(&self.machine),
            String::from_utf8_lossy(&self.release)
        )?;
        if self.id.is_empty() {
            return write!(f, ", unknown distribution");
        }
        write!(f, ", {}", String::from_utf8_lossy(&self.id))?;
        if !self.version_id.is_empty() {
            write!(f, " {}", String::from_utf8_lossy(&self.version_id))?;
        }
        Ok(())
    }
}

// uname(2) of the C library that std is linked with. Its structure is the same on all architectures of Linux.
#[repr(C)]
struct Utsname {
    system: [c_char; 65],
    node: [c_char; 65],
    release: [c_char; 65],
    version: [c_char; 65],
    machine: [c_char; 65],
    domain: [c_char; 65],
}

extern "C" {
    fn uname(names: *mut Utsname) -> c_int;
}

/// Returns the bytes before the first 0.
fn bytes_of(text: &[c_char; 65]) -> Vec<u8> {
    text.iter()
        .take_while(|byte| **byte != 0)
        .map(|byte| *byte as u8)
        .collect()
}

impl System {
    /// Returns a system with the values of uname(2), which may be those of another machine, and without values of
    /// os-release.
    pub fn new(machine: &[u8], release: &[u8], build: &[u8]) -> Self {
        let mut system = System::default();
        system.machine = system.set("machine", machine, MAX_VALUE);
        system.release = system.set("release", release, MAX_VALUE);
        system.build = system.set("build", build, MAX_VALUE);
        system
    }

    /// Returns the running system. `None` is /etc/os-release, and if it cannot be read /usr/lib/os-release. In a
    /// container, give the path of the host's file: preferably usr/lib/os-release below the host's root, since
    /// etc/os-release is usually a symbolic link. A file that cannot be read is as absent, see `os_release_error`.
    pub fn read(os_release: Option<&Path>) -> io::Result<Self> {
        let mut names = Utsname {
            system: [0; 65],
            node: [0; 65],
            release: [0; 65],
            version: [0; 65],
            machine: [0; 65],
            domain: [0; 65],
        };
        // SAFETY: uname(2) writes at most the structure.
        if unsafe { uname(&mut names) } < 0 {
            return Err(io::Error::last_os_error());
        }
        let mut machine = bytes_of(&names.machine);
        // uname(2) gives this name for both byte orders.
        if cfg!(target_endian = "little") && machine == b"mips64" {
            machine = b"mips64el".to_vec();
        }
        let mut system = System::new(
            &machine,
            &bytes_of(&names.release),
            &bytes_of(&names.version),
        );
        system.read_os_release(os_release);
        Ok(system)
    }

    /// Returns the value, or nothing if it is too long or has a 0.
    fn set(&mut self, name: &'static str, value: &[u8], longest: usize) -> Vec<u8> {
        self.too_long.retain(|each| *each != name);
        if value.len() > longest {
            self.too_long.push(name);
            return Vec::new();
        }
        if value.contains(&0) {
            Vec::new()
        } else {
            value.to_vec()
        }
    }

    /// Sets `id`, `version_id` and `id_like` by a file, see `read()`. If no file can be read they become empty, and
    /// `os_release_error` is set.
    pub fn read_os_release(&mut self, path: Option<&Path>) {
        let defaults = [
            Path::new("/etc/os-release"),
            Path::new("/usr/lib/os-release"),
        ];
        let given = path.map(|path| [path]);
        self.parse_os_release(b"");
        for path in given.as_ref().map_or(&defaults[..], |given| &given[..]) {
            match read_at_most(path, MAX_OS_RELEASE) {
                Ok(text) => {
                    self.parse_os_release(&text);
                    self.os_release_error = None;
                    return;
                }
                Err(error) => self.os_release_error = Some(format!("{}: {error}", path.display())),
            }
        }
    }

    /// Sets `id`, `version_id` and `id_like` by the text of an os-release file. Values that the text does not have
    /// become empty. Both kinds of quotes, backslashes and CR LF are understood; the last assignment wins; a value that
    /// is not one word of a shell is absent.
    pub fn parse_os_release(&mut self, text: &[u8]) {
        let (mut id, mut version_id, mut id_like) = (Vec::new(), Vec::new(), Vec::new());
        // Editors on Windows write a byte order mark.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        for line in text.split(|byte| *byte == b'\n') {
            let line = trim_blanks(line.strip_suffix(b"\r").unwrap_or(line));
            if let Some(value) = line.strip_prefix(b"ID=") {
                id = unquote(value);
            } else if let Some(value) = line.strip_prefix(b"VERSION_ID=") {
                version_id = unquote(value);
            } else if let Some(value) = line.strip_prefix(b"ID_LIKE=") {
                id_like = unquote(value);
            }
        }
        self.id = self.set("ID", &id, MAX_VALUE);
        self.version_id = self.set("VERSION_ID", &version_id, MAX_VALUE);
        self.id_like = self.set("ID_LIKE", &id_like, MAX_ID_LIKE);
    }

    /// Returns how well os-release fits to a kernel of the release.
    fn rank(&self, kernel: &Kernel) -> Option<Rank> {
        if !self.id.is_empty() && self.id == kernel.id {
            return Some(if self.version_id == kernel.version_id {
                Rank::Exact
            } else if is_dot_prefix(&self.version_id, kernel.version_id) {
                Rank::VersionPrefix
            } else {
                Rank::SameId
            });
        }
        let own = family(&self.id, kernel.release);
        if own.is_some()
            && own == family(kernel.id, kernel.release)
            && is_same_major(&self.version_id, kernel.version_id)
        {
            return Some(Rank::Family);
        }
        let mut words = self.id_like.split(is_blank).filter(|word| !word.is_empty());
        words.position(|word| word == kernel.id).map(Rank::IdLike)
    }
}

/// Opens a regular file for reading. Directories are errors, and FIFOs and devices, which might block.
fn open_regular(path: &Path) -> io::Result<File> {
    // The numbers are those of Linux, equal on all architectures.
    const EISDIR: i32 = 21;
    const EINVAL: i32 = 22;
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::from_raw_os_error(EISDIR));
    }
    if !metadata.is_file() {
        return Err(io::Error::from_raw_os_error(EINVAL));
    }
    File::open(path)
}

fn read_at_most(path: &Path, size: u64) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    open_regular(path)?.take(size + 1).read_to_end(&mut data)?;
    if data.len() as u64 > size {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "file too large"));
    }
    Ok(data)
}

fn is_blank(byte: &u8) -> bool {
    *byte == b' ' || *byte == b'\t'
}

/// Removes blanks at the start.
fn trim_blanks(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|byte| is_blank(byte)).count()..]
}

/// Removes quotes and backslashes, as a shell does. Returns nothing if the text is not one word: a quote is not closed, a
/// backslash ends the line, or something other than a comment follows the word.
fn unquote(text: &[u8]) -> Vec<u8> {
    let mut value = Vec::new();
    let mut quote = None;
    let mut at = 0;
    while at < text.len() {
        let mut c = text[at];
        if quote.is_none() && is_blank(&c) {
            break;
        }
        at += 1;
        if quote == Some(c) {
            quote = None;
            continue;
        }
        if quote.is_none() && (c == b'"' || c == b'\'') {
            quote = Some(c);
            continue;
        }
        if c == b'\\' && quote != Some(b'\'') {
            match text.get(at) {
                None => return Vec::new(),
                // In double quotes, a backslash before any other byte is an ordinary byte.
                Some(next) if quote.is_none() || b"$`\"\\".contains(next) => {
                    c = *next;
                    at += 1;
                }
                Some(_) => {}
            }
        }
        value.push(c);
    }
    let rest = trim_blanks(&text[at..]);
    if quote.is_some() || !(rest.is_empty() || rest[0] == b'#') {
        return Vec::new();
    }
    value
}

// ---- The search ----

/// Options of the search.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Refuses `ReleaseOnly`: the only BTF for the release, where ID or VERSION_ID is another or unknown.
    pub strict: bool,
    /// If the bundle does not have the release, takes the BTF of the next lower and the next higher release of the same
    /// machine, ID, VERSION_ID and flavour, if both exist and have one BTF.
    pub nearest: bool,
}

/// BTF that was found.
#[derive(Clone, Copy, Debug)]
pub struct Match<'a> {
    pub reason: Reason,
    pub btf: &'a [u8],
    /// CRC-32 of `btf` as the bundle states it.
    pub crc: u32,
    /// A kernel with this BTF, the best one by rank.
    pub kernel: Kernel<'a>,
    /// Only kernels with the build of the system were considered.
    pub same_build: bool,
    /// The machine is i386 to i686, and the kernel is one for x86_64.
    pub as_x86_64: bool,
    /// `Nearest`: a kernel of the next higher release; `kernel` is one of the next lower release.
    pub above: Option<Kernel<'a>>,
}

impl Match<'_> {
    /// Returns an error if the CRC of the BTF is wrong.
    pub fn check(&self) -> Result<(), FormatError> {
        if crc32(0, self.btf) != self.crc {
            return damaged(format!("the CRC of content {}", self.kernel.content));
        }
        Ok(())
    }
}

impl fmt::Display for Match<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.kernel)?;
        if let Some(above) = self.above {
            write!(f, ", {above}")?;
        }
        Ok(())
    }
}

/// The ranks of kernels with one release, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Exact,
    VersionPrefix,
    SameId,
    Family,
    IdLike(usize),
}

impl Rank {
    fn reason(self) -> Reason {
        match self {
            Rank::Exact => Reason::Exact,
            Rank::VersionPrefix => Reason::VersionPrefix,
            Rank::SameId => Reason::SameId,
            Rank::Family => Reason::Family,
            Rank::IdLike(_) => Reason::IdLike,
        }
    }
}

/// Returns true if one version is the start of the other, and a dot follows: 8 and 8.4.
fn is_dot_prefix(one: &[u8], other: &[u8]) -> bool {
    let begins = |long: &[u8], short: &[u8]| matches!(long.strip_prefix(short), Some([b'.', ..]));
    begins(one, other) || begins(other, one)
}

/// Returns true if both versions have the same part before the first dot, and it is not empty.
fn is_same_major(one: &[u8], other: &[u8]) -> bool {
    let major = |version: &[u8]| {
        version
            .iter()
            .take_while(|byte| **byte != b'.')
            .copied()
            .collect::<Vec<u8>>()
    };
    !major(one).is_empty() && major(one) == major(other)
}

/// Returns the family of a distribution whose kernels have this release.
fn family(id: &[u8], release: &[u8]) -> Option<&'static str> {
    match id {
        b"rhel" | b"centos" | b"rocky" | b"almalinux" => Some("rhel"),
        // Oracle's own kernel (5.4.17-2136.el8uek) is not that of the family.
        b"ol" if !release.windows(3).any(|part| part == b"uek") => Some("rhel"),
        b"sles" | b"sles_sap" | b"opensuse-leap" => Some("sles"),
        _ => None,
    }
}

fn have_one_content(kernels: &[Kernel]) -> bool {
    kernels
        .windows(2)
        .all(|pair| pair[0].content == pair[1].content)
}

impl<'a> Bundle<'a> {
    /// Returns the number of the first kernel that is not before (machine, release) in the index.
    fn lower_bound(&self, machine: u32, release: &[u8]) -> Result<usize, FormatError> {
        let (mut low, mut high) = (0, self.num_kernels());
        while low < high {
            let middle = low + (high - low) / 2;
            let other = u32_at(self.entry(middle), 0);
            let is_before =
                other < machine || (other == machine && self.text(middle, 4)? < release);
            if is_before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Returns the range of the kernels with this machine and release.
    fn find_release(
        &self,
        machine: u32,
        release: &[u8],
    ) -> Result<std::ops::Range<usize>, FormatError> {
        let first = self.lower_bound(machine, release)?;
        let mut end = first;
        while end < self.num_kernels()
            && u32_at(self.entry(end), 0) == machine
            && self.text(end, 4)? == release
        {
            end += 1;
        }
        Ok(first..end)
    }

    /// Finds the BTF for a system. The CRC of the BTF is not checked: `Match::check()` does that.
    ///
    /// The rules:
    /// 1. The machine's name is looked up in a table.
    /// 2. The kernels of this machine and release are considered; a release that only begins alike is another. For i386
    ///    to i686 without such a kernel, those of x86_64.
    /// 3. If some of them have the system's build, the others are not considered.
    /// 4. If all have one BTF: `Exact` if one has the system's ID and VERSION_ID, otherwise `ReleaseOnly`.
    /// 5. Otherwise the first rank with a kernel counts: (a) ID and VERSION_ID; (b) ID, and one VERSION_ID is the start
    ///    of the other at a dot; (c) ID; (d) family and major version; (e) each word of ID_LIKE. No rank: `OtherDistro`.
    /// 6. If the kernels in this rank have one BTF, it is the answer. Otherwise `Ambiguous`.
    pub fn find(&self, system: &System, options: Options) -> Result<Match<'a>, Error<'a>> {
        let machine = match machine_number(&system.machine) {
            Some(machine) => machine,
            None => return Err(NotFound::new(Reason::UnknownMachine, system).into()),
        };
        if system.release.is_empty() {
            return Err(NotFound::new(Reason::NoRelease, system).into());
        }
        let mut range = self.find_release(machine, &system.release)?;
        let mut as_x86_64 = false;
        if range.is_empty() && machine == I386 {
            range = self.find_release(X86_64, &system.release)?;
            as_x86_64 = !range.is_empty();
        }
        if !range.is_empty() {
            let kernels = range
                .map(|number| self.kernel(number))
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(Match {
                as_x86_64,
                ..self.choose(system, options, kernels)?
            });
        }
        if options.nearest {
            return self.find_nearest(system, machine);
        }
        Err(NotFound::new(Reason::NoRelease, system).into())
    }

    /// Does steps 3 to 6. The kernels have one machine and release, and are in the order of the index.
    fn choose(
        &self,
        system: &System,
        options: Options,
        mut kernels: Vec<Kernel<'a>>,
    ) -> Result<Match<'a>, Error<'a>> {
        let is_of_build =
            |kernel: &Kernel| !kernel.build.is_empty() && kernel.build == system.build;
        let same_build = kernels.iter().any(is_of_build);
        if same_build {
            kernels.retain(is_of_build);
        }
        let best = kernels
            .iter()
            .filter_map(|kernel| system.rank(kernel))
            .min();
        let of_best: Vec<_> = kernels
            .iter()
            .filter(|kernel| system.rank(kernel) == best)
            .copied()
            .collect();

        let reason = if have_one_content(&kernels) {
            match best {
                Some(Rank::Exact) => Reason::Exact,
                _ if options.strict => Reason::RefusedStrict,
                _ => Reason::ReleaseOnly,
            }
        } else {
            match best {
                None => Reason::OtherDistro,
                Some(rank) if have_one_content(&of_best) => rank.reason(),
                Some(_) => Reason::Ambiguous,
            }
        };
        if matches!(
            reason,
            Reason::RefusedStrict | Reason::OtherDistro | Reason::Ambiguous
        ) {
            let considered = if reason == Reason::Ambiguous {
                of_best
            } else {
                kernels
            };
            return Err(NotFound {
                considered,
                ..NotFound::new(reason, system)
            }
            .into());
        }
        Ok(Match {
            same_build,
            ..self.matched(reason, of_best[0])?
        })
    }

    fn matched(&self, reason: Reason, kernel: Kernel<'a>) -> Result<Match<'a>, FormatError> {
        let Content { btf, crc, .. } = self.place(kernel.content)?;
        Ok(Match {
            reason,
            btf,
            crc,
            kernel,
            same_build: false,
            as_x86_64: false,
            above: None,
        })
    }

    /// Searches the next lower and the next higher release.
    fn find_nearest(&self, system: &System, machine: u32) -> Result<Match<'a>, Error<'a>> {
        let failed = |why| NotFound {
            nearest: Some(why),
            ..NotFound::new(Reason::NoRelease, system)
        };
        if system.id.is_empty() || system.version_id.is_empty() {
            return Err(failed("ID or VERSION_ID is unknown").into());
        }
        if machine == I386 {
            return Err(failed("the kernel may be one for x86_64").into());
        }
        // The kernels of the nearest release on each side, as far as they were read.
        let (mut below, mut above) = (Vec::new(), Vec::new());
        let mut is_same = false;
        for number in self.lower_bound(machine, b"")?..self.num_kernels() {
            if u32_at(self.entry(number), 0) != machine {
                break;
            }
            let kernel = self.kernel(number)?;
            if kernel.id != system.id
                || kernel.version_id != system.version_id
                || !is_same_flavour(kernel.release, &system.release)
            {
                continue;
            }
            match compare_releases(kernel.release, &system.release) {
                Ordering::Equal => is_same = true,
                Ordering::Less => approach(&mut below, kernel, Ordering::Greater),
                Ordering::Greater => approach(&mut above, kernel, Ordering::Less),
            }
        }
        let why = match (below.first(), above.first()) {
            _ if is_same => "a release has the same numbers in another text",
            (None, None) => "no kernel of this machine, ID, VERSION_ID and flavour",
            (None, _) => "no lower release of this machine, ID, VERSION_ID and flavour",
            (_, None) => "no higher release of this machine, ID, VERSION_ID and flavour",
            (Some(lower), higher) => {
                if have_one_content(&[&below[..], &above[..]].concat()) {
                    return Ok(Match {
                        above: higher.copied(),
                        ..self.matched(Reason::Nearest, *lower)?
                    });
                }
                "the releases on both sides have different BTF"
            }
        };
        Err(NotFound {
            below: below.first().copied(),
            above: above.first().copied(),
            ..failed(why)
        }
        .into())
    }
}

// ---- The nearest releases ----

/// A part of a release. A number is a run of digits; a word is a run of bytes that are neither digits nor one of
/// . - _ + ~, which separate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    /// Without leading zeros.
    Number(&'a [u8]),
    Word(&'a [u8]),
}

/// Divides a release into its parts.
struct Parts<'a>(&'a [u8]);

fn is_separator(byte: &u8) -> bool {
    b".-_+~".contains(byte)
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let start = self.0.iter().position(|byte| !is_separator(byte))?;
        let text = &self.0[start..];
        let is_number = text[0].is_ascii_digit();
        let is_other = |byte: &u8| byte.is_ascii_digit() != is_number || is_separator(byte);
        let length = text.iter().position(is_other).unwrap_or(text.len());
        self.0 = &text[length..];
        let text = &text[..length];
        if !is_number {
            return Some(Part::Word(text));
        }
        let zeros = text[..length - 1]
            .iter()
            .take_while(|byte| **byte == b'0')
            .count();
        Some(Part::Number(&text[zeros..]))
    }
}

/// Returns true if both releases have the same words: `generic` and `aws` are flavours, and `el` and `el uek`.
fn is_same_flavour(one: &[u8], other: &[u8]) -> bool {
    let is_word = |part: &Part| matches!(part, Part::Word(_));
    Parts(one).filter(is_word).eq(Parts(other).filter(is_word))
}

/// Compares releases of one flavour: numbers by their value; where only one release has a number, it is the higher.
fn compare_releases(one: &[u8], other: &[u8]) -> Ordering {
    let (mut one, mut other) = (Parts(one), Parts(other));
    loop {
        let order = match (one.next(), other.next()) {
            (Some(Part::Number(a)), Some(Part::Number(b))) => a.len().cmp(&b.len()).then(a.cmp(b)),
            (Some(Part::Number(_)), _) => Ordering::Greater,
            (_, Some(Part::Number(_))) => Ordering::Less,
            (Some(_), Some(_)) => Ordering::Equal, // equal words
            _ => return Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Adds a kernel of the same release, and replaces all by one that is nearer. `nearer` is how the nearer of two releases
/// compares with the other.
fn approach<'a>(side: &mut Vec<Kernel<'a>>, kernel: Kernel<'a>, nearer: Ordering) {
    let order = side.first().map_or(nearer, |first| {
        compare_releases(kernel.release, first.release)
    });
    if order == nearer {
        side.clear();
    }
    if order == nearer || order == Ordering::Equal {
        side.push(kernel);
    }
}

// ---- BTF for the running kernel ----

const KERNEL_BTF: &str = "/sys/kernel/btf/vmlinux";

/// Options of `load()`. The default is right for most programs.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    pub options: Options,
    /// The path of a file with BTF that the user gave.
    pub btf: Option<PathBuf>,
    /// The path of an os-release file, see `System::read()`.
    pub os_release: Option<PathBuf>,
    /// None: the running system. Otherwise `os_release` is not read.
    pub system: Option<System>,
    /// The kernel's own BTF is not looked for.
    pub ignore_kernel_btf: bool,
}

/// BTF for a kernel. Its text is for a log.
#[derive(Debug)]
pub struct Source<'a> {
    pub reason: Reason,
    /// None if `reason` is `KernelBtf`: libraries find the kernel's own BTF themselves.
    pub btf: Option<Cow<'a, [u8]>>,
    /// `UserPath` and `KernelBtf`: the file.
    pub path: Option<PathBuf>,
    /// What was found in the bundle, and for which system.
    pub matched: Option<(Match<'a>, System)>,
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(path) = &self.path {
            return write!(f, "{}: {}", self.reason, path.display());
        }
        if let Some((matched, system)) = &self.matched {
            write!(f, "{matched}")?;
            if self.reason != Reason::Exact {
                write!(f, "; the system: {system}")?;
            }
            if let Some(error) = &system.os_release_error {
                write!(f, "; os-release: {error}")?;
            }
        }
        Ok(())
    }
}

/// Finds BTF for this system, in this order:
/// 1. `UserPath`: the file `options.btf`. It must be a regular file that can be read: a path that the user gave is
///    never replaced by another.
/// 2. `KernelBtf`: the kernel's own BTF, /sys/kernel/btf/vmlinux.
/// 3. The bundle, as `Bundle::find()` does. The CRCs of the index and of the BTF are checked.
///
/// An os-release file that cannot be read is as absent, see `System::os_release_error`.
pub fn load<'a>(data: &'a [u8], options: &LoadOptions) -> Result<Source<'a>, Error<'a>> {
    if let Some(path) = &options.btf {
        let mut btf = Vec::new();
        open_regular(path)
            .and_then(|mut file| file.read_to_end(&mut btf))
            .map_err(|error| Error::Io(path.clone(), error))?;
        let reason = Reason::UserPath;
        return Ok(Source {
            reason,
            btf: Some(btf.into()),
            path: Some(path.clone()),
            matched: None,
        });
    }
    if !options.ignore_kernel_btf && open_regular(Path::new(KERNEL_BTF)).is_ok() {
        let reason = Reason::KernelBtf;
        return Ok(Source {
            reason,
            btf: None,
            path: Some(KERNEL_BTF.into()),
            matched: None,
        });
    }
    let system = match &options.system {
        Some(system) => system.clone(),
        None => System::read(options.os_release.as_deref())
            .map_err(|error| Error::Io(PathBuf::from("uname"), error))?,
    };
    let bundle = Bundle::open(data)?;
    bundle.check_index()?;
    let matched = bundle.find(&system, options.options)?;
    matched.check()?;
    let btf = Some(matched.btf.into());
    Ok(Source {
        reason: matched.reason,
        btf,
        path: None,
        matched: Some((matched, system)),
    })
}
