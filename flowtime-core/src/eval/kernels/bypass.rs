//! Stores that bypass the caches.
//!
//! Results that are larger than the caches drive out what is still needed, and are themselves driven out before
//! anybody reads them. Written past the caches they cost one trip to memory instead of two, as their lines need not be
//! brought in first.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

/// So many numbers of results in all bypass the caches: 8 MiB, more than a core has to itself. With fewer, whoever reads
/// them next would wait longer than was saved.
pub(super) const LEAST: usize = 1 << 20;

/// Stores eight numbers, around the caches where the instruction set can.
///
/// # Safety
/// `to` must be writable for eight numbers and begin a line of 64 bytes. Before anybody reads them, this thread
/// must call [`end`].
#[inline(always)]
pub(super) unsafe fn store<S: Simd>(numbers: f64x8<S>, to: *mut f64) {
    #[cfg(target_arch = "x86_64")]
    {
        use fearless_simd::Level;
        use std::arch::x86_64::{_mm256_loadu_pd, _mm256_stream_pd, _mm512_loadu_pd, _mm512_stream_pd};
        let from = numbers.as_slice().as_ptr();
        match numbers.token().level() {
            // SAFETY: the level proves the instructions; the rest is the caller's promise.
            Level::Avx512(_) => unsafe { return _mm512_stream_pd(to, _mm512_loadu_pd(from)) },
            // SAFETY: as above.
            Level::Avx2(_) => unsafe {
                _mm256_stream_pd(to, _mm256_loadu_pd(from));
                return _mm256_stream_pd(to.add(4), _mm256_loadu_pd(from.add(4)));
            },
            _ => {}
        }
    }
    // SAFETY: the caller's promise.
    numbers.store_slice(unsafe { std::slice::from_raw_parts_mut(to, 8) });
}

/// Makes what bypassed the caches visible, as all other stores are.
pub(super) fn end() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of this kind has the instruction.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}
