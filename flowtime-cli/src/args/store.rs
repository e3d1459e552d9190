//! The command line of what is stored: models, runs, telemetry, bundles.

use super::ParameterArguments;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use flowtime_registry::{Kind, SortBy, Workspace};
use std::path::PathBuf;
use std::time::Duration;

/// Where everything is stored.
#[derive(Debug, Args)]
pub(crate) struct RootArguments {
    /// Folder of what is stored, `./data` unless FLOWTIME_ARTIFACTS_ROOT or FLOWTIME_DATA_DIR names one
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) root: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

impl RootArguments {
    pub(crate) fn workspace(&self) -> Workspace {
        Workspace::open(self.root.clone().unwrap_or_else(Workspace::default_root))
    }
}

#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// Models, templates, or ids of templates that come with flowtime; `-` reads standard input
    #[arg(value_name = "DOCUMENT", required = true)]
    pub(crate) documents: Vec<PathBuf>,
    /// Exit with 1 if there is anything to remark
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Say nothing of documents without remarks
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct SimArguments {
    #[command(subcommand)]
    pub(crate) command: SimCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimCommand {
    /// Make a model from a template and store it, or write it to a file
    New(NewArguments),
    /// Make a model like a stored one, with other values of some parameters
    Derive(DeriveArguments),
    /// List stored models
    List(ListArguments),
    /// Say everything about a stored model
    Show(ShowArguments),
    /// List the templates that come with flowtime
    Templates(super::TemplateListArguments),
    /// Look after the index of what is stored
    Registry(RegistryArguments),
}

/// What a model is called, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct TargetArguments {
    #[command(flatten)]
    pub(crate) parameters: ParameterArguments,
    /// What the model is called
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The version to store it as, such as v2; otherwise the next free one
    #[arg(long, value_name = "vN", value_parser = super::version)]
    pub(crate) version: Option<u32>,
    /// A word to find it by; may be repeated
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Whose it is
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// `artifacts` stores the model; FILE.yaml writes its document to a new file, `-` to standard output
    #[arg(long, value_name = "artifacts|FILE", default_value = "artifacts", value_hint = ValueHint::FilePath)]
    pub(crate) out: PathBuf,
    /// Write where the model came from to a new JSON file, for `flowtime run --provenance`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) provenance: Option<PathBuf>,
    /// Say in the document where it came from; with `--out FILE`
    #[arg(long)]
    pub(crate) embed_provenance: bool,
    /// Store a picture of the model with it
    #[arg(long)]
    pub(crate) preview: bool,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// Id of a template, or a template file; `-` reads standard input
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) template: PathBuf,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DeriveArguments {
    /// The stored model that is varied
    #[arg(long, value_name = "ID")]
    pub(crate) from: String,
    /// The file of its template, if it does not come with flowtime
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) template: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
}

/// What is listed.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// What to list
    #[arg(long, value_enum)]
    pub(crate) kind: Option<KindArgument>,
    /// Made from this template
    #[arg(long, value_name = "ID")]
    pub(crate) template: Option<String>,
    /// Of this model
    #[arg(long, value_name = "ID")]
    pub(crate) model: Option<String>,
    /// With one of these tags; may be repeated
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// With all of these capabilities; may be repeated
    #[arg(long, value_name = "CAPABILITY")]
    pub(crate) capability: Vec<String>,
    /// Made by this, such as `flowtime-sim`
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Of this owner
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Title or id contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// Made at this time or later, such as 2026-01-05T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Made before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) before: Option<String>,
    /// The order
    #[arg(long, value_enum, default_value_t = SortArgument::Created)]
    pub(crate) sort: SortArgument,
    /// The last of the order first
    #[arg(long)]
    pub(crate) reverse: bool,
    /// How many to leave out at the beginning
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) offset: usize,
    /// How many to list at most
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

/// A kind of artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArgument {
    // Models.
    Model,
    // Runs.
    Run,
    // Measured series.
    Telemetry,
}

