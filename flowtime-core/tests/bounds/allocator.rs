//! Counts what the current thread takes from the allocator, so that tests can run side by side.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(calls: usize, bytes: isize) {
    CALLS.set(CALLS.get() + calls);
    LIVE.set(LIVE.get() + bytes);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

// SAFETY: every call goes to the system's allocator as it is; counting allocates nothing, as the cells
// need neither initialisation nor destruction.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as isize);
        // SAFETY: what the caller promises is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as isize);
        // SAFETY: what the caller promises is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, -(layout.size() as isize));
        // SAFETY: what the caller promises is passed on.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size as isize - layout.size() as isize);
        // SAFETY: what the caller promises is passed on.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// What `work` took: calls that ask for memory, and the most bytes that it held at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) calls: usize,
    pub(crate) bytes: usize,
}

/// Does `work` and counts what it takes beyond what is held already.
pub(crate) fn measured<T>(work: impl FnOnce() -> T) -> (T, Used) {
    let (calls, before) = (CALLS.get(), LIVE.get());
    PEAK.set(before);
    let result = work();
    let used = Used { calls: CALLS.get() - calls, bytes: (PEAK.get() - before) as usize };
    (result, used)
}

#[test]
fn allocations_are_counted() {
    let (block, used) = measured(|| vec![1_u8; 1000]);
    assert_eq!(used, Used { calls: 1, bytes: 1000 });
    let (_, used) = measured(|| drop(block));
    assert_eq!(used, Used { calls: 0, bytes: 0 });
}
