//! A bar for runs that take a while.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Runs that are done by then show no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// The bar of one run; it comes after a second and goes with the value.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    started: Instant,
    bar: Arc<Mutex<Option<ProgressBar>>>,
    name: String,
    /// Somebody looks.
    watched: bool,
}

impl Progress {
    pub(crate) fn new(name: String, watched: bool) -> Self {
        Progress { started: Instant::now(), bar: Arc::default(), name, watched }
    }

    /// Shows which part of a phase of the work is done, from 0 to 1.
    pub(crate) fn show(&self, phase: &str, done: f64) {
        const STEPS: u64 = 1000;
        if !self.watched || self.started.elapsed() < PATIENCE {
            return;
        }
        let Ok(mut bar) = self.bar.lock() else { return };
        let bar = bar.get_or_insert_with(|| {
            let form = "{msg} [{bar:40.cyan}] {percent}%";
            let style = ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr());
            bar.with_style(style.progress_chars("━╸ "))
        });
        bar.set_message(format!("{phase} {}", self.name));
        bar.set_position((done * STEPS as f64) as u64);
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}
