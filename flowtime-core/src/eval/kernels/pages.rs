//! Pages behind large results.

/// Below this, ordinary pages are as good.
#[cfg(target_os = "linux")]
const LEAST: usize = 4 << 20;

/// Asks for large pages behind `numbers`, before they are first touched.
///
/// A run that keeps every series spends more time on page faults than on arithmetic; with pages of
/// 2 MiB there are five hundred times fewer. A hint only: nothing depends on it.
#[cfg(target_os = "linux")]
pub(crate) fn prefer_large(numbers: &mut [f64]) {
    let bytes = std::mem::size_of_val(numbers);
    if bytes < LEAST {
        return;
    }
    const PAGE: usize = 4096;
    let start = (numbers.as_mut_ptr() as usize).next_multiple_of(PAGE);
    let end = (numbers.as_mut_ptr() as usize + bytes) & !(PAGE - 1);
    if start < end {
        // SAFETY: the range lies inside `numbers`, and the advice changes no content.
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
    }
}

/// Other systems choose for themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prefer_large(_: &mut [f64]) {}