impl From<KindArgument> for Kind {
    fn from(kind: KindArgument) -> Kind {
        match kind {
            KindArgument::Model => Kind::Model,
            KindArgument::Run => Kind::Run,
            KindArgument::Telemetry => Kind::Telemetry,
        }
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortArgument {
    Id,
    Created,
    Title,
}

impl From<SortArgument> for SortBy {
    fn from(sort: SortArgument) -> SortBy {
        match sort {
            SortArgument::Id => SortBy::Id,
            SortArgument::Created => SortBy::Created,
            SortArgument::Title => SortBy::Title,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Id, `models/<id>/v<n>` or a `registry:` reference
    #[arg(value_name = "ID")]
    pub(crate) reference: String,
    /// Print a file of it instead, such as model.yaml
    #[arg(long, value_name = "NAME")]
    pub(crate) file: Option<String>,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

#[derive(Debug, Args)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct RegistryArguments {
    #[command(subcommand)]
    pub(crate) command: RegistryCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RegistryCommand {
    /// Make the index say what the folders hold
    Sync(RootArguments),
    /// Say how things stand, and what to do about what is wrong
    Status(RootArguments),
    /// Read the folders of one id again
    Resync(OneArguments),
    /// Check every byte of everything that is stored
    Validate(RootArguments),
}

#[derive(Debug, Args)]
pub(crate) struct OneArguments {
    /// Id, `models/<id>/v<n>` or a `registry:` reference
    #[arg(value_name = "ID")]
    pub(crate) reference: String,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

#[derive(Debug, Args)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct ArtifactsArguments {
    #[command(subcommand)]
    pub(crate) command: ArtifactsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ArtifactsCommand {
    /// List what is stored
    List(ListArguments),
    /// Say everything about one artifact
    Show(ShowArguments),
    /// Change title, description, tags, owner or visibility
    Label(LabelArguments),
    /// Move artifacts to the trash
    Delete(DeleteArguments),
    /// Take an artifact back from the trash
    Restore(OneArguments),
    /// Move old or unused artifacts to the trash
    Prune(PruneArguments),
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["title", "description", "tag", "untag", "owner", "visibility"])))]
pub(crate) struct LabelArguments {
    /// Id, `models/<id>/v<n>` or a `registry:` reference
    #[arg(value_name = "ID")]
    pub(crate) reference: String,
    /// What people read
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// A sentence or two
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Add a tag; may be repeated
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Take a tag away; may be repeated
    #[arg(long, value_name = "TAG")]
    pub(crate) untag: Vec<String>,
    /// Whose it is; an empty text takes it away
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Who is to see it, such as private, team or public; an empty text takes it away
    #[arg(long)]
    pub(crate) visibility: Option<String>,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    /// Ids, `models/<id>/v<n>` or `registry:` references
    #[arg(value_name = "ID", required = true)]
    pub(crate) references: Vec<String>,
    /// Also what runs refer to
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(true).args(["older_than", "unused"])))]
pub(crate) struct PruneArguments {
    /// Older than this: 30d, 12h, 2w
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) older_than: Option<Duration>,
    /// Models and telemetry that no run refers to
    #[arg(long)]
    pub(crate) unused: bool,
    /// Of this kind only
    #[arg(long, value_enum)]
    pub(crate) kind: Option<KindArgument>,
    /// Say what would go, and leave it
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

#[derive(Debug, Args)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct TelemetryArguments {
    #[command(subcommand)]
    pub(crate) command: TelemetryCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TelemetryCommand {
    /// Store the columns of a CSV file, a row a bin, for const nodes to read
    Import(TelemetryImportArguments),
}

#[derive(Debug, Args)]
pub(crate) struct TelemetryImportArguments {
    /// The CSV file; its first line names the columns
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// What it is called; otherwise as the file
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Take this column only; may be repeated
    #[arg(long, value_name = "COLUMN")]
    pub(crate) column: Vec<String>,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

#[derive(Debug, Args)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct RunsArguments {
    #[command(subcommand)]
    pub(crate) command: RunsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List stored runs
    List(ListArguments),
    /// Say everything about a stored run
    Show(ShowArguments),
    /// From a run back to its model, template and parameters
    Trace(OneArguments),
    /// Say what differs between two runs
    Compare(CompareArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The first run
    #[arg(value_name = "RUN_A")]
    pub(crate) a: String,
    /// The second run
    #[arg(value_name = "RUN_B")]
    pub(crate) b: String,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// A stored model, or a run (its series as one CSV table)
    #[arg(value_name = "ID")]
    pub(crate) reference: String,
    /// The file; otherwise model-<id>.yaml here, `-` is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// A zip with the files that belong to the model; so is a FILE that ends in .zip
    #[arg(long)]
    pub(crate) zip: bool,
    /// Another title
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Another description
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Other tags; may be repeated
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Another grid, as BINSxSIZE and unit: 48x30minutes
    #[arg(long, value_name = "GRID", value_parser = grid)]
    pub(crate) grid: Option<(usize, u32, flowtime_core::BinUnit)>,
    /// The series that the model writes, with commas between
    #[arg(long, value_name = "SERIES", value_delimiter = ',')]
    pub(crate) outputs: Vec<String>,
    /// Leave out what was found in the model
    #[arg(long)]
    pub(crate) no_validation: bool,
    /// The model and its title alone
    #[arg(long)]
    pub(crate) minimal: bool,
    /// Export a model with errors, and replace a file
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// A bundle, YAML or zip, or a model; `-` reads standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Import a model with errors
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) root: RootArguments,
}

/// `30d`, `12h`, `2w`
fn age(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no age: write a number and a unit, such as 30d, 12h or 2w");
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?);
    let seconds = match unit.trim() {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

/// `48x30minutes`, `24x1hours`
fn grid(text: &str) -> Result<(usize, u32, flowtime_core::BinUnit), String> {
    let read = || {
        let (bins, size) = text.split_once('x')?;
        let (size, unit) = size.split_at(size.find(|c: char| !c.is_ascii_digit())?);
        let unit = flowtime_core::BinUnit::ALL.into_iter().find(|known| known.name() == unit.trim())?;
        Some((bins.parse().ok()?, size.parse().ok()?, unit))
    };
    read().ok_or_else(|| {
        format!("`{text}` is no grid: write bins, size and unit, such as 24x1hours or 48x30minutes")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_grids() {
        assert_eq!(age("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(age("2 w"), Ok(Duration::from_secs(14 * 86_400)));
        for wrong in ["", "d", "3", "3y", "-1d", "1.5d", "99999999999999999999d", "9999999999999999999w"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
        assert_eq!(grid("48x30minutes"), Ok((48, 30, flowtime_core::BinUnit::Minutes)));
        for wrong in ["", "48", "48x", "48x30", "x30minutes", "48x30min", "48xminutes", "-1x1hours"] {
            assert!(grid(wrong).is_err(), "{wrong}");
        }
    }
}
