//! The whole loop in nine steps, and what may know what.

use crate::place::Place;
use flowtime_core::provenance::Provenance;
use flowtime_core::{Template, Value};
use flowtime_registry::{Catalog, Kind, ModelRequest, Query, RunRequest, Workspace, from_json, read_run};

#[test]
fn nine_steps_from_a_template_to_what_is_found_again() {
    let place = Place::new();
    let workspace = &place.workspace;
    // 1 Generate: authoring alone, no file is written.
    let template = Template::shipped("checkout-service").unwrap();
    let busy =
        ModelRequest::new().name("Busy day").parameter("demand_factor", Value::Number(1.5)).tag("peak");
    let draft = workspace.draft(&template, &busy).unwrap();
    assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 0);
    // 2 Store.
    let stored = workspace.put_draft(&draft, &busy).unwrap();
    assert_eq!(stored.model_id, draft.model_id);
    // 3 Fetch by template: the registry alone.
    let registry = Workspace::open(place.folder.path());
    let registry = registry.registry();
    let found = registry.list(&Query::new().kind(Kind::Model).template_id("checkout-service")).unwrap();
    assert_eq!(found.cards.len(), 1);
    let entry = registry.get(&found.cards[0].reference()).unwrap();
    // 4 Pass the model and where it came from on.
    let yaml = registry.read_file(&found.cards[0].reference(), "model.yaml").unwrap();
    let model = flowtime_core::Model::parse(&yaml, &Default::default()).unwrap().model;
    let provenance = Provenance::new(&from_json(entry.provenance.as_ref().unwrap())).unwrap();
    // 5 Run, three seeds. 6 Each is stored for good.
    let runs: Vec<_> = [1, 2, 3]
        .into_iter()
        .map(|seed| {
            let request = RunRequest::of_model(model.clone()).provenance(provenance.clone()).seed(seed);
            workspace.run(&request).unwrap()
        })
        .collect();
    for run in &runs {
        assert_eq!(run.model_hash, stored.model_hash);
        let kept = read_run(place.folder.path(), &run.run_id).unwrap();
        assert_eq!(kept.manifest["provenance"]["model_id"], stored.model_id);
    }
    // 7 The index knows them. 8 They are found by their model, their template, their time.
    let again = Workspace::open(place.folder.path());
    for query in [
        Query::new().model_id(&stored.model_id),
        Query::new().template_id("checkout-service"),
        Query::new().created_from("2026-01-05T10:00:00Z"),
    ] {
        assert_eq!(again.registry().list(&query.kind(Kind::Run)).unwrap().total, 3);
    }
    assert_eq!(again.registry().get(&stored.model_id).unwrap().run_count, 3);
    // 9 From any of them back to the template and its parameters, in one call.
    for run in &runs {
        let trace = again.trace(&run.run_id).unwrap();
        assert_eq!(trace.template.unwrap().id, "checkout-service");
        assert_eq!(trace.parameters.unwrap()["demand_factor"], 1.5);
        assert_eq!(trace.model.unwrap().id, stored.model_id);
        assert!(trace.gaps.is_empty());
    }
    // Rebuilt from the folders, it says the same.
    std::fs::remove_file(place.folder.path().join("registry-index.json")).ok();
    std::fs::remove_file(place.folder.path().join("registry-index.log")).ok();
    let rebuilt = Workspace::open(place.folder.path());
    assert_eq!(rebuilt.registry().list(&Query::new()).unwrap().total, 4);
    assert!(rebuilt.registry().validate().unwrap().is_valid());
}

#[test]
fn the_same_words_are_one_id() {
    let place = Place::new();
    for id in Template::shipped_ids() {
        let template = Template::shipped(id).unwrap();
        let defaults: Vec<(String, Value)> =
            template.parameters().iter().filter_map(|p| Some((p.name.clone(), p.default.clone()?))).collect();
        let first = place.workspace.new_model(&template, &ModelRequest::new()).unwrap();
        let mut state = 11u64;
        for round in 0..100 {
            let mut given = defaults.clone();
            for last in (1..given.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                given.swap(last, (state >> 33) as usize % (last + 1));
            }
            given.truncate(given.len() - round % given.len());
            let draft = place.workspace.draft(&template, &ModelRequest::new().parameters(given)).unwrap();
            assert_eq!(draft.model_id, first.model_id, "{id}, round {round}");
            if round % 25 == 0 {
                assert!(place.workspace.put_draft(&draft, &ModelRequest::new()).unwrap().existed);
            }
        }
    }
}

#[test]
fn runs_tell_of_the_version_that_was_run() {
    let place = Place::new();
    let model = place.desk(&ModelRequest::new());
    let run = place.workspace.run(&RunRequest::of_model_id(&model.catalog_url)).unwrap();
    let entry = place.workspace.registry().get(&run.catalog_url).unwrap();
    let Catalog::Run(catalog) = entry.catalog else { panic!() };
    assert_eq!(catalog.relationships.generated_by, Some(format!("models/{}/v1", model.model_id)));
    assert_eq!(catalog.inputs_hash, model.inputs_hash);
}
