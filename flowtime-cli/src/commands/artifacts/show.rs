//! Everything about one artifact.

use crate::args::{KindArgument, ShowArguments};
use crate::exit::{Exit, Failure};
use crate::report::{self, counted};
use crate::table::{Align, Table};
use crate::terminal::{Terminal, printable, wrapped};
use anstyle::Style;
use flowtime_registry::{Catalog, Entry, Kind, Workspace};
use serde_json::{Value, json};

/// Shows an artifact, which has to be of a kind if one is said.
pub(crate) fn show(
    arguments: &ShowArguments,
    kind: Option<KindArgument>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = arguments.root.workspace();
    let registry = workspace.registry();
    if let Some(file) = &arguments.file {
        let bytes = registry.read_file(&arguments.reference, file)?;
        terminal.result(&String::from_utf8_lossy(&bytes))?;
        return Ok(Exit::Fine);
    }
    let entry = registry.get(&arguments.reference)?;
    if let Some(kind) = kind.map(Kind::from).filter(|kind| *kind != entry.card.kind) {
        let found = entry.card.kind.name();
        let message = format!("`{}` is a {found}, not a {}", entry.card.id, kind.name());
        return Err(Failure::new(Exit::NotFound, message)
            .help(format!("`flowtime artifacts show {}` shows it", arguments.reference)));
    }
    if arguments.root.json {
        let metadata = registry.metadata(&arguments.reference)?;
        let mut object = json!(entry);
        object["catalog_url"] = entry.card.reference().into();
        object["metadata"] = json!(metadata);
        terminal.result(&report::pretty(&object))?;
    } else {
        terminal.result(&text(&workspace, &entry, terminal))?;
    }
    Ok(Exit::Fine)
}

fn text(workspace: &Workspace, entry: &Entry, terminal: &Terminal) -> String {
    let bold = terminal.style(Style::new().bold());
    let labels = &entry.labels;
    let mut text = format!("{bold}{}{bold:#} · {}\n", printable(&labels.title), entry.card.reference());
    if !labels.description.is_empty() {
        text.push_str(&format!("\n{}", wrapped(&printable(&labels.description), "  ", terminal.width)));
    }
    let mut facts = Facts::default();
    facts.add("created", &entry.card.created);
    match &entry.catalog {
        Catalog::Model(catalog) => {
            if let (Some(template), Some(version)) = (&catalog.template_id, &catalog.template_version) {
                facts.add("template", &format!("{template} {version}"));
            }
            facts.some("derived from", catalog.relationships.derived_from.as_deref());
            facts.add("capabilities", &catalog.capabilities.join(", "));
            facts.add(
                "score",
                &catalog.metadata.validation_score.map_or(String::new(), |score| format!("{score:.2}")),
            );
            let verified = labels.verification.as_ref();
            facts.some("verified", verified.and_then(|found| found["verified_at"].as_str()));
            let versions: Vec<String> = entry.versions.iter().map(|version| format!("v{version}")).collect();
            facts.add("versions", &versions.join(", "));
            facts.add("runs", &entry.run_count.to_string());
            facts.add("model hash", &catalog.model_hash);
            facts.some("inputs hash", catalog.inputs_hash.as_deref());
        }
        Catalog::Run(catalog) => {
            facts
                .some("model", catalog.relationships.generated_by.as_deref().or(catalog.model_id.as_deref()));
            if let (Some(template), Some(version)) = (&catalog.template_id, &catalog.template_version) {
                facts.add("template", &format!("{template} {version}"));
            }
            let manifest = document(workspace, entry, "manifest.json");
            facts.add("seed", &manifest["seed"].to_string());
            for (node, value) in manifest["overrides"].as_object().into_iter().flatten() {
                facts.add("set", &format!("{node}={value}"));
            }
            facts.add("warnings", &catalog.warnings_count.to_string());
            facts.add("model hash", &catalog.model_hash);
        }
        Catalog::Telemetry(catalog) => {
            facts.add("bins", &catalog.bins.to_string());
            facts.some("source", catalog.source.as_deref());
        }
        _ => {}
    }
    facts.add("tags", &labels.tags.join(", "));
    facts.some("owner", labels.owner.as_deref());
    facts.some("visibility", labels.visibility.as_deref());
    facts.add("folder", &entry.path.display().to_string());
    text.push_str(&format!("\n{}", facts.text()));
    text.push_str(&contents(workspace, entry, terminal));
    text
}

/// Parameters of a model, series of a run or of telemetry, and what to do next.
fn contents(workspace: &Workspace, entry: &Entry, terminal: &Terminal) -> String {
    let bold = terminal.style(Style::new().bold());
    let id = &entry.card.id;
    match &entry.catalog {
        Catalog::Model(catalog) => {
            let mut table = Table::new([("parameter", Align::Left), ("value", Align::Left)]);
            for (name, value) in &catalog.parameters {
                table.row([name.clone(), plain(value)]);
            }
            let parameters =
                if catalog.parameters.is_empty() { String::new() } else { format!("\n{}", table.text(bold)) };
            format!("{parameters}\nflowtime run --model {id}\n")
        }
        Catalog::Run(_) => {
            let index = document(workspace, entry, "series/index.json");
            let headings = [
                ("series", Align::Left),
                ("unit", Align::Left),
                ("min", Align::Right),
                ("mean", Align::Right),
                ("max", Align::Right),
                ("file", Align::Left),
            ];
            let mut table = Table::new(headings);
            for series in index["series"].as_array().into_iter().flatten() {
                let number = |key: &str| {
                    series[key]
                        .as_f64()
                        .map_or_else(|| plain(&series[key]), |x| flowtime_draw::readable(x, 5))
                };
                table.row([
                    plain(&series["id"]),
                    plain(&series["unit"]),
                    number("min"),
                    number("mean"),
                    number("max"),
                    plain(&series["path"]),
                ]);
            }
            format!("\n{}\nflowtime runs trace {id}\n", table.text(bold))
        }
        Catalog::Telemetry(catalog) => {
            let series =
                catalog.series.iter().map(|series| format!("  source: telemetry:{id}#{}\n", series.id));
            let count = counted(catalog.series.len(), "series").replace("seriess", "series");
            format!("\n{count}, for const nodes:\n{}", series.collect::<String>())
        }
        _ => String::new(),
    }
}

fn document(workspace: &Workspace, entry: &Entry, file: &str) -> Value {
    let bytes = workspace.registry().read_file(&entry.card.reference(), file).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// A value without quotes, and short.
pub(super) fn plain(value: &Value) -> String {
    const MOST: usize = 60;
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => printable(text),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    };
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST - 1).chain(['…']).collect() }
}

/// Names and what they say, the names in a column of their own; what says nothing is left out.
#[derive(Default)]
pub(super) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    pub(super) fn add(&mut self, name: &'static str, text: &str) {
        if !text.is_empty() {
            self.0.push((name, printable(text)));
        }
    }

    pub(super) fn some(&mut self, name: &'static str, text: Option<&str>) {
        self.add(name, text.unwrap_or_default());
    }

    pub(super) fn text(&self) -> String {
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        self.0.iter().map(|(name, text)| format!("{name:width$}  {text}\n")).collect()
    }
}
