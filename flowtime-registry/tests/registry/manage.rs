//! Labels, deletion, pruning, tracing, and how the index and the folders agree.

use crate::behaviour::{catalog, clock, hash, over_each, with_each};
use crate::sample::Sample;
use flowtime_registry::{
    FixedClock, Kind, LabelChange, NewModel, OnExisting, Prune, Query, Registry, RegistryError, Storage,
    StoreError,
};
use serde_json::json;
use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

const DESK: &str = "desk_aaaaaaaaaaaa";

/// A model in two versions, and a run of the first.
fn desk_with_a_run(registry: &Registry) {
    let mut first = catalog("Desk", 0);
    first.parameters = json!({"staff": 3}).as_object().unwrap().clone();
    let provenance = json!({"model_id": DESK, "template_id": "checkout", "template_version": "1.0.0",
        "source": "flowtime-sim", "parameters": {"staff": 3}});
    registry.put_model(&NewModel::new(first, b"one").provenance(&provenance).preview(b"<svg/>")).unwrap();
    let mut second = catalog("Desk", 0);
    second.model_hash = hash(1);
    registry.put_model(&NewModel::new(second, b"two")).unwrap();
    put_run(registry, "run_a", Some(provenance), &hash(0));
}

fn put_run(registry: &Registry, id: &str, provenance: Option<serde_json::Value>, model_hash: &str) {
    let sample = Sample::new(id, 1, 3);
    let mut record = sample.record();
    record.provenance = provenance;
    record.model_hash = model_hash;
    registry.put_run(&record, OnExisting::Refuse).unwrap();
}

fn paths(cards: &[flowtime_registry::Card]) -> Vec<&str> {
    cards.iter().map(|card| card.path.as_str()).collect()
}

#[test]
fn labels() {
    with_each(|registry| {
        desk_with_a_run(registry);
        let change = LabelChange::new().title("Front desk").add_tag("peak").add_tag("peak").owner("ops");
        let card = registry.update_labels(DESK, &change).unwrap();
        assert_eq!(
            (card.title.as_str(), card.version, card.tags.clone()),
            ("Front desk", 2, vec!["peak".to_owned()])
        );
        assert_eq!(registry.list(&Query::new().owner("ops")).unwrap().cards, std::slice::from_ref(&card));
        let entry = registry.get(DESK).unwrap();
        assert_eq!((entry.card, entry.labels.title.as_str()), (card, "Front desk"));
        let change = LabelChange::new().remove_tag("peak").owner("").verification(json!({"score": 1}));
        let card = registry.update_labels(DESK, &change).unwrap();
        assert_eq!((card.title.as_str(), card.tags.len(), card.owner), ("Front desk", 0, None));
        assert_eq!(registry.get(DESK).unwrap().labels.verification, Some(json!({"score": 1})));
        assert!(registry.validate().unwrap().is_valid(), "labels are not among the sums");
        for change in [
            LabelChange::new().title(""),
            LabelChange::new().title("x".repeat(201)),
            LabelChange::new().add_tag("a\nb"),
            LabelChange::new().tags((0..33).map(|i| i.to_string())),
            LabelChange::new().description("x".repeat(4001)),
        ] {
            let error = registry.update_labels(DESK, &change).unwrap_err();
            assert!(matches!(error, RegistryError::Invalid(_)), "{change:?}: {error}");
        }
    });
}

