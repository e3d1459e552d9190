//! `flowtime migrate`

use crate::args::MigrateArguments;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::terminal::Terminal;
use flowtime_core::Limits;
use flowtime_core::diagnostics::{Code, Diagnostic, Source};
use flowtime_registry::{StoreError, write_file_atomically};
use std::fs;
use std::path::Path;

pub(crate) fn perform(arguments: &MigrateArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let name = input::name_of(&arguments.model);
    if arguments.in_place && input::is_standard_input(&arguments.model) {
        return Err(Failure::new(Exit::Usage, "standard input has no place to be written to")
            .help("leave `--in-place` out, or use `--output FILE`"));
    }
    let bytes = input::read(&arguments.model, &Limits::default())?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let message = format!("byte {} is not UTF-8 text", error.valid_up_to());
        let found = Diagnostic::new(Code::NotUtf8, "", message).help("save the file as UTF-8");
        Failure::findings(vec![found], None)
    })?;
    let migrated = flowtime_core::migrate(text).map_err(|error| {
        // The document is shown under its own name.
        let source = Source::new(name.as_str(), text.trim_start_matches('\u{FEFF}'));
        Failure::findings(error.diagnostics().to_vec(), Some(source))
    })?;
    for change in &migrated.changes {
        terminal.note(&format!("{name}: {change}\n"));
    }
    let changed = !migrated.changes.is_empty();
    if !changed {
        terminal.note(&format!("{name}: nothing to change\n"));
    }
    if arguments.check {
        return Ok(if changed { Exit::Invalid } else { Exit::Fine });
    }
    if let Some(output) = &arguments.output {
        if fs::symlink_metadata(output).is_ok() {
            let failure = Failure::from(StoreError::Exists { path: output.clone() });
            return Err(failure.help("choose another name, or remove it first"));
        }
        write_file_atomically(output, migrated.text.as_bytes())?;
    } else if arguments.in_place {
        if changed {
            replace(&arguments.model, migrated.text.as_bytes())?;
        }
    } else {
        terminal.result(&migrated.text)?;
    }
    Ok(Exit::Fine)
}

/// Puts new contents in the place of a file: whole, with its permissions, where a link leads to.
fn replace(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::reading(path, &error);
    let target = fs::canonicalize(path).map_err(failed)?;
    let permissions = fs::metadata(&target).map_err(failed)?.permissions();
    if permissions.readonly() {
        return Err(Failure::new(Exit::Invalid, format!("`{}` is write-protected", path.display()))
            .help("allow writing to it, or use `--output FILE`"));
    }
    write_file_atomically(&target, contents)?;
    fs::set_permissions(&target, permissions).map_err(|error| {
        Failure::new(Exit::Invalid, format!("`{}` was rewritten, but {error}", path.display()))
    })
}
