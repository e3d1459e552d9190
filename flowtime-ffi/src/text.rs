//! Text: borrowed views, and texts that the caller owns.

use crate::guard;
use std::ffi::c_char;

/// A borrowed text: UTF-8, not ended by a NUL. It lives as long as what it was read from. NULL and
/// 0 where there is no text. This struct is frozen.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct flowtime_str {
    /// The first byte, or NULL.
    pub data: *const c_char,
    /// How many bytes.
    pub length: usize,
}

impl flowtime_str {
    /// No text.
    pub(crate) const NONE: Self = flowtime_str { data: std::ptr::null(), length: 0 };

    /// A view of `text`, which lives as long as the handle that it is read from.
    pub(crate) fn of(text: &str) -> Self {
        flowtime_str { data: text.as_ptr().cast(), length: text.len() }
    }

    /// A view of a text that there may be.
    pub(crate) fn of_some(text: Option<&str>) -> Self {
        text.map_or(Self::NONE, Self::of)
    }
}

/// A text that the caller owns. Free it with flowtime_text_free().
pub struct flowtime_text {
    /// With a NUL at its end.
    text: String,
}

impl flowtime_text {
    pub(crate) fn new(mut text: String) -> Self {
        text.push('\0');
        flowtime_text { text }
    }
}

/// The text as a view, which lives as long as the object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_text_view(text: *const flowtime_text) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(text, flowtime_str::NONE, |text| {
            Some(flowtime_str::of(&text.text[..text.text.len() - 1]))
        })
    }
}

/// The text with a NUL at its end, which lives as long as the object; "" for NULL. A text that has a
/// NUL inside ends there for functions that look for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_text_cstr(text: *const flowtime_text) -> *const c_char {
    // SAFETY: the contract of the header.
    unsafe { guard::read(text, c"".as_ptr(), |text| Some(text.text.as_ptr().cast())) }
}

/// Frees a text. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_text_free(text: *mut flowtime_text) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(text) }
}
