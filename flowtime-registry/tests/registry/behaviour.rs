//! What every store does, and what the registry does over any of them.

use crate::sample::Sample;
use flowtime_registry::{
    Directory, FixedClock, Found, Kind, LabelChange, Memory, ModelCatalog, NewModel, NewTelemetry,
    OnExisting, Outcome, Query, Registry, RegistryError, SortBy, Storage, StoreError, TelemetryCatalog,
};
use serde_json::json;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Runs a test over each kind of store.
pub(crate) fn over_each(test: impl Fn(Arc<dyn Storage>)) {
    let folder = tempfile::tempdir().unwrap();
    test(Arc::new(Directory::new(folder.path().join("root"))));
    test(Arc::new(Memory::new()));
}

pub(crate) fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock(UNIX_EPOCH + Duration::from_secs(1_767_607_200)))
}

/// Runs a test over a registry in each kind of store.
pub(crate) fn with_each(test: impl Fn(&Registry)) {
    over_each(|storage| test(&Registry::over(storage, clock())));
}

pub(crate) fn hash(digit: u8) -> String {
    format!("sha256:{}", char::from_digit((10 + u32::from(digit)) % 16, 16).unwrap().to_string().repeat(64))
}

pub(crate) fn catalog(name: &str, digit: u8) -> ModelCatalog {
    let id = flowtime_core::provenance::model_id(name, &hash(digit));
    let mut catalog = ModelCatalog::new(&id, name, &hash(digit), &hash(digit));
    catalog.inputs_hash = Some(hash(digit));
    catalog.template_id = Some("checkout".to_owned());
    catalog.template_version = Some("1.0.0".to_owned());
    catalog.source = Some("flowtime-sim".to_owned());
    catalog.capabilities = vec!["executable".to_owned(), "validatable".to_owned()];
    catalog
}

#[test]
fn versions_of_a_model() {
    with_each(|registry| {
        let first = registry.put_model(&NewModel::new(catalog("Desk", 0), b"one")).unwrap();
        assert_eq!((first.card.version, first.outcome, first.pending), (1, Outcome::Written, false));
        assert_eq!(first.card.path, "models/desk_aaaaaaaaaaaa/v1");
        assert_eq!(first.card.created, "2026-01-05T10:00:00Z");
        let again = registry.put_model(&NewModel::new(catalog("Desk", 0), b"one")).unwrap();
        assert_eq!((again.card.clone(), again.outcome), (first.card.clone(), Outcome::Reused));
        let second = registry.put_model(&NewModel::new(catalog("Desk", 0), b"two")).unwrap();
        assert_eq!((second.card.version, second.outcome), (2, Outcome::Written));
        // An earlier version is found as well as the last.
        let again = registry.put_model(&NewModel::new(catalog("Desk", 0), b"one")).unwrap();
        assert_eq!((again.card.version, again.outcome), (1, Outcome::Reused));

        let asked = registry.put_model(&NewModel::new(catalog("Desk", 0), b"one").version(7)).unwrap();
        assert_eq!((asked.card.version, asked.outcome), (7, Outcome::Written));
        let taken = registry.put_model(&NewModel::new(catalog("Desk", 0), b"three").version(2)).unwrap_err();
        assert!(matches!(&taken, RegistryError::Conflict { .. }) && taken.is_conflict(), "{taken}");
        let next = registry.put_model(&NewModel::new(catalog("Desk", 0), b"three")).unwrap();
        assert_eq!(next.card.version, 8);

        // The same 12 digits, another hash.
        let mut other = catalog("Desk", 0);
        other.inputs_hash = Some(format!("sha256:{}", "a".repeat(63) + "0"));
        let collision = registry.put_model(&NewModel::new(other, b"four")).unwrap_err();
        assert!(matches!(collision, RegistryError::Conflict { .. }), "{collision}");

        let entry = registry.get("desk_aaaaaaaaaaaa").unwrap();
        assert_eq!((entry.card.version, entry.versions), (8, vec![1, 2, 7, 8]));
        assert_eq!(registry.get_version("desk_aaaaaaaaaaaa", 2).unwrap().card, second.card);
        assert_eq!(registry.get("registry:models/desk_aaaaaaaaaaaa/v1").unwrap().card, first.card);
        assert_eq!(registry.get(&first.card.reference()).unwrap().card, first.card);
        assert_eq!(registry.read_file("models/desk_aaaaaaaaaaaa/v2", "model.yaml").unwrap(), b"two");
    });
}

