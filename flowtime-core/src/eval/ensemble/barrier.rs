//! Where the threads of an ensemble wait for each other.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Turns of waiting before the processor is left to others: phases are often shorter than it takes
/// to put a thread to sleep and wake it.
const SPINS: u32 = 2000;

/// Lets a number of threads go on when all have come.
#[derive(Debug, Default)]
pub(crate) struct Barrier {
    /// How many there are, once all have been started.
    threads: OnceLock<usize>,
    waiting: AtomicUsize,
    round: AtomicUsize,
    broken: AtomicBool,
}

/// One of the threads will not come.
#[derive(Debug)]
pub(crate) struct Broken;

impl Barrier {
    /// So many threads there are, and they may begin.
    pub(crate) fn open(&self, threads: usize) {
        // A second call changes nothing.
        let _ = self.threads.set(threads);
    }

    /// How many threads there are; sleeps until that is known, and has to be unparked then.
    pub(crate) fn threads(&self) -> usize {
        loop {
            match self.threads.get() {
                Some(threads) => return *threads,
                None => std::thread::park(),
            }
        }
    }

    /// Waits until all threads have called it.
    pub(crate) fn wait(&self) -> Result<(), Broken> {
        let round = self.round.load(Ordering::Acquire);
        if self.waiting.fetch_add(1, Ordering::AcqRel) + 1 == self.threads() {
            self.waiting.store(0, Ordering::Relaxed);
            self.round.store(round.wrapping_add(1), Ordering::Release);
        }
        let mut spins = 0;
        while self.round.load(Ordering::Acquire) == round {
            if self.broken.load(Ordering::Relaxed) {
                return Err(Broken);
            }
            spins += 1;
            if spins < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        Ok(())
    }

    /// Breaks the barrier if the thread that holds it panics, so that the others do not wait forever.
    pub(crate) fn guard(&self) -> Guard<'_> {
        Guard(self)
    }
}

/// See [`Barrier::guard`].
pub(crate) struct Guard<'a>(&'a Barrier);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broken.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_runs_ahead() {
        let (threads, rounds) = (4, 2000);
        let barrier = Barrier::default();
        barrier.open(threads);
        let counts: Vec<AtomicUsize> = (0..rounds).map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for count in &counts {
                        count.fetch_add(1, Ordering::Relaxed);
                        barrier.wait().unwrap();
                        assert_eq!(count.load(Ordering::Relaxed), threads);
                    }
                });
            }
        });
    }

    #[test]
    fn a_thread_that_panics_frees_the_others() {
        let barrier = Barrier::default();
        barrier.open(2);
        std::thread::scope(|scope| {
            let lost = scope.spawn(|| {
                let _guard = barrier.guard();
                std::panic::resume_unwind(Box::new("on purpose"));
            });
            assert!(barrier.wait().is_err());
            assert!(lost.join().is_err());
        });
    }
}
