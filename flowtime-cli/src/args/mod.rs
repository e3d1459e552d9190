//! The command line.

mod store;

pub(crate) use store::*;

use crate::limits::{self, Limit};
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
`flowtime MODEL.yaml …` is `flowtime run MODEL.yaml …`; `-` reads standard input.

Exit status:
  0    fine
  1    the model or its data are invalid, or a result cannot be written
  2    the command line is wrong
  3    internal error
  4    not found
  5    something is there already
  6    stored files are damaged
  130  interrupted";

/// Models of service flows: from a YAML file to its series.
#[derive(Debug, Parser)]
#[command(name = "flowtime", version, styles = STYLES, after_help = AFTER_HELP, max_term_width = 100)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run models and write their series
    Run(RunArguments),
    /// Check models and say everything that is wrong with them
    Validate(ValidateArguments),
    /// Show what a run of a model would compute, in which order
    Plan(PlanArguments),
    /// Rewrite a model of an older form to the present one
    Migrate(MigrateArguments),
    /// Say what a careful reader would remark on in models and templates
    Lint(LintArguments),
    /// Make models from templates: list them, show one, generate a model
    Template(TemplateArguments),
    /// Make and store models, and look after what is stored
    Sim(SimArguments),
    /// Find, label and delete what is stored
    Artifacts(ArtifactsArguments),
    /// Find, trace and compare stored runs
    Runs(RunsArguments),
    /// Store measured series, for models to read
    Telemetry(TelemetryArguments),
    /// Write a stored model to a bundle, or a run to a table
    Export(ExportArguments),
    /// Store the model of a bundle
    Import(ImportArguments),
    /// List the functions of expressions, or explain one
    Functions(FunctionsArguments),
    /// Explain a diagnostic code, or list all of them
    Explain(ExplainArguments),
    /// Print a script that completes this command in a shell
    Completions(CompletionsArguments),
    /// Print the JSON Schema of models, templates or bundles, for editors
    Schema(SchemaArguments),
}

/// How models are read.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReadingArguments {
    /// Ignore sections that are reserved for later, with a warning
    #[arg(long)]
    pub(crate) ignore_reserved: bool,
    /// Set a limit that a message names: nodes=500000, result_bytes=16GiB; may be repeated
    #[arg(long = "limit", value_name = "NAME=NUMBER", value_parser = limits::read)]
    pub(crate) limits: Vec<Limit>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Model files; `-` reads standard input
    #[arg(value_name = "MODEL", required_unless_present = "model", value_hint = ValueHint::FilePath)]
    pub(crate) models: Vec<PathBuf>,
    /// Run a stored model instead of a file, by its id or a reference
    #[arg(long, value_name = "ID", conflicts_with_all = ["models", "batch", "validate", "ignore_reserved"])]
    pub(crate) model: Option<String>,
    /// The version of the stored model; otherwise the newest
    #[arg(long, value_name = "N", value_parser = version)]
    pub(crate) version: Option<u32>,
    /// Folder for results, `./data` unless FLOWTIME_ARTIFACTS_ROOT or FLOWTIME_DATA_DIR names one: a run is
    /// DIR/runs/<run id>
    #[arg(short, long, visible_alias = "root", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output: Option<PathBuf>,
    /// Seed of the random numbers, 0 to 9007199254740991; otherwise the model's, or 0
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: Option<u64>,
    /// Replace a const or pmf node by a number or by a column: NODE=12.5, NODE=@file.csv#column
    #[arg(long, value_name = "NODE=VALUE", allow_hyphen_values = true)]
    pub(crate) set: Vec<String>,
    /// Name the run after what it computes, and leave an equal one that is stored alone
    #[arg(long)]
    pub(crate) deterministic: bool,
    /// With --deterministic: write the run even if it is stored already
    #[arg(long, requires = "deterministic")]
    pub(crate) force: bool,
    /// Form of the series: a CSV file each; json adds series.json, parquet series.parquet with all of them
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub(crate) format: Format,
    /// Only check the models
    #[arg(long, conflicts_with_all = ["dry_run", "batch", "plot"])]
    pub(crate) validate: bool,
    /// Do everything but write
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Draw the outputs into plot.svg, in the folder of the run
    #[arg(long)]
    pub(crate) plot: bool,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// Where the model came from: a YAML or JSON document to store with the run, or the id of a stored model
    #[arg(long, value_name = "FILE|ID", value_hint = ValueHint::FilePath)]
    pub(crate) provenance: Option<String>,
    /// Run every model, whatever happens to the others, and sum up; MODEL may be a pattern like 'models/*.yaml'
    #[arg(long)]
    pub(crate) batch: bool,
    /// Write what happened to each model as JUnit XML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) junit_output: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Say more: every series, hashes, times
    #[arg(short, long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Say nothing unless it goes wrong
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// The form in which series are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    // A file for each series.
    Csv,
    // The same, and all of them in series.parquet.
    Parquet,
    // The same, and all of them in series.json.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArguments {
    /// Model files; `-` reads standard input
    #[arg(value_name = "MODEL", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) models: Vec<PathBuf>,
    /// How far to look: at the document, at names and files too, or at the results as well
    #[arg(long, value_enum, default_value_t = Tier::Compile)]
    pub(crate) tier: Tier,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Say nothing of models that are valid
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// How far validation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, ValueEnum)]
pub(crate) enum Tier {
    // The document's structure and values.
    Schema,
    // Names, files, cycles.
    Compile,
    // Run the model and look at its series.
    Analyse,
}

