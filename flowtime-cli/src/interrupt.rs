//! Ctrl-C, and the system's request to end.

use flowtime_core::Cancel;
use std::sync::OnceLock;

/// The request that a signal makes, for whatever runs. Signals are watched from the first call on.
pub(crate) fn cancel() -> &'static Cancel {
    static CANCEL: OnceLock<Cancel> = OnceLock::new();
    CANCEL.get_or_init(|| {
        let cancel = Cancel::new();
        let asked = cancel.clone();
        // A host that watches signals itself keeps doing so; the command then cannot be interrupted.
        let _ = ctrlc::try_set_handler(move || asked.cancel());
        cancel
    })
}
