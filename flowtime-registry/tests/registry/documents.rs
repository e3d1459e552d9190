//! Every document that is written, against the schema that is shipped for it.

use crate::behaviour::{catalog, hash, over_each};
use crate::run_folder::assert_valid;
use crate::sample::{Sample, full};
use flowtime_registry::{
    CARD_SCHEMA, CatalogNode, FixedClock, LABELS_SCHEMA, LabelChange, METADATA_SCHEMA, MODEL_CATALOG_SCHEMA,
    NewModel, NewTelemetry, OnExisting, PROVENANCE_SCHEMA, Query, REGISTRY_INDEX_SCHEMA, REGISTRY_LOG_SCHEMA,
    RUN_CATALOG_SCHEMA, Registry, RegistryError, STATUS_SCHEMA, Storage, TELEMETRY_CATALOG_SCHEMA,
    TelemetryCatalog, TelemetrySeries, VALIDATION_SCHEMA,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

fn text(storage: &dyn Storage, path: &str) -> String {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut storage.open(path, 0).unwrap(), &mut text).unwrap();
    text
}

fn document(storage: &dyn Storage, path: &str) -> Value {
    serde_json::from_str(&text(storage, path)).unwrap()
}

/// A catalog with something in every field, as a template of twenty nodes has it.
fn full_catalog() -> flowtime_registry::ModelCatalog {
    let mut catalog = catalog("Checkout, baseline", 0);
    catalog.description = "Arrivals by the hour, three desks, a queue that remembers.".to_owned();
    catalog.parameters = json!({"staff": 3, "peak": [1.5, 2.0], "name": "x"}).as_object().unwrap().clone();
    catalog.topology.level = "nodes".to_owned();
    for i in 0..20 {
        let node = CatalogNode { id: format!("queue_length_{i}"), kind: "expr".to_owned() };
        catalog.topology.nodes.push(node);
        let from = format!("queue_length_{}", (i + 1) % 20);
        catalog.topology.edges.push((from, format!("queue_length_{i}")));
    }
    catalog.data_capabilities = vec!["telemetry".to_owned()];
    catalog.template_hash = Some(hash(2));
    catalog.metadata.sim_template = Some("checkout".to_owned());
    catalog.metadata.sim_version = Some("flowtime/0.1.0".to_owned());
    catalog.metadata.engine_compatible = true;
    catalog.metadata.parameter_count = 3;
    catalog.metadata.validation_score = Some(0.98);
    catalog.relationships.template_source = Some("template:checkout@1.0.0".to_owned());
    catalog.relationships.derived_from = Some("models/checkout_1f3a9c02b7d4/v1".to_owned());
    catalog
}

