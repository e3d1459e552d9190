//! The workspace: templates, models, runs and the registry that keeps them, in one place.
//!
//! Authoring makes models and knows nothing of runs; the engine runs models and stores nothing; the registry stores
//! and computes nothing. The workspace is the only part that knows all three, and carries the model and where it came
//! from from one to the next.

mod adopt;
mod archive;
mod bundle;
mod card;
mod compare;
mod error;
mod execute;
mod json;
mod models;
mod request;
mod sources;
mod store;
mod telemetry;
mod verify;

pub use adopt::Made;
pub use bundle::{BundleForm, ExportOptions, Exported, Imported};
pub use card::preview;
pub use compare::{Comparison, Difference, ParameterDifference, SeriesDifference};
pub use error::{WorkspaceError, WorkspaceErrorKind};
pub use execute::{Execution, OutputSeries};
pub use json::{from_json, to_json};
pub use models::{Draft, ModelRef};
pub use request::{ModelRequest, Override, RunRequest};
pub use sources::{Resolved, Sources, TELEMETRY_PREFIX};
pub use store::{PLOT_FILE, RunRef, SERIES_FILE, StoreOptions};
pub use telemetry::TelemetryRef;

use crate::artifact::utc;
use crate::registry::{Clock, Registry, SystemClock, Trace, artifacts_root};
use crate::storage::Directory;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The document of a stored model.
const MODEL_FILE: &str = "model.yaml";

/// Its picture.
const PREVIEW_FILE: &str = "preview.svg";

/// A folder of models, runs and telemetry, and everything that can be done with them.
///
/// ```
/// use flowtime_core::{Template, Value};
/// use flowtime_registry::{ModelRequest, RunRequest, Workspace};
/// # let folder = tempfile::tempdir()?;
/// # let root = folder.path();
/// let workspace = Workspace::open(root);
/// let template = Template::shipped("checkout-service")?;
/// let busy = ModelRequest::new().name("Busy day").parameter("demand_factor", Value::Number(1.2));
/// let model = workspace.new_model(&template, &busy)?;
/// let run = workspace.run(&RunRequest::of_model_id(&model.model_id).seed(7))?;
/// let trace = workspace.trace(&run.run_id)?;
/// assert_eq!(trace.model.unwrap().id, model.model_id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    registry: Registry,
    clock: Arc<dyn Clock>,
    /// What runs that were looked at computed, by id: they never change.
    computed: Mutex<HashMap<String, String>>,
}

impl Workspace {
    /// The workspace in a folder, which need not exist yet.
    pub fn open(root: impl AsRef<Path>) -> Self {
        Workspace::with_clock(root, Arc::new(SystemClock))
    }

    /// The workspace in a folder, with any clock.
    pub fn with_clock(root: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Self {
        let root = root.as_ref().to_owned();
        let registry = Registry::over(Arc::new(Directory::new(&root)), clock.clone());
        Workspace { root, registry, clock, computed: Mutex::default() }
    }

    /// The folder to use when nobody names one: `FLOWTIME_ARTIFACTS_ROOT`, else `FLOWTIME_DATA_DIR`, else `./data`.
    pub fn default_root() -> PathBuf {
        match artifacts_root(None) {
            // As people write a folder that is here.
            here if here == Path::new("data") => PathBuf::from("./data"),
            root => root,
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What is stored.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Follows a run, or a model, back: template, parameters, model, run.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when there is no such run or model.
    pub fn trace(&self, reference: &str) -> Result<Trace, WorkspaceError> {
        Ok(self.registry.trace(reference)?)
    }

    fn now(&self) -> String {
        utc(self.clock.now())
    }
}

/// What hosts with threads rely on.
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Workspace>();
    is_send_and_sync::<RunRequest>();
    is_send_and_sync::<ModelRequest>();
    is_send_and_sync::<Execution>();
    is_send_and_sync::<WorkspaceError>();
};