#[test]
fn runs_and_telemetry() {
    with_each(|registry| {
        registry.put_model(&NewModel::new(catalog("Desk", 0), b"one")).unwrap();
        let mut other = catalog("Desk", 0);
        other.model_hash = hash(1);
        registry.put_model(&NewModel::new(other, b"two")).unwrap();
        let sample = Sample::new("run_a", 2, 5);
        let mut record = sample.record();
        record.provenance = Some(json!({"model_id": "desk_aaaaaaaaaaaa", "template_id": "checkout"}));
        let model_hash = hash(0);
        record.model_hash = &model_hash;
        let run = registry.put_run(&record, OnExisting::Refuse).unwrap();
        assert_eq!(run.card.model_id.as_deref(), Some("desk_aaaaaaaaaaaa"));
        assert_eq!(run.card.model_version, Some(1));
        assert_eq!(registry.put_run(&record, OnExisting::Reuse).unwrap().outcome, Outcome::Reused);
        registry.update_labels("run_a", &LabelChange::new().add_tag("kept").title("lost")).unwrap();
        let replaced = registry.put_run(&record, OnExisting::Replace).unwrap();
        assert_eq!((replaced.outcome, replaced.card.title.as_str()), (Outcome::Replaced, "run_a"));
        assert_eq!(registry.get("run_a").unwrap().card, replaced.card);
        assert_eq!(replaced.card.tags, ["kept"]);
        let refused = registry.put_run(&record, OnExisting::Refuse).unwrap_err();
        assert!(refused.is_conflict(), "{refused}");
        let provenance = registry.get("run_a").unwrap().provenance.unwrap();
        assert_eq!(provenance["links"]["model_artifact"], "models/desk_aaaaaaaaaaaa/v1");
        assert_eq!(provenance["received_at"], "2026-01-05T10:00:00Z");

        let model = registry.get_version("desk_aaaaaaaaaaaa", 1).unwrap();
        assert_eq!((model.run_count, model.generates), (1, vec!["run_a".to_owned()]));
        assert_eq!(registry.get("desk_aaaaaaaaaaaa").unwrap().run_count, 0, "of version 2");

        let telemetry = TelemetryCatalog::new("airport_1", "Airport");
        let new = NewTelemetry::new(telemetry, b"bin_index,a\n0,1\n");
        assert_eq!(registry.put_telemetry(&new).unwrap().outcome, Outcome::Written);
        assert_eq!(registry.put_telemetry(&new).unwrap().outcome, Outcome::Reused);
        let other = NewTelemetry::new(TelemetryCatalog::new("airport_1", "Airport"), b"other");
        assert!(matches!(registry.put_telemetry(&other), Err(RegistryError::Conflict { .. })));
        assert_eq!(registry.read_file("airport_1", "binned_v0.csv").unwrap(), b"bin_index,a\n0,1\n");

        let counts = registry.counts(&Query::new()).unwrap();
        assert_eq!(counts.by_kind, [("model", 2), ("run", 1), ("telemetry", 1)].into());
        assert_eq!(counts.by_template, [("checkout".to_owned(), 3)].into());
    });
}

