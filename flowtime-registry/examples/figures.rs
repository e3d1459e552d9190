//! How long the registry takes with many entries: `cargo run --release -p flowtime-registry --example figures`.
//!
//! It fills a folder (the first argument, else a temporary one) with 10 000 models of a typical size, then times
//! each operation with a registry that was just opened, whose index is cold.

use flowtime_core::provenance::model_id;
use flowtime_registry::{
    CatalogNode, Kind, LabelChange, ModelCatalog, NewModel, Query, Registry, RegistryError, SortBy,
};
use std::path::Path;
use std::time::{Duration, Instant};

const ENTRIES: usize = 10_000;
const VALIDATED: usize = 1_000;
const REPEATS: usize = 11;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let temporary = tempfile::tempdir()?;
    let root = std::env::args().nth(1).map_or_else(|| temporary.path().to_owned(), Into::into);
    let entries = std::env::args().nth(2).map_or(Ok(ENTRIES), |count| count.parse())?;

    let small = root.join("validate");
    fill(&small, VALIDATED.min(entries))?;
    let start = Instant::now();
    let validation = Registry::open(&small).validate()?;
    println!(
        "validate {}: {:?}, {} problems",
        validation.checked,
        start.elapsed(),
        validation.problems.len()
    );

    let large = root.join("large");
    let start = Instant::now();
    let slowest = fill(&large, entries)?;
    println!(
        "put, on average: {:?}; the slowest, which writes the index anew: {slowest:?}",
        start.elapsed() / entries as u32
    );
    let size = |file: &str| std::fs::metadata(large.join(file)).map_or(0, |found| found.len());
    println!("index: {} KB, log: {} KB", size("registry-index.json") >> 10, size("registry-index.log") >> 10);

    cold("list all", &large, |registry, _| registry.list(&Query::new()).map(|page| page.total))?;
    cold("list a page of a query", &large, |registry, _| {
        let query = Query::new().kind(Kind::Model).tag("tag-7").name("queue").sort(SortBy::Created).limit(20);
        registry.list(&query).map(|page| page.total)
    })?;
    cold("counts", &large, |registry, _| registry.counts(&Query::new()).map(|counts| counts.by_tag.len()))?;
    cold("get", &large, |registry, repeat| {
        let (id, ..) = model(repeat * 7 % entries);
        registry.get(&id).map(|entry| entry.versions.len())
    })?;
    cold("put", &large, |registry, repeat| put(registry, entries + repeat).map(|()| 1))?;
    cold("put what is there", &large, |registry, repeat| put(registry, repeat).map(|()| 1))?;
    cold("change labels", &large, |registry, repeat| {
        let (id, ..) = model(repeat);
        registry.update_labels(&id, &LabelChange::new().title("Changed")).map(|_| 1)
    })?;
    cold("delete", &large, |registry, repeat| {
        let (id, ..) = model(entries + repeat);
        registry.delete(&id, false).map(|cards| cards.len())
    })?;
    let registry = Registry::open(&large);
    registry.list(&Query::new())?;
    let start = Instant::now();
    let total = registry.list(&Query::new().tag("tag-7"))?.total;
    println!("query, warm: {:?} for {total}", start.elapsed());
    let start = Instant::now();
    let status = registry.status()?;
    println!("status: {:?}, {} registered", start.elapsed(), status.registered);
    let start = Instant::now();
    println!("sync: {} in {:?}", registry.sync()?.total, start.elapsed());
    for file in ["registry-index.json", "registry-index.log"] {
        std::fs::remove_file(large.join(file))?;
    }
    let start = Instant::now();
    let total = Registry::open(&large).list(&Query::new())?.total;
    println!("list without an index: {total} in {:?}", start.elapsed());
    Ok(())
}

/// Times an operation in a registry that was just opened.
fn cold(
    what: &str,
    root: &Path,
    operation: impl Fn(&Registry, usize) -> Result<usize, RegistryError>,
) -> Result<(), RegistryError> {
    let mut times = Vec::new();
    let mut result = 0;
    for repeat in 0..REPEATS {
        let start = Instant::now();
        let registry = Registry::open(root);
        result = operation(&registry, repeat)?;
        times.push(start.elapsed());
    }
    times.sort();
    let (median, slowest) = (times[REPEATS / 2], times[REPEATS - 1]);
    println!("{what}: median {median:?}, slowest {slowest:?}, result {result}");
    Ok(())
}

/// Stores so many models; returns the longest time that one took.
fn fill(root: &Path, entries: usize) -> Result<Duration, RegistryError> {
    let registry = Registry::open(root);
    let mut slowest = Duration::ZERO;
    for number in 0..entries {
        let start = Instant::now();
        put(&registry, number)?;
        slowest = slowest.max(start.elapsed());
    }
    Ok(slowest)
}

/// The id, name and hash of a model.
fn model(number: usize) -> (String, String, String) {
    let name = format!("Queue of desk {number}");
    let hash = format!("sha256:{:016x}{}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15), "5a".repeat(24));
    (model_id(&name, &hash), name, hash)
}

fn put(registry: &Registry, number: usize) -> Result<(), RegistryError> {
    let (id, name, hash) = model(number);
    let mut catalog = ModelCatalog::new(&id, &name, &hash, &hash);
    catalog.description =
        "Arrivals by the hour, some desks, and a queue that remembers what was left.".to_owned();
    catalog.template_id = Some(format!("template-{}", number % 7));
    catalog.template_version = Some("1.0.0".to_owned());
    catalog.source = Some("flowtime-sim".to_owned());
    catalog.inputs_hash = Some(hash);
    catalog.capabilities = ["executable", "parameterizable", "validatable"].map(str::to_owned).into();
    catalog.metadata.validation_score = Some(0.98);
    for node in 0..12 {
        catalog.topology.nodes.push(CatalogNode { id: format!("queue_{node}"), kind: "expr".to_owned() });
    }
    let yaml = format!(
        "schemaVersion: 1\n# {number}\n{}",
        "  - {id: queue, kind: expr, expr: 'a + b'}\n".repeat(40)
    );
    let provenance =
        serde_json::json!({"model_id": id, "source": "flowtime-sim", "parameters": {"staff": 3}});
    let preview = vec![b' '; 6_000];
    let labels = LabelChange::new().tags([format!("tag-{}", number % 50), "winter".to_owned()]);
    let new =
        NewModel::new(catalog, yaml.as_bytes()).provenance(&provenance).preview(&preview).labels(labels);
    registry.put_model(&new).map(|_| ())
}