#[test]
fn deletion() {
    with_each(|registry| {
        desk_with_a_run(registry);
        let refused = registry.delete("models/desk_aaaaaaaaaaaa/v1", false).unwrap_err();
        assert_eq!(refused.to_string(), "`desk_aaaaaaaaaaaa` is in use by 1 artifact, such as `run_a`");
        assert!(matches!(registry.delete(DESK, false), Err(RegistryError::InUse { .. })));
        // Nobody ran the second version.
        assert_eq!(
            paths(&registry.delete("models/desk_aaaaaaaaaaaa/v2", false).unwrap()),
            ["models/desk_aaaaaaaaaaaa/v2"]
        );
        assert_eq!(registry.get(DESK).unwrap().card.version, 1);
        assert!(registry.get_version(DESK, 2).unwrap_err().is_not_found());
        assert_eq!(registry.status().unwrap().trashed, 1);
        // Its number is not given again.
        let third = registry.put_model(&NewModel::new(catalog("Desk", 0), b"three")).unwrap();
        assert_eq!(third.card.version, 3);
        assert_eq!(
            paths(&registry.restore("models/desk_aaaaaaaaaaaa/v2").unwrap()),
            ["models/desk_aaaaaaaaaaaa/v2"]
        );
        assert_eq!(registry.read_file("models/desk_aaaaaaaaaaaa/v2", "model.yaml").unwrap(), b"two");
        assert_eq!(registry.get(DESK).unwrap().versions, [1, 2, 3]);

        assert_eq!(registry.delete(DESK, true).unwrap().len(), 3);
        assert!(registry.get(DESK).unwrap_err().is_not_found());
        assert!(registry.trace("run_a").unwrap().model.is_none());
        assert_eq!(registry.restore(DESK).unwrap().len(), 3);
        assert_eq!(registry.get(DESK).unwrap().run_count, 0, "of version 3");
        assert_eq!(registry.get_version(DESK, 1).unwrap().run_count, 1);
        let error = registry.restore(DESK).unwrap_err();
        assert_eq!(error.to_string(), "there is no deleted artifact `desk_aaaaaaaaaaaa`");

        // Twice deleted, the last is restored first.
        for title in ["first", "second"] {
            registry.update_labels("run_a", &LabelChange::new().title(title)).unwrap();
            registry.delete("run_a", false).unwrap();
            if title == "first" {
                put_run(registry, "run_a", None, &hash(0));
            }
        }
        assert_eq!(registry.restore("run_a").unwrap()[0].title, "second");
        assert!(matches!(registry.restore("run_a"), Err(RegistryError::Store(StoreError::Exists { .. }))));
        assert_eq!(registry.empty_trash().unwrap(), 1);
        assert!(registry.trashed().unwrap().is_empty());
        assert!(registry.validate().unwrap().is_valid());
    });
}

#[test]
fn pruning() {
    over_each(|storage| {
        let at = |seconds| Arc::new(FixedClock(UNIX_EPOCH + Duration::from_secs(seconds)));
        let day = 24 * 3600;
        let registry = Registry::over(storage.clone(), at(1_767_607_200));
        desk_with_a_run(&registry);
        registry.put_model(&NewModel::new(catalog("Idle", 5), b"idle")).unwrap();
        let later = Registry::over(storage.clone(), at(1_767_607_200 + 10 * day));
        later.put_model(&NewModel::new(catalog("New", 6), b"new")).unwrap();
        let would = |prune: Prune| -> Vec<String> {
            let cards = later.prune(&prune.dry_run()).unwrap();
            cards.into_iter().map(|card| card.path).collect()
        };
        let (v1, v2) = ("models/desk_aaaaaaaaaaaa/v1", "models/desk_aaaaaaaaaaaa/v2");
        let (idle, new) = ("models/idle_ffffffffffff/v1", "models/new_000000000000/v1");
        let age = Duration::from_secs(5 * day);
        let none: [&str; 0] = [];
        assert_eq!(would(Prune::new()), none);
        assert_eq!(would(Prune::new().kind(Kind::Model)), none);
        assert_eq!(would(Prune::new().unused()), [v2, idle, new]);
        assert_eq!(would(Prune::new().unused().older_than(age)), [v2, idle]);
        assert_eq!(would(Prune::new().older_than(age)), ["runs/run_a", v1, v2, idle]);
        assert_eq!(would(Prune::new().older_than(age).kind(Kind::Model)), [v2, idle]);
        // A clock that went back finds nothing old.
        let earlier = Registry::over(storage, at(0));
        assert!(earlier.prune(&Prune::new().older_than(age)).unwrap().is_empty());
        assert_eq!(later.list(&Query::new()).unwrap().total, 5);
        later.prune(&Prune::new().older_than(age)).unwrap();
        assert_eq!(paths(&later.list(&Query::new()).unwrap().cards), [new]);
        assert_eq!(later.status().unwrap().trashed, 4);
    });
}

