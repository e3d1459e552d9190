//! How a command ends.

use crate::limits;
use flowtime_core::diagnostics::{Diagnostic, Source};
use flowtime_core::{Error, ErrorKind};
use flowtime_registry::{RegistryError, StoreError, WorkspaceError, WorkspaceErrorKind};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// The exit status of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Exit {
    Fine = 0,
    /// The model or its data are wrong, or the system refused to write what came of them.
    Invalid = 1,
    Usage = 2,
    Internal = 3,
    NotFound = 4,
    Conflict = 5,
    Integrity = 6,
    Interrupted = 130,
}

/// Why a command could not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// One sentence; empty when the diagnostics say everything.
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    /// Everything found in the model, warnings included.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What the diagnostics point into.
    pub(crate) source: Option<Source>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Failure { exit, message: message.into(), help: None, diagnostics: Vec::new(), source: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn internal() -> Self {
        Failure::new(Exit::Internal, "internal error: this is a bug in flowtime, not in the model")
            .help("please report it with the model and the lines above")
    }

    pub(crate) fn interrupted() -> Self {
        Failure::new(Exit::Interrupted, "interrupted; nothing was written")
    }

    /// What was found in a model is why it cannot be used.
    pub(crate) fn findings(diagnostics: Vec<Diagnostic>, source: Option<Source>) -> Self {
        let help = limits::advice(&diagnostics).map(str::to_owned);
        Failure { help, diagnostics, source, ..Failure::new(Exit::Invalid, "") }
    }

    /// A file that the user named could not be read.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        let shown = path.display();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                let failure = Failure::new(Exit::NotFound, format!("there is no file `{shown}`"));
                match namesake(path) {
                    Some(other) => failure.help(format!("did you mean `{}`?", other.display())),
                    None => failure,
                }
            }
            io::ErrorKind::IsADirectory => {
                Failure::new(Exit::Invalid, format!("`{shown}` is a folder, not a file")).help(format!(
                    "name a file in it, or run all of them: `--batch '{}'`",
                    path.join("*.yaml").display()
                ))
            }
            io::ErrorKind::PermissionDenied => {
                Failure::new(Exit::Invalid, format!("no permission to read `{shown}`"))
            }
            _ => Failure::new(Exit::Invalid, format!("cannot read `{shown}`: {error}")),
        }
    }

    /// Adds what was found earlier.
    pub(crate) fn after(mut self, warnings: &[Diagnostic]) -> Self {
        let found = std::mem::take(&mut self.diagnostics);
        self.diagnostics = warnings.iter().cloned().chain(found).collect();
        self.diagnostics.sort_by_key(|d| d.span.map_or(0, |span| span.start));
        self
    }
}

/// A model beside a file that is not there, of the same name but for case and ending.
fn namesake(path: &Path) -> Option<PathBuf> {
    let stem = |path: &Path| path.file_stem().map(OsStr::to_ascii_lowercase);
    let folder = path.parent()?;
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let is_model =
        |name: &Path| name.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|m| e == *m));
    let names = listed.read_dir().ok()?.flatten().map(|entry| PathBuf::from(entry.file_name()));
    // Whatever order the system lists them in.
    names.filter(|name| is_model(name) && stem(name) == stem(path)).min().map(|name| folder.join(name))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidModel => {
                Failure::findings(error.diagnostics().to_vec(), error.source_text().cloned())
            }
            // What was given on the command line for the parameters of a template.
            ErrorKind::InvalidArgument if !error.diagnostics().is_empty() => {
                Failure { exit: Exit::Usage, ..Failure::findings(error.diagnostics().to_vec(), None) }
            }
            ErrorKind::InvalidArgument => Failure::new(Exit::Usage, error.to_string()),
            ErrorKind::Cancelled => Failure::interrupted(),
            ErrorKind::LimitExceeded => Failure::new(Exit::Invalid, error.to_string()).help(limits::ADVICE),
            _ => Failure::new(Exit::Invalid, error.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Interrupted => return Failure::interrupted(),
            StoreError::NotFound { .. } => Exit::NotFound,
            StoreError::Exists { .. } => Exit::Conflict,
            StoreError::Damaged { .. } => Exit::Integrity,
            _ => Exit::Invalid,
        };
        Failure::new(exit, error.to_string()).help(error.help())
    }
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        let exit = match error.kind() {
            WorkspaceErrorKind::InvalidArgument => Exit::Usage,
            WorkspaceErrorKind::Cancelled => return Failure::interrupted(),
            WorkspaceErrorKind::NotFound => Exit::NotFound,
            WorkspaceErrorKind::Conflict => Exit::Conflict,
            WorkspaceErrorKind::Integrity => Exit::Integrity,
            _ => Exit::Invalid,
        };
        match error {
            WorkspaceError::Model(error) => error.into(),
            error => match (Failure::new(exit, error.to_string()), error.help()) {
                (failure, Some(help)) => failure.help(help),
                (failure, None) => failure,
            },
        }
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        WorkspaceError::from(error).into()
    }
}
