//! Where the results of an ensemble go.

use super::Finished;
use super::{picture, table};
use crate::args::{EnsembleArguments, TableFormat};
use crate::exit::{Exit, Failure};
use crate::interrupt;
use flowtime_core::Value as Tree;
use flowtime_core::provenance::{ENGINE_VERSION, SEMANTICS_VERSION, model_hash_of, timestamped_run_id};
use flowtime_registry::{StoreError, SummedFolder, write_file_atomically_with};
use jiff::Timestamp;
use serde_json::json;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where folders go unless an argument says so.
const ROOT: &str = "./data";

/// What is written, and where.
pub(crate) enum Target {
    Nothing,
    StandardOutput(TableFormat),
    File(PathBuf, TableFormat),
    /// A folder with everything, below this root.
    Folder(PathBuf, TableFormat),
}

impl Target {
    pub(crate) fn of(arguments: &EnsembleArguments) -> Result<Target, Failure> {
        let usage = |message: &str, help: &str| Failure::new(Exit::Usage, message).help(help);
        let Some(path) = &arguments.output else {
            return match (arguments.plot, arguments.format) {
                (true, format) => Ok(Target::Folder(ROOT.into(), format.unwrap_or(TableFormat::Csv))),
                (false, None) => Ok(Target::Nothing),
                (false, Some(_)) => Err(usage(
                    "`--format` is the form of a table that is written",
                    "say where: `--output table.csv`, `--output -` or `--output DIR`",
                )),
            };
        };
        let ending = path.extension().map(|extension| extension.to_ascii_lowercase());
        let of_file = [TableFormat::Csv, TableFormat::Json, TableFormat::Parquet]
            .into_iter()
            .find(|format| ending.as_deref().is_some_and(|ending| ending == format.extension()));
        let target = if path.as_os_str() == "-" {
            Target::StandardOutput(arguments.format.unwrap_or(TableFormat::Csv))
        } else if let Some(format) = of_file {
            if arguments.format.is_some_and(|asked| asked != format) {
                return Err(usage(
                    "`--format` and the ending of the file in `--output` differ",
                    "leave `--format` out",
                ));
            }
            Target::File(path.clone(), format)
        } else {
            return Ok(Target::Folder(path.clone(), arguments.format.unwrap_or(TableFormat::Csv)));
        };
        if arguments.plot {
            return Err(usage(
                "`--plot` needs a folder to draw into",
                "name a folder: `--output data --plot`",
            ));
        }
        if target.is_standard_output() && arguments.json {
            return Err(usage(
                "`--json` and `--output -` both write to standard output",
                "write the table to a file, or leave one of them out",
            ));
        }
        Ok(target)
    }

    pub(crate) fn is_standard_output(&self) -> bool {
        matches!(self, Target::StandardOutput(_))
    }

    /// Writes what is asked for; what was written, if it has a name.
    pub(crate) fn write(&self, finished: &Finished<'_>) -> Result<Option<PathBuf>, Failure> {
        match self {
            Target::Nothing => Ok(None),
            Target::StandardOutput(format) => {
                let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
                match write_table(&mut out, finished, *format).and_then(|()| out.flush()) {
                    // A reader that went away has seen enough.
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(interrupted_or(
                        Failure::new(Exit::Invalid, format!("cannot write to standard output: {error}")),
                    )),
                    _ => Ok(None),
                }
            }
            Target::File(path, format) => {
                write_file_atomically_with(path, |file| write_table(file, finished, *format))
                    .map_err(|error| interrupted_or(error.into()))?;
                Ok(Some(path.clone()))
            }
            Target::Folder(root, format) => {
                write_folder(root, finished, *format).map(Some).map_err(|error| interrupted_or(error.into()))
            }
        }
    }
}

/// An interruption stops the writing, which then fails for no other reason.
fn interrupted_or(failure: Failure) -> Failure {
    if interrupt::cancel().is_cancelled() { Failure::interrupted() } else { failure }
}

fn write_table(file: &mut dyn Write, finished: &Finished<'_>, format: TableFormat) -> io::Result<()> {
    match format {
        TableFormat::Csv => table::write_csv(file, finished),
        TableFormat::Json => table::write_json(file, finished),
        TableFormat::Parquet => table::write_parquet(file, finished),
    }
}

/// Writes `ROOT/ensembles/<id>`, which is whole or absent.
fn write_folder(root: &Path, finished: &Finished<'_>, format: TableFormat) -> Result<PathBuf, StoreError> {
    let now = Timestamp::now();
    // New in every process.
    let distinct = RandomState::new().build_hasher().finish() as u32;
    let id = timestamped_run_id(now.as_second().unsigned_abs(), distinct).replacen("run_", "ensemble_", 1);
    let path = root.join("ensembles").join(&id);
    let mut folder = SummedFolder::beside(&path)?;
    let spec = finished.loaded.model.to_value();
    folder.write("spec.yaml", |file| file.write_all(spec.to_yaml().as_bytes()))?;
    let statistics = format!("statistics.{}", format.extension());
    folder.write(&statistics, |file| write_table(file, finished, format))?;
    // The object has the measures already.
    if format != TableFormat::Json && finished.answer.first.measures().len() > 0 {
        folder.write("scenarios.csv", |file| table::write_scenarios(file, finished))?;
    }
    if finished.arguments.plot {
        for (name, svg) in picture::pictures(finished) {
            folder.write(&name, |file| file.write_all(svg.as_bytes()))?;
        }
    }
    let manifest = manifest(&id, &now, &spec, finished);
    folder.write("manifest.json", |file| file.write_all(crate::report::pretty(&manifest).as_bytes()))?;
    folder.seal()?.commit(false)?;
    Ok(path)
}

/// How to get the same again.
fn manifest(id: &str, now: &Timestamp, spec: &Tree, finished: &Finished<'_>) -> serde_json::Value {
    let (arguments, first) = (finished.arguments, &finished.answer.first);
    let hash = model_hash_of(spec);
    let sweep = arguments.sweep.iter().map(|(node, numbers)| json!({"node": node, "values": numbers}));
    json!({
        "schema_version": 1,
        "ensemble_id": id,
        "created_at": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "title": finished.loaded.model.title(),
        "model_hash": hash,
        "scenarios": first.scenarios(),
        "seed": first.seed(),
        "set": finished.overrides.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "sweep": sweep.collect::<Vec<_>>(),
        "engine_version": ENGINE_VERSION,
        "semantics_version": SEMANTICS_VERSION,
        "execution_time_ms": finished.took.as_micros() as f64 / 1e3,
        "warnings": finished.remarks,
    })
}
