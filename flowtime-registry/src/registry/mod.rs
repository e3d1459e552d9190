//! One registry: every model, run and set of telemetry that was stored, and an index to find them by.
//!
//! It moves bytes and what is said about them; it never computes a series.

mod clock;
mod entries;
mod error;
mod folder;
mod index;
mod manage;
mod metadata;
mod put;
mod query;
mod root;
mod scan;
mod state;
mod status;
mod timing;
mod trace;
mod validate;

pub use clock::{Clock, FixedClock, SystemClock};
pub use entries::{Counts, Entry, Page};
pub use error::RegistryError;
pub use folder::Catalog;
pub use index::{INDEX_BACKUP_FILE, INDEX_FILE, LOG_FILE};
pub use manage::Prune;
pub use metadata::Metadata;
pub use put::{NewModel, NewTelemetry, Stored};
pub use query::{Query, SortBy};
pub use root::artifacts_root;
pub use scan::{Problem, Scan};
pub use status::{Status, Synced};
pub use trace::{Trace, TraceTemplate};
pub use validate::Validation;

use crate::artifact::utc;
use crate::storage::{Directory, Storage};
use state::State;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long the lock of the index is waited for, unless said otherwise.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Everything that was stored under one root.
///
/// Any number of registries, in any number of processes, may use the same root at once. Nothing is created before
/// something is stored.
///
/// ```
/// use flowtime_registry::{ModelCatalog, NewModel, Query, Registry};
/// let root = tempfile::tempdir()?;
/// let registry = Registry::open(root.path());
/// let hash = format!("sha256:{}", "1f3a9c02b7d4e5a6".repeat(4));
/// let catalog = ModelCatalog::new("checkout_1f3a9c02b7d4", "Checkout", &hash, &hash);
/// let stored = registry.put_model(&NewModel::new(catalog, b"schemaVersion: 1\n").tag("peak"))?;
/// assert_eq!(stored.card.reference(), "registry:models/checkout_1f3a9c02b7d4/v1");
/// assert_eq!(registry.list(&Query::new().tag("peak"))?.total, 1);
/// assert_eq!(registry.get("checkout_1f3a9c02b7d4")?.card, stored.card);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Registry {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    lock_wait: Duration,
    state: Mutex<State>,
}

impl Registry {
    /// The registry in a folder, which need not exist yet.
    pub fn open(root: impl AsRef<Path>) -> Self {
        Registry::over(Arc::new(Directory::new(root.as_ref())), Arc::new(SystemClock))
    }

    /// The registry over any store, with any clock.
    pub fn over(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Registry { storage, clock, lock_wait: LOCK_WAIT, state: Mutex::default() }
    }

    /// Sets how long the lock of the index is waited for; what was stored is registered later after that.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// How the root is called in messages.
    pub fn root(&self) -> PathBuf {
        self.storage.locate("")
    }

    /// The time now, as documents say it.
    fn now(&self) -> String {
        utc(self.clock.now())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
