//! Versions, for comparison with the macros of the header.

use std::ffi::{CStr, c_char};

/// Changes when a program that was built with an older header can no longer use the library.
const ABI_VERSION: u32 = 0;

/// One number of the version.
const fn number(text: &str) -> u32 {
    let (digits, mut at, mut number) = (text.as_bytes(), 0, 0);
    while at < digits.len() {
        number = number * 10 + (digits[at] - b'0') as u32;
        at += 1;
    }
    number
}

const VERSION_NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
    + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
    + number(env!("CARGO_PKG_VERSION_PATCH"));

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL"),
};

/// The version of the library that is loaded, as FLOWTIME_VERSION is of the header. Static, with a NUL
/// at its end.
#[unsafe(no_mangle)]
pub extern "C" fn flowtime_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The version as a number: 1000000 * major + 1000 * minor + patch, as FLOWTIME_VERSION_NUMBER.
#[unsafe(no_mangle)]
pub extern "C" fn flowtime_version_number() -> u32 {
    VERSION_NUMBER
}

/// The version of the ABI, as FLOWTIME_ABI_VERSION: compare the two before anything else when the
/// library is loaded at run time.
#[unsafe(no_mangle)]
pub extern "C" fn flowtime_abi_version() -> u32 {
    ABI_VERSION
}