#[test]
fn traces() {
    with_each(|registry| {
        desk_with_a_run(registry);
        let trace = registry.trace("run_a").unwrap();
        assert_eq!(trace.run.as_ref().unwrap().id, "run_a");
        assert_eq!(trace.model.as_ref().unwrap().path, "models/desk_aaaaaaaaaaaa/v1");
        let template = trace.template.unwrap();
        assert_eq!((template.id.as_str(), template.version.as_deref()), ("checkout", Some("1.0.0")));
        assert_eq!(trace.parameters.unwrap()["staff"], 3);
        assert_eq!(trace.provenance.unwrap()["links"]["model_artifact"], "models/desk_aaaaaaaaaaaa/v1");
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);

        put_run(registry, "run_alone", None, &hash(0));
        let trace = registry.trace("run_alone").unwrap();
        assert!(trace.model.is_none() && trace.template.is_none());
        assert_eq!(trace.gaps.len(), 2, "{:?}", trace.gaps);

        let lost = json!({"modelId": "lost_bbbbbbbbbbbb", "templateId": "t", "templateVersion": "2.0.0", "parameters": {"x": 1}});
        put_run(registry, "run_lost", Some(lost), &hash(0));
        let trace = registry.trace("run_lost").unwrap();
        let template = trace.template.unwrap();
        assert_eq!((template.id.as_str(), template.version.as_deref()), ("t", Some("2.0.0")));
        assert_eq!(trace.parameters.unwrap()["x"], 1);
        assert!(trace.gaps[0].contains("there is no model"), "{:?}", trace.gaps);

        let trace = registry.trace(DESK).unwrap();
        assert!(trace.run.is_none() && trace.model.is_some());
        assert!(registry.trace("run_b").unwrap_err().to_string().contains("did you mean `run_a`?"));
    });
}

#[test]
fn the_index_is_made_anew() {
    over_each(|storage| {
        let registry = Registry::over(storage.clone(), clock());
        desk_with_a_run(&registry);
        let before = registry.list(&Query::new()).unwrap();
        let other = || Registry::over(storage.clone(), clock());
        type Damage<'a> = (&'a str, &'a dyn Fn(&dyn Storage));
        let damages: [Damage<'_>; 7] = [
            ("deleted", &|store| {
                store.remove("registry-index.json").unwrap();
                store.remove("registry-index.log").unwrap();
            }),
            ("without its snapshot", &|store| store.remove("registry-index.json").unwrap()),
            ("without its log", &|store| store.remove("registry-index.log").unwrap()),
            ("no JSON", &|store| store.write("registry-index.json", b"{\"schema_version\":1,").unwrap()),
            ("empty", &|store| store.write("registry-index.log", b"").unwrap()),
            ("with a line of the log overwritten", &|store| {
                store
                    .write("registry-index.log", b"{\"schema_version\":1,\"generation\":99}\n\0\0\0\n")
                    .unwrap();
            }),
            ("older than its log", &|store| {
                store.write("registry-index.log", b"{\"schema_version\":1,\"generation\":999999}\n").unwrap();
            }),
        ];
        for (what, damage) in damages {
            damage(&*storage);
            let status = other().status().unwrap();
            assert!(!status.problems.is_empty(), "{what}");
            assert!(
                status.problems.iter().all(|p| p.path.contains("index") || p.message.contains("index")),
                "{what}: {status:?}"
            );
            assert_eq!(registry.list(&Query::new()).unwrap(), before, "{what}, with the index in memory");
            assert_eq!(other().list(&Query::new()).unwrap(), before, "{what}");
            assert_eq!(other().status().unwrap().problems, [], "{what}");
            damage(&*storage);
            registry.update_labels("run_a", &LabelChange::new().title("run_a")).unwrap();
            assert_eq!(other().list(&Query::new()).unwrap(), before, "{what}, with a write first");
            assert!(other().validate().unwrap().is_valid(), "{what}");
        }
    });
}

#[test]
fn a_torn_line_of_the_log() {
    over_each(|storage| {
        let registry = Registry::over(storage.clone(), clock());
        desk_with_a_run(&registry);
        let before = registry.list(&Query::new()).unwrap();
        let mut log = Vec::new();
        storage.open("registry-index.log", 0).unwrap().read_to_end(&mut log).unwrap();
        let torn = [&log[..], b"{\"put\":{\"id\":\"x\",\"vers"].concat();
        storage.write("registry-index.log", &torn).unwrap();
        let other = Registry::over(storage.clone(), clock());
        assert_eq!(other.list(&Query::new()).unwrap(), before);
        assert!(other.status().unwrap().problems.is_empty());
        registry.put_model(&NewModel::new(catalog("Next", 3), b"next")).unwrap();
        assert_eq!(other.status().unwrap().problems, [], "the torn line was cut off");
        assert_eq!(other.list(&Query::new()).unwrap().total, before.total + 1);
        assert_eq!(Registry::over(storage, clock()).list(&Query::new()).unwrap().total, before.total + 1);
    });
}

