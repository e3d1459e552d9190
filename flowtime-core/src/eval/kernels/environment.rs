//! The floating-point environment: a host thread's other settings are set aside during a call.

/// Round to nearest even, subnormals kept, no traps, until it is dropped.
///
/// Hosts may have switched on flush-to-zero or another rounding for a thread; results must not
/// depend on that.
#[derive(Debug)]
pub(crate) struct DefaultEnvironment {
    saved: u64,
}

impl DefaultEnvironment {
    /// Sets the default environment for this thread.
    pub(crate) fn enter() -> Self {
        let saved = control::read();
        if saved & control::SETTINGS != control::DEFAULT & control::SETTINGS {
            control::write(saved & !control::SETTINGS | control::DEFAULT & control::SETTINGS);
        }
        DefaultEnvironment { saved }
    }
}

impl Drop for DefaultEnvironment {
    fn drop(&mut self) {
        let now = control::read();
        if now & control::SETTINGS != self.saved & control::SETTINGS {
            control::write(now & !control::SETTINGS | self.saved & control::SETTINGS);
        }
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod control {
    /// Everything of MXCSR but the sticky flags: FZ, rounding, exception masks, DAZ.
    pub(super) const SETTINGS: u64 = 0xffc0;
    /// All exceptions masked, nearest even.
    pub(super) const DEFAULT: u64 = 0x1f80;

    pub(super) fn read() -> u64 {
        let mut word = 0u32;
        // SAFETY: stores 32 bits to a live local.
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack)) };
        u64::from(word)
    }

    pub(super) fn write(word: u64) {
        let word = word as u32;
        // SAFETY: loads 32 bits from a live local; only bits that every processor has are changed.
        unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const word, options(nostack, readonly)) };
    }
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
mod control {
    /// Of FPCR: alternative half precision, default NaN, flush-to-zero, rounding, traps.
    pub(super) const SETTINGS: u64 = 0x07f8_9f00;
    pub(super) const DEFAULT: u64 = 0;

    pub(super) fn read() -> u64 {
        let word: u64;
        // SAFETY: reads a register that every thread may read.
        unsafe { std::arch::asm!("mrs {}, fpcr", out(reg) word, options(nomem, nostack)) };
        word
    }

    pub(super) fn write(word: u64) {
        // SAFETY: writes a register that every thread may write.
        unsafe { std::arch::asm!("msr fpcr, {}", in(reg) word, options(nomem, nostack)) };
    }
}

// Miri runs no assembly, and is always in the default environment.
#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod control {
    pub(super) const SETTINGS: u64 = 0;
    pub(super) const DEFAULT: u64 = 0;

    pub(super) fn read() -> u64 {
        0
    }

    pub(super) fn write(_: u64) {}
}

#[cfg(all(test, target_arch = "x86_64", not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn foreign_settings_are_set_aside_and_come_back() {
        let before = control::read();
        // Flush to zero, denormals are zero, round towards minus infinity.
        control::write(before | 0x8040 | 0x2000);
        let tiny = std::hint::black_box(f64::MIN_POSITIVE);
        let flushed = std::hint::black_box(tiny / 4.0);
        let inside = {
            let _environment = DefaultEnvironment::enter();
            std::hint::black_box(std::hint::black_box(tiny) / 4.0)
        };
        let after = control::read();
        control::write(before);
        assert_eq!(flushed, 0.0);
        assert!(inside > 0.0);
        assert_eq!(after & control::SETTINGS, (before | 0xa040) & control::SETTINGS);
    }
}
