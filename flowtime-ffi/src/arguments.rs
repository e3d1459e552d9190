//! What comes from the caller: checked here, trusted afterwards.

use crate::error::Failure;
use crate::status::flowtime_status::{INVALID_ARGUMENT, INVALID_UTF8, NULL_ARGUMENT};
use std::ffi::{CStr, c_char};

fn null(name: &str) -> Failure {
    Failure::new(NULL_ARGUMENT, format!("`{name}` is NULL"))
}

fn aligned<T>(pointer: *const T, name: &str) -> Result<(), Failure> {
    if pointer.is_aligned() {
        return Ok(());
    }
    Err(Failure::new(
        INVALID_ARGUMENT,
        format!("`{name}` points to an address that is not a multiple of {}", align_of::<T>()),
    ))
}

/// A handle that is needed.
// SAFETY: `pointer` is NULL or a living handle.
pub(crate) unsafe fn handle<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    if pointer.is_null() {
        return Err(null(name));
    }
    aligned(pointer, name)?;
    // SAFETY: the caller's promise.
    Ok(unsafe { &*pointer })
}

/// A handle that may be left out.
// SAFETY: as for `handle`.
pub(crate) unsafe fn optional<'a, T>(pointer: *const T, name: &str) -> Result<Option<&'a T>, Failure> {
    // SAFETY: the caller's promise.
    if pointer.is_null() { Ok(None) } else { unsafe { handle(pointer, name) }.map(Some) }
}

/// `length` items; NULL only when there are none.
// SAFETY: unless it is NULL, `pointer` has `length` items that nobody changes during the call.
pub(crate) unsafe fn items<'a, T>(pointer: *const T, length: usize, name: &str) -> Result<&'a [T], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(Failure::new(NULL_ARGUMENT, format!("`{name}` is NULL, but its length is {length}")));
    }
    aligned(pointer, name)?;
    fits::<T>(length, name)?;
    // SAFETY: the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}

/// Nothing in memory is longer than this.
pub(crate) fn fits<T>(length: usize, name: &str) -> Result<(), Failure> {
    if length <= isize::MAX as usize / size_of::<T>() {
        return Ok(());
    }
    Err(Failure::new(
        INVALID_ARGUMENT,
        format!("the length {length} of `{name}` is more than memory can hold"),
    ))
}

/// The bytes of a text that is checked elsewhere.
// SAFETY: as for `items`.
pub(crate) unsafe fn bytes<'a>(data: *const c_char, length: usize, name: &str) -> Result<&'a [u8], Failure> {
    // SAFETY: the caller's promise.
    unsafe { items(data.cast(), length, name) }
}

/// The bytes of a text that ends with a NUL.
// SAFETY: `data` is NULL or ends with a NUL.
pub(crate) unsafe fn cstr<'a>(data: *const c_char, name: &str) -> Result<&'a [u8], Failure> {
    if data.is_null() {
        return Err(null(name));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { CStr::from_ptr(data) }.to_bytes())
}

/// A text.
// SAFETY: as for `items`.
pub(crate) unsafe fn text<'a>(data: *const c_char, length: usize, name: &str) -> Result<&'a str, Failure> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes(data, length, name)? };
    utf8(bytes, name)
}

pub(crate) fn utf8<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, Failure> {
    std::str::from_utf8(bytes).map_err(|error| {
        let place = error.valid_up_to();
        Failure::new(INVALID_UTF8, format!("byte {place} (0x{:02X}) of `{name}` is not UTF-8", bytes[place]))
            .at(place)
    })
}

/// A list of numbers.
// SAFETY: as for `items`.
pub(crate) unsafe fn numbers<'a>(data: *const f64, length: usize, name: &str) -> Result<&'a [f64], Failure> {
    // SAFETY: the caller's promise.
    unsafe { items(data, length, name) }
}

/// A list of pointers to where numbers go.
// SAFETY: as for `items`.
pub(crate) unsafe fn destinations<'a>(
    data: *const *mut f64,
    length: usize,
    name: &str,
) -> Result<&'a [*mut f64], Failure> {
    // SAFETY: the caller's promise.
    unsafe { items(data, length, name) }
}

/// Where numbers go: the address of `length` of them.
pub(crate) fn destination<T>(data: *mut T, length: usize, name: &str) -> Result<*mut T, Failure> {
    if length == 0 {
        return Ok(std::ptr::dangling_mut());
    }
    if data.is_null() {
        return Err(Failure::new(NULL_ARGUMENT, format!("`{name}` is NULL, but its length is {length}")));
    }
    aligned(data, name)?;
    fits::<T>(length, name)?;
    Ok(data)
}

/// Where a result goes.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    pub(crate) fn set(self, value: T) {
        if !self.0.is_null() {
            // SAFETY: promised when it was made.
            unsafe { self.0.write(value) };
        }
    }

    /// Does the caller want it?
    pub(crate) fn wanted(&self) -> bool {
        !self.0.is_null()
    }
}

/// A result that the caller must take.
// SAFETY: `pointer` is NULL or may be written to until the call returns.
pub(crate) unsafe fn out<T>(pointer: *mut T, name: &str) -> Result<Out<T>, Failure> {
    if pointer.is_null() {
        return Err(null(name));
    }
    aligned(pointer, name)?;
    Ok(Out(pointer))
}

/// A result that the caller may leave.
// SAFETY: as for `out`.
pub(crate) unsafe fn optional_out<T>(pointer: *mut T, name: &str) -> Result<Out<T>, Failure> {
    aligned(pointer, name)?;
    Ok(Out(pointer))
}

/// A value of an enum, out of its number.
pub(crate) fn choice<T: Copy>(number: i32, choices: &[(i32, T)], name: &str) -> Result<T, Failure> {
    choices.iter().find(|(known, _)| *known == number).map(|(_, choice)| *choice).ok_or_else(|| {
        let numbers: Vec<String> = choices.iter().map(|(known, _)| known.to_string()).collect();
        Failure::new(INVALID_ARGUMENT, format!("`{name}` is {number}; it can be {}", numbers.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::flowtime_status;
    use std::ptr;

    #[test]
    fn null_is_only_for_nothing() {
        fn status(result: Result<&[f64], Failure>) -> Result<&[f64], flowtime_status> {
            result.map_err(|f| f.status())
        }
        let two = [1.0, 2.0];
        // SAFETY: NULL, and an array of the length that is said.
        unsafe {
            assert_eq!(status(numbers(ptr::null(), 0, "x")), Ok(&[][..]));
            assert_eq!(status(numbers(ptr::null(), 1, "x")), Err(NULL_ARGUMENT));
            assert_eq!(status(numbers(two.as_ptr(), usize::MAX, "x")), Err(INVALID_ARGUMENT));
            assert_eq!(status(numbers(two.as_ptr().byte_add(1), 1, "x")), Err(INVALID_ARGUMENT));
            assert_eq!(status(numbers(two.as_ptr(), 2, "x")), Ok(&two[..]));
        }
    }

    #[test]
    fn text_is_utf8() {
        let failure = utf8(b"ab\xFFc", "name").err();
        assert_eq!(failure.map(|f| f.status()), Some(INVALID_UTF8));
        assert!(utf8("été".as_bytes(), "name").is_ok());
    }

    #[test]
    fn numbers_outside_an_enum_are_refused() {
        let choices = [(1, 'a'), (2, 'b')];
        assert_eq!(choice(2, &choices, "x").ok(), Some('b'));
        assert_eq!(choice(i32::MIN, &choices, "x").err().map(|f| f.status()), Some(INVALID_ARGUMENT));
    }
}
