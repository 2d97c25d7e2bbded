//! Compiles the preloaded library, whose bytes this crate then contains.
//!
//! Cargo cannot make the output of one crate an input of another, so this script calls the compiler.

use std::env;
use std::path::Path;
use std::process::Command;

/// Architectures for which the library knows the number of the system call `clock_gettime`.
const ARCHITECTURES: [&str; 3] = ["x86_64", "aarch64", "riscv64"];

fn main() {
    for input in ["build.rs", "shim/lib.rs", "src/layout.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    println!("cargo::rustc-check-cfg=cfg(has_library)");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let supported = variable("CARGO_CFG_TARGET_OS") == "linux"
        && ARCHITECTURES.contains(&variable("CARGO_CFG_TARGET_ARCH").as_str());
    if env::var_os("CARGO_FEATURE_LIBRARY").is_none() || !supported {
        return;
    }
    let library = Path::new(&variable("OUT_DIR")).join("libbakeoff_clock.so");
    let mut compiler = Command::new(variable("RUSTC"));
    compiler
        .args(["--crate-name", "bakeoff_clock_shim", "--crate-type", "cdylib"])
        .args(["--edition", "2024", "-C", "opt-level=2", "-C", "panic=abort"])
        .args(["-C", "strip=symbols", "--target", &variable("TARGET")])
        .arg("-o")
        .arg(&library)
        .arg("shim/lib.rs");
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        compiler.arg("-C").arg(format!("linker={}", linker.display()));
    }
    match compiler.status() {
        Ok(status) if status.success() => println!("cargo::rustc-cfg=has_library"),
        // Without the library, servers run in real time, and reports mark their hit ratios.
        _ => println!("cargo::warning=cannot compile the library for virtual server time"),
    }
}