impl Tier {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tier::Schema => "schema",
            Tier::Compile => "compile",
            Tier::Analyse => "analyse",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// Model file; `-` reads standard input
    #[arg(value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: PathBuf,
    /// Also draw the graph of the nodes
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) svg: Option<PathBuf>,
    /// Say more: every reference with its lag
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArguments {
    /// Model file; `-` reads standard input
    #[arg(value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: PathBuf,
    /// Put the result in the place of the file
    #[arg(long, conflicts_with_all = ["output", "check"])]
    pub(crate) in_place: bool,
    /// Write the result to a new file
    #[arg(short, long, value_name = "FILE", conflicts_with = "check", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Write nothing; exit with 1 if there is something to change
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct TemplateArguments {
    #[command(subcommand)]
    pub(crate) command: TemplateCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TemplateCommand {
    /// List the templates that come with flowtime
    List(TemplateListArguments),
    /// Say what a template models and what can be chosen
    Show(TemplateShowArguments),
    /// Make a model from a template
    Generate(GenerateArguments),
    /// Check templates and the models that they make, and say everything that is wrong with them
    Validate(TemplateValidateArguments),
}

#[derive(Debug, Args)]
pub(crate) struct TemplateListArguments {
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TemplateShowArguments {
    /// Id of a template, or a template file; `-` reads standard input
    pub(crate) template: PathBuf,
    /// Print one JSON object instead of text; `parameter_form` in it is a JSON Schema of the parameters
    #[arg(long)]
    pub(crate) json: bool,
}

/// The values of parameters.
#[derive(Debug, Args)]
pub(crate) struct ParameterArguments {
    /// The value of a parameter: NAME=12.5, NAME=[1, 2, 3]; may be repeated
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub(crate) set: Vec<String>,
    /// A YAML or JSON document with values of parameters; `--set` goes before it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) params: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// Id of a template, or a template file; `-` reads standard input
    pub(crate) template: PathBuf,
    #[command(flatten)]
    pub(crate) parameters: ParameterArguments,
    /// What the model is called; otherwise as the template
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Write the model to a new file instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Write where the model came from to a new JSON file, for `flowtime run --provenance`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) provenance: Option<PathBuf>,
    /// Say in the model where it came from
    #[arg(long)]
    pub(crate) embed_provenance: bool,
    /// Print one JSON object with the model, its ids and its provenance
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TemplateValidateArguments {
    /// Ids of templates, or template files; `-` reads standard input
    #[arg(value_name = "TEMPLATE", required = true)]
    pub(crate) templates: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) parameters: ParameterArguments,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Say nothing of templates that are valid
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FunctionsArguments {
    /// A function to explain
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A code such as FT0402, or its name
    pub(crate) code: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// Of which documents
    #[arg(value_enum, default_value_t = DocumentKind::Model)]
    pub(crate) of: DocumentKind,
}

/// A sort of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentKind {
    // A model.
    Model,
    // A model with parameters.
    Template,
    // A model and what belongs to it.
    Bundle,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

fn seed(text: &str) -> Result<u64, String> {
    const LARGEST: u64 = (1 << 53) - 1;
    let seed = text.parse().ok().filter(|seed| *seed <= LARGEST);
    seed.ok_or_else(|| format!("a seed is a whole number from 0 to {LARGEST}"))
}

/// `2` or `v2`
fn version(text: &str) -> Result<u32, String> {
    let number = text.strip_prefix('v').unwrap_or(text).parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "a version is a whole number from 1 up, such as 2 or v2".to_owned())
}

/// Reads a command line, the program's name first.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    if args.get(1).is_some_and(|first| means_run(first)) {
        args.insert(1, "run".into());
    }
    Arguments::try_parse_from(args)
}

/// Is it a model, or an option of `run`, rather than a command?
fn means_run(first: &OsStr) -> bool {
    const COMMANDS: [&str; 17] = [
        "run",
        "validate",
        "plan",
        "migrate",
        "lint",
        "template",
        "sim",
        "artifacts",
        "runs",
        "telemetry",
        "export",
        "import",
        "functions",
        "explain",
        "completions",
        "schema",
        "help",
    ];
    let text = first.to_string_lossy();
    if text.starts_with('-') {
        return !["-h", "--help", "-V", "--version"].contains(&text.as_ref());
    }
    let path = Path::new(first);
    let extension = path.extension().map(OsStr::to_ascii_lowercase);
    let is_model = extension.is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e == *known));
    !COMMANDS.contains(&text.as_ref())
        && (is_model || text.contains(std::path::is_separator) || path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn models_mean_run() {
        for model in
            ["-", "a.yaml", "a.YML", "b.json", "x/y", "./run", "/dev/stdin", "Cargo.toml", "--batch", "-q"]
        {
            assert!(means_run(OsStr::new(model)), "{model}");
        }
        for other in ["run", "validate", "schema", "nothing", "sim", "runs", "help", "--help", "-V"] {
            assert!(!means_run(OsStr::new(other)), "{other}");
        }
        let commands: Vec<String> =
            Arguments::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
        assert!(commands.iter().all(|name| !means_run(OsStr::new(name))));
        assert_eq!(commands.len(), 16);
    }
}