#[test]
fn lists() {
    with_each(|registry| {
        for (digit, name) in ["Alpha", "beta", "Gamma"].iter().enumerate() {
            let mut catalog = catalog(name, digit as u8);
            catalog.created_utc = format!("2026-01-0{}T00:00:00Z", 9 - digit);
            if digit == 2 {
                catalog.capabilities.pop();
                catalog.template_version = Some("2.0.0".to_owned());
            }
            let labels = LabelChange::new().tags([["x", "y"], ["y", "z"], ["z", "w"]][digit]).owner(*name);
            let yaml = name.as_bytes();
            registry.put_model(&NewModel::new(catalog, yaml).labels(labels)).unwrap();
        }
        let titles = |query: Query| -> Vec<String> {
            registry.list(&query).unwrap().cards.into_iter().map(|card| card.title).collect()
        };
        let cases: Vec<(Query, &[&str])> = vec![
            (Query::new(), &["Alpha", "beta", "Gamma"]),
            (Query::new().sort(SortBy::Title).descending(), &["Gamma", "beta", "Alpha"]),
            (Query::new().sort(SortBy::Created), &["Gamma", "beta", "Alpha"]),
            (Query::new().tag("x").tag("w"), &["Alpha", "Gamma"]),
            (Query::new().tag("y").owner("beta"), &["beta"]),
            (Query::new().capability("executable").capability("validatable"), &["Alpha", "beta"]),
            (Query::new().template_id("checkout").template_version("2.0.0"), &["Gamma"]),
            (Query::new().name("MA"), &["Gamma"]),
            (Query::new().kind(Kind::Run), &[]),
            (Query::new().source("flowtime-sim").limit(1).offset(1), &["beta"]),
            (Query::new().model_id("beta_bbbbbbbbbbbb"), &["beta"]),
            (Query::new().model_hash(hash(2)), &["Gamma"]),
            (Query::new().created_from("2026-01-08T00:00:00Z"), &["Alpha", "beta"]),
            (
                Query::new().created_from("2026-01-08T02:00:00+02:00").created_before("2026-01-09T00:00:00Z"),
                &["beta"],
            ),
            (Query::new().offset(9), &[]),
        ];
        for (query, expected) in cases {
            assert_eq!(titles(query.clone()), expected, "{query:?}");
        }
        assert_eq!(registry.list(&Query::new().limit(1)).unwrap().total, 3);
        assert!(matches!(registry.list(&Query::new().created_from("soon")), Err(RegistryError::Invalid(_))));
        let counts = registry.counts(&Query::new().owner("beta")).unwrap();
        assert_eq!(counts.by_tag, [("y".to_owned(), 1), ("z".to_owned(), 1)].into());
    });
}

#[test]
fn unknown_ids() {
    with_each(|registry| {
        registry.put_model(&NewModel::new(catalog("Desk", 0), b"one")).unwrap();
        let said = |reference: &str| registry.get(reference).unwrap_err().to_string();
        assert_eq!(
            said("desk_aaaaaaaaaaab"),
            "there is no artifact `desk_aaaaaaaaaaab`; did you mean `desk_aaaaaaaaaaaa`?"
        );
        assert_eq!(said("registry:runs/desk_aaaaaaaaaaaa"), "there is no run `runs/desk_aaaaaaaaaaaa`");
        assert_eq!(
            said("models/desk_aaaaaaaaaaaa/v2"),
            "there is no model `models/desk_aaaaaaaaaaaa/v2`; did you mean `registry:models/desk_aaaaaaaaaaaa/v1`?"
        );
        let file = registry.read_file("desk_aaaaaaaaaaaa", "model.yml").unwrap_err();
        assert_eq!(file.to_string(), "there is no file `model.yml`; did you mean `model.yaml`?");
        for id in ["../a", "/etc/passwd", "a\0b", "con", &"a".repeat(300), "models/../../x"] {
            let error = registry.get(id).unwrap_err();
            assert!(matches!(error, RegistryError::Store(StoreError::InvalidId { .. })), "{id:?}: {error}");
            let new = NewModel::new(ModelCatalog::new(id, "x", &hash(0), &hash(0)), b"one");
            let error = registry.put_model(&new).unwrap_err();
            assert!(matches!(error, RegistryError::Store(StoreError::InvalidId { .. })), "{id:?}: {error}");
        }
    });
}