#[test]
fn sync_and_resync() {
    over_each(|storage| {
        let registry = Registry::over(storage.clone(), clock());
        desk_with_a_run(&registry);
        assert_eq!(registry.sync().unwrap().total, 3);
        // One comes, one goes, one changes behind the registry's back.
        storage.rename("runs/run_a", "elsewhere/run_a").unwrap();
        put_run(&Registry::over(storage.clone(), clock()), "run_b", None, &hash(0));
        storage.rename("runs/run_b", "runs/renamed by hand").unwrap();
        let status = registry.status().unwrap();
        assert_eq!((status.registered, status.unregistered, status.orphaned), (2, 1, 2));
        let synced = registry.sync().unwrap();
        assert_eq!(
            (synced.added, synced.updated.len(), synced.total),
            (vec!["runs/renamed by hand".to_owned()], 0, 3)
        );
        assert_eq!(synced.removed, ["runs/run_a", "runs/run_b"]);
        assert_eq!(registry.get("run_b").unwrap().card.path, "runs/renamed by hand");
        assert_eq!(registry.status().unwrap().last_scan.as_deref(), Some("2026-01-05T10:00:00Z"));
        assert_eq!(registry.sync().unwrap().added, [""; 0]);

        registry.delete("run_b", false).unwrap();
        assert_eq!(paths(&registry.restore("run_b").unwrap()), ["runs/renamed by hand"]);

        storage.rename("elsewhere/run_a", "runs/run_a").unwrap();
        assert_eq!(registry.card("run_a").unwrap().path, "runs/run_a", "found where its id says");
        assert_eq!(registry.list(&Query::new().kind(Kind::Run)).unwrap().total, 1);
        assert_eq!(paths(&registry.resync("run_a").unwrap()), ["runs/run_a"]);
        assert_eq!(registry.list(&Query::new().kind(Kind::Run)).unwrap().total, 2);
        assert!(registry.resync("run_zzz").unwrap_err().is_not_found());
        storage.remove("runs/run_a").unwrap();
        assert!(registry.resync("run_a").unwrap().is_empty());
        assert!(registry.get("run_a").unwrap_err().is_not_found());
    });
}

#[test]
fn an_index_that_was_made_anew_by_another() {
    over_each(|storage| {
        let registry = Registry::over(storage.clone(), clock());
        desk_with_a_run(&registry);
        registry.sync().unwrap();
        let mut heads = Vec::new();
        for _ in 0..2 {
            storage.remove("registry-index.json").unwrap();
            storage.remove("registry-index.log").unwrap();
            Registry::over(storage.clone(), clock()).list(&Query::new()).unwrap();
            assert_eq!(registry.list(&Query::new()).unwrap().total, 3 - heads.len());
            let mut head = [0; 40];
            storage.open("registry-index.json", 0).unwrap().read_exact(&mut head).unwrap();
            heads.push(head);
            storage.remove("runs/run_a").unwrap();
        }
        assert_eq!(heads[0], heads[1], "the same generation, other cards");
    });
}

#[test]
fn a_writer_that_ended_between_the_snapshot_and_its_log() {
    over_each(|storage| {
        let registry = Registry::over(storage.clone(), clock());
        desk_with_a_run(&registry);
        registry.delete("run_a", false).unwrap();
        let mut log = Vec::new();
        storage.open("registry-index.log", 0).unwrap().read_to_end(&mut log).unwrap();
        registry.restore("run_a").unwrap();
        registry.sync().unwrap();
        storage.write("registry-index.log", &log).unwrap();
        // The old log would delete the run again.
        let other = || Registry::over(storage.clone(), clock());
        assert_eq!(other().status().unwrap().problems, []);
        assert_eq!(other().list(&Query::new()).unwrap().total, 3);
        registry.put_model(&NewModel::new(catalog("Next", 3), b"next")).unwrap();
        assert_eq!(other().status().unwrap().problems, []);
        assert_eq!(other().list(&Query::new()).unwrap().total, 4);
        assert_eq!(registry.list(&Query::new()).unwrap().total, 4);
    });
}
