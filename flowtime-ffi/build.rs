//! Gives the shared library its SONAME, which Cargo does not.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let abi = env("CARGO_PKG_VERSION_MAJOR");
    match env("CARGO_CFG_TARGET_OS").as_str() {
        "macos" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libflowtime.{abi}.dylib");
        }
        "windows" => {}
        _ => println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libflowtime.so.{abi}"),
    }
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets `{name}` for build scripts"))
}
