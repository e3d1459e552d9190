//! Gives the shared library its SONAME, which Cargo does not.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/version.rs");
    let abi = abi_version();
    match env("CARGO_CFG_TARGET_OS").as_str() {
        "macos" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libflowtime.{abi}.dylib");
        }
        "windows" => {}
        _ => println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libflowtime.so.{abi}"),
    }
}

/// The number that `flowtime_abi_version` gives.
fn abi_version() -> u32 {
    let path = format!("{}/src/version.rs", env("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let number = source
        .split_once("const ABI_VERSION: u32 = ")
        .and_then(|(_, rest)| rest.split_once(';'))
        .and_then(|(number, _)| number.parse().ok());
    number.unwrap_or_else(|| panic!("{path} has no ABI_VERSION"))
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets `{name}` for build scripts"))
}
