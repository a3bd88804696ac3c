// SPDX-License-Identifier: BSD-2-Clause
//! Looks up kernels in a bundle with examples/rust/bundle.rs. lookup.c has the same interface, describes it, and prints
//! the same lines.
//!
//!     lookup load BUNDLE OS_RELEASE [FILE]
//!
//! prints the reason, the size and the CRC-32 of the BTF that `bundle::load()` returns for the running kernel, without the
//! kernel's own BTF. FILE is BTF that the user gave.
//!
//! Tests compile it beside a copy of bundle.rs.

mod bundle;

use bundle::{crc32, Bundle, LoadOptions, Options, System};
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::io::{self, BufRead, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

struct Query {
    system: System,
    options: Options,
}

fn fail(what: impl Display, why: impl Display) -> ! {
    eprintln!("lookup: {what}: {why}");
    std::process::exit(2);
}

fn query_of(line: &[u8]) -> Query {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b'\t').collect();
    if fields.len() != 5 {
        fail(String::from_utf8_lossy(line), "not five fields");
    }
    let mut system = System::new(fields[0], fields[1], fields[2]);
    if !fields[3].is_empty() {
        system.read_os_release(Some(Path::new(OsStr::from_bytes(fields[3]))));
    }
    let options = match fields[4] {
        b"" => Options::default(),
        b"strict" => Options {
            strict: true,
            nearest: false,
        },
        b"nearest" => Options {
            strict: false,
            nearest: true,
        },
        b"strict,nearest" => Options {
            strict: true,
            nearest: true,
        },
        other => fail(String::from_utf8_lossy(other), "unknown flags"),
    };
    Query { system, options }
}

fn answer(bundle: &Bundle, query: &Query, separator: char) -> String {
    match bundle.find(&query.system, query.options) {
        Ok(found) => format!(
            "{}{separator}{}{separator}{}{separator}{:08x}",
            found.reason.name(),
            found.kernel.content,
            found.btf.len(),
            crc32(0, found.btf)
        ),
        Err(error) => match error.reason() {
            Some(reason) => reason.name().to_string(),
            None => fail("an error without a reason", error),
        },
    }
}

fn find_all(output: &mut impl Write, data: &[u8], queries: &[Query]) -> io::Result<()> {
    let opened = Bundle::open(data);
    for query in queries {
        match &opened {
            Ok(bundle) => writeln!(output, "{}", answer(bundle, query, '\t'))?,
            Err(error) => writeln!(output, "{}", error.reason.name())?,
        }
    }
    Ok(())
}

fn print_result(
    output: &mut impl Write,
    name: &str,
    data: &[u8],
    queries: &[Query],
) -> io::Result<()> {
    let bundle = match Bundle::open(data) {
        Ok(bundle) => bundle,
        Err(error) => return writeln!(output, "{name} {}", error.reason.name()),
    };
    write!(
        output,
        "{name} ok {}",
        bundle
            .check()
            .map_or_else(|error| error.reason.name(), |()| "ok")
    )?;
    // Calls also the functions whose results are not printed.
    for number in 0..bundle.num_kernels() {
        if let Ok(kernel) = bundle.kernel(number) {
            let _ = bundle.content(kernel.content);
        }
    }
    for query in queries {
        write!(output, " {}", answer(&bundle, query, ':'))?;
    }
    writeln!(output)
}

fn print_damaged(output: &mut impl Write, data: &[u8], queries: &[Query]) -> io::Result<()> {
    print_result(output, "whole", data, queries)?;
    for size in 0..data.len() {
        print_result(output, &format!("cut {size}"), &data[..size], queries)?;
    }
    for offset in 0..data.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut changed = data.to_vec();
            changed[offset] ^= mask;
            print_result(
                output,
                &format!("byte {offset} {mask:02x}"),
                &changed,
                queries,
            )?;
        }
    }
    Ok(())
}

fn load(data: &[u8], os_release: &OsString, file: Option<&OsString>) {
    let options = LoadOptions {
        os_release: Some(os_release.into()),
        btf: file.map(PathBuf::from),
        ignore_kernel_btf: true,
        ..LoadOptions::default()
    };
    match bundle::load(data, &options) {
        Ok(source) => {
            let btf = source.btf.unwrap_or_else(|| fail("BTF", "none"));
            println!(
                "{}\t{}\t{:08x}",
                source.reason.name(),
                btf.len(),
                crc32(0, &btf)
            );
        }
        Err(error) => match error.reason() {
            Some(reason) => println!("{}", reason.name()),
            None => fail("load", error),
        },
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args_os().collect();
    let mode = arguments
        .get(1)
        .and_then(|mode| mode.to_str())
        .unwrap_or("");
    let is_load = mode == "load" && arguments.len() > 3;
    if !is_load && (arguments.len() != 3 || (mode != "find" && mode != "damaged")) {
        fail("usage", "lookup find|damaged BUNDLE < QUERIES");
    }
    let data = std::fs::read(&arguments[2]).unwrap_or_else(|error| {
        fail(
            String::from_utf8_lossy(&arguments[2].clone().into_vec()),
            error,
        )
    });
    if is_load {
        return load(&data, &arguments[3], arguments.get(4));
    }
    let lines = io::stdin()
        .lock()
        .split(b'\n')
        .collect::<Result<Vec<_>, _>>();
    let lines = lines.unwrap_or_else(|error| fail("queries", error));
    let queries: Vec<Query> = lines.iter().map(|line| query_of(line)).collect();
    let mut output = io::BufWriter::new(io::stdout().lock());
    let printed = match mode {
        "find" => find_all(&mut output, &data, &queries),
        _ => print_damaged(&mut output, &data, &queries),
    };
    if let Err(error) = printed.and_then(|()| output.flush()) {
        fail("standard output", error);
    }
}