#[test]
fn every_document_follows_its_schema() {
    over_each(|storage| {
        let clock = Arc::new(FixedClock(UNIX_EPOCH + Duration::from_secs(1_767_607_200)));
        let registry = Registry::over(storage.clone(), clock);
        let provenance =
            json!({"source": "flowtime-sim", "template_id": "checkout", "parameters": {"staff": 3}});
        let labels = LabelChange::new().tags(["peak", "winter"]).owner("ops").visibility("team");
        let new =
            NewModel::new(full_catalog(), b"x").provenance(&provenance).preview(b"<svg/>").labels(labels);
        let model = registry.put_model(&new).unwrap().card;
        let bare = registry.put_model(&NewModel::new(catalog("Bare", 1), b"x")).unwrap().card;
        let sample = Sample::new("run_a", 2, 5);
        let run = registry.put_run(&full(&sample), OnExisting::Refuse).unwrap().card;
        let simple = Sample::new("run_b", 1, 1);
        let simple = registry.put_run(&simple.record(), OnExisting::Refuse).unwrap().card;
        let mut series = TelemetryCatalog::new("airport_1", "Airport");
        series.series = vec![TelemetrySeries { id: "a".to_owned(), unit: Some("flights".to_owned()) }];
        let telemetry =
            registry.put_telemetry(&NewTelemetry::new(series, b"bin_index,a\n0,1\n")).unwrap().card;
        registry.update_labels("run_a", &LabelChange::new().verification(json!({"score": 1}))).unwrap();
        registry.delete("run_b", false).unwrap();
        registry.restore("run_b").unwrap();

        let read = |path: String| document(&*storage, &path);
        for (card, schema) in [
            (&model, MODEL_CATALOG_SCHEMA),
            (&bare, MODEL_CATALOG_SCHEMA),
            (&run, RUN_CATALOG_SCHEMA),
            (&simple, RUN_CATALOG_SCHEMA),
            (&telemetry, TELEMETRY_CATALOG_SCHEMA),
        ] {
            assert_valid(schema, &read(format!("{}/catalog.json", card.path)));
            assert_valid(LABELS_SCHEMA, &read(format!("{}/labels.json", card.path)));
            assert_valid(
                METADATA_SCHEMA,
                &serde_json::to_value(registry.metadata(&card.path).unwrap()).unwrap(),
            );
            assert_valid(CARD_SCHEMA, &serde_json::to_value(card).unwrap());
        }
        for card in [&model, &run] {
            assert_valid(PROVENANCE_SCHEMA, &read(format!("{}/provenance.json", card.path)));
        }
        let listed: Vec<Value> =
            read(format!("{}/catalog.json", model.path))["files"].as_array().unwrap().clone();
        let names: Vec<&str> = listed.iter().map(|file| file["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["model.yaml", "provenance.json", "preview.svg"]);
        let size = text(&*storage, &format!("{}/catalog.json", model.path)).len();
        assert!(size < 4 * 1024, "the catalog of a model of 20 nodes has {size} bytes");

        let log = text(&*storage, "registry-index.log");
        assert!(log.lines().count() > 6 && log.contains("\"remove\""), "{log}");
        for line in log.lines() {
            assert_valid(REGISTRY_LOG_SCHEMA, &serde_json::from_str(line).unwrap());
            assert!(line.len() < 600 + "{\"put\":}".len(), "{} bytes: {line}", line.len());
        }
        assert_valid(REGISTRY_INDEX_SCHEMA, &document(&*storage, "registry-index.json"));
        registry.sync().unwrap();
        let index = document(&*storage, "registry-index.json");
        assert_valid(REGISTRY_INDEX_SCHEMA, &index);
        assert_eq!(index["artifacts"].as_array().unwrap().len(), 5);
        assert_valid(REGISTRY_INDEX_SCHEMA, &document(&*storage, "registry-index.json.bak"));
        assert_valid(STATUS_SCHEMA, &serde_json::to_value(registry.status().unwrap()).unwrap());
        storage.write(&format!("{}/model.yaml", bare.path), b"y").unwrap();
        let validation = registry.validate().unwrap();
        assert_eq!(validation.problems.len(), 1);
        assert_valid(VALIDATION_SCHEMA, &serde_json::to_value(validation).unwrap());
        assert_valid(STATUS_SCHEMA, &serde_json::to_value(registry.status().unwrap()).unwrap());
    });
}

#[test]
fn cards_are_short() {
    over_each(|storage| {
        let registry = Registry::over(storage, Arc::new(FixedClock(UNIX_EPOCH)));
        let long = "Ein \"längerer\" Text,\nder nicht endet. ".repeat(60);
        let mut catalog = full_catalog();
        catalog.description = long.clone();
        let new = NewModel::new(catalog, b"x").tag("peak").tag("winter");
        let card = registry.put_model(&new).unwrap().card;
        let size = serde_json::to_string(&card).unwrap().len();
        assert!((560..600).contains(&size), "{size}");
        assert!(card.description.ends_with('…') && long.starts_with(card.description.trim_end_matches('…')));
        let change = LabelChange::new().title("é".repeat(100)).description("");
        let card = registry.update_labels(&card.path, &change).unwrap();
        assert_eq!(card.description, "");
        assert!(serde_json::to_string(&card).unwrap().len() < 600);
        assert_eq!(
            registry.get(&card.path).unwrap().labels.title,
            "é".repeat(100),
            "the labels keep it whole"
        );

        let mut sample = full_catalog();
        sample.id = format!("{}_aaaaaaaaaaaa", "a".repeat(100));
        let card = registry.put_model(&NewModel::new(sample, b"x")).unwrap().card;
        assert!(serde_json::to_string(&card).unwrap().len() < 700, "long ids are kept");
        assert_eq!(registry.list(&Query::new()).unwrap().total, 2);
    });
}

#[test]
fn what_does_not_follow_a_schema_is_refused() {
    over_each(|storage| {
        let registry = Registry::over(storage, Arc::new(FixedClock(UNIX_EPOCH)));
        let refused = |change: &dyn Fn(&mut flowtime_registry::ModelCatalog), what: &str| {
            let mut catalog = full_catalog();
            change(&mut catalog);
            let error = registry.put_model(&NewModel::new(catalog, b"x")).unwrap_err();
            assert!(matches!(error, RegistryError::Invalid(_)), "{error}");
            assert!(error.to_string().contains(what), "{error}");
        };
        refused(&|catalog| catalog.model_hash = "sha256:12".to_owned(), "`sha256:12` is no hash");
        refused(&|catalog| catalog.template_hash = Some(hash(0).to_uppercase()), "is no hash");
        refused(&|catalog| catalog.created_utc = "today".to_owned(), "`today` is no time");
        assert_eq!(registry.list(&Query::new()).unwrap().total, 0);
        // Another time zone is the same time.
        let mut catalog = full_catalog();
        catalog.created_utc = "2026-01-05T12:00:00+02:00".to_owned();
        let card = registry.put_model(&NewModel::new(catalog, b"x")).unwrap().card;
        assert_eq!(card.created, "2026-01-05T10:00:00Z");
    });
}