#[test]
fn stores_behave_alike() {
    over_each(|store| {
        let read = |path: &str, from| {
            let mut text = String::new();
            store.open(path, from)?.read_to_string(&mut text).unwrap();
            Ok::<String, StoreError>(text)
        };
        assert!(store.names("a").unwrap().is_empty());
        assert_eq!(store.look("a/x").unwrap(), None);
        assert!(matches!(read("a/x", 0), Err(StoreError::NotFound { .. })));
        store.write("a/x", b"one").unwrap();
        let first = store.look("a/x").unwrap().unwrap();
        store.write("a/x", b"two").unwrap();
        assert_eq!(read("a/x", 0).unwrap(), "two");
        assert_eq!(read("a/x", 2).unwrap(), "o");
        assert_eq!(read("a/x", 99).unwrap(), "");
        assert_ne!(store.look("a/x").unwrap(), Some(first), "a stamp tells versions apart");
        assert!(matches!(store.write("a", b""), Err(StoreError::IsAFolder { .. })));
        assert!(matches!(store.names("a/x"), Err(StoreError::NotAFolder { .. })));

        store.append("log", 0, b"one\n").unwrap();
        store.append("log", 4, b"two\nthr").unwrap();
        store.append("log", 8, b"four\n").unwrap();
        assert_eq!(read("log", 0).unwrap(), "one\ntwo\nfour\n");
        assert!(matches!(store.append("none", 4, b""), Err(StoreError::NotFound { .. })));

        let mut staged = store.stage("b/c").unwrap();
        staged.create("x").unwrap().write_all(b"1").unwrap();
        staged.create("d/y").unwrap().write_all(b"2").unwrap();
        assert!(matches!(staged.create("x").err().unwrap(), StoreError::Exists { .. }));
        assert!(matches!(staged.create("../x").err().unwrap(), StoreError::OutsideRoot { .. }));
        assert_eq!(store.look("b/c").unwrap(), None);
        staged.commit(false).unwrap();
        drop(staged);
        assert_eq!(read("b/c/d/y", 0).unwrap(), "2");
        let names: Vec<_> = store.names("b/c").unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["d", "x"]);
        let mut second = store.stage("b/c").unwrap();
        second.create("z").unwrap().write_all(b"3").unwrap();
        assert!(matches!(second.commit(false), Err(StoreError::Exists { .. })));
        second.commit(true).unwrap();
        drop(second);
        assert_eq!(store.look("b/c/x").unwrap(), None);
        assert_eq!(read("b/c/z", 0).unwrap(), "3");
        drop(store.stage("b/dropped").unwrap());
        assert_eq!(store.look("b/dropped").unwrap(), None);

        store.rename("b/c", "trash/1").unwrap();
        assert_eq!((store.look("b/c").unwrap(), store.look("trash/1").unwrap()), (None, Some(Found::Folder)));
        assert!(matches!(store.rename("b/c", "trash/2"), Err(StoreError::NotFound { .. })));
        store.write("b/c/x", b"").unwrap();
        assert!(matches!(store.rename("b/c", "trash/1"), Err(StoreError::Exists { .. })));
        store.remove("trash").unwrap();
        store.remove("trash").unwrap();
        assert_eq!(store.look("trash/1").unwrap(), None);
        store.remove("a/x").unwrap();
        assert_eq!(store.look("a/x").unwrap(), None);

        let lock = store.try_lock().unwrap();
        assert!(lock.is_some() && store.try_lock().unwrap().is_none());
        drop(lock);
        assert!(store.try_lock().unwrap().is_some());

        for path in ["", "/", "/etc/passwd", "../a", "a/../../b", "a//b", "a/./b", "a\0b", "a\\b"] {
            let outside = |error: StoreError| matches!(error, StoreError::OutsideRoot { .. });
            assert!(outside(store.look(path).unwrap_err()), "{path:?}");
            assert!(outside(store.names(path).unwrap_err()), "{path:?}");
            assert!(outside(store.open(path, 0).err().unwrap()), "{path:?}");
            assert!(outside(store.stage(path).err().unwrap()), "{path:?}");
            assert!(outside(store.write(path, b"").unwrap_err()), "{path:?}");
            assert!(outside(store.append(path, 0, b"").unwrap_err()), "{path:?}");
            assert!(outside(store.remove(path).unwrap_err()), "{path:?}");
            assert!(outside(store.rename(path, "x").unwrap_err()), "{path:?}");
        }
    });
}
