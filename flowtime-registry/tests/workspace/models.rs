//! Models: made, derived, stored, verified, asked about.

use crate::place::{DESK, Place, desk, with};
use flowtime_core::{GenerateOptions, Model, Template, Value};
use flowtime_registry::{
    Catalog, Kind, MODEL_CATALOG_SCHEMA, ModelRequest, Query, WorkspaceErrorKind, to_json,
};

#[test]
fn a_model_is_stored_with_all_that_is_known_of_it() {
    let place = Place::new();
    let request =
        with("clerks", Value::Integer(3)).name("Busy desk").tag("peak").owner("planning").preview(true);
    let model = place.desk(&request);
    assert!(
        model.model_id.starts_with("busy-desk_") && model.version == 1 && !model.existed && !model.pending
    );
    assert_eq!(model.catalog_url, format!("registry:models/{}/v1", model.model_id));
    let entry = place.workspace.registry().get(&model.catalog_url).unwrap();
    let Catalog::Model(catalog) = &entry.catalog else { panic!() };
    assert_eq!(catalog.template_id.as_deref(), Some("desk"));
    assert_eq!(catalog.parameters["clerks"], 3);
    assert_eq!(catalog.parameters["pace"].to_string(), "4");
    assert_eq!(catalog.metadata.parameter_count, 5);
    assert_eq!(catalog.capabilities, ["executable", "parameterizable", "validatable"]);
    assert_eq!(catalog.data_capabilities, ["random", "calendar"]);
    assert_eq!(catalog.relationships.template_source.as_deref(), Some("template:desk@1.0.0"));
    assert_eq!(catalog.topology.nodes.len(), 3);
    assert!(catalog.topology.edges.contains(&("arrivals".to_owned(), "waiting".to_owned())));
    assert_eq!(entry.labels.tags, ["desk", "peak"]);
    assert_eq!(entry.labels.owner.as_deref(), Some("planning"));
    let provenance = entry.provenance.unwrap();
    assert_eq!(provenance["generated_at"], "2026-01-05T10:00:00Z");
    assert_eq!(provenance["parameters"]["busy"], false);
    assert_eq!(provenance["inputs_hash"], model.inputs_hash.clone().unwrap());
    let svg = place.read(&format!("models/{}/v1/preview.svg", model.model_id));
    assert!(svg.starts_with("<svg") && svg.contains("<title>") && !svg.contains("<script"));
    assert_eq!(svg.matches("stroke-dasharray").count(), 0);
    let yaml = place.read(&format!("models/{}/v1/model.yaml", model.model_id));
    assert!(!yaml.contains("provenance") && !yaml.contains("${"));
    assert!(place.workspace.registry().validate().unwrap().is_valid());
}

#[test]
fn the_same_is_stored_once() {
    let place = Place::new();
    let first = place.desk(&ModelRequest::new());
    let later = Place::at(1_800_000_000);
    for request in [with("clerks", Value::Integer(2)), with("pace", Value::Number(4.0))] {
        let again = place.desk(&request);
        assert!(again.existed);
        assert_eq!((&again.model_id, again.version), (&first.model_id, 1));
        // The time is in no id and no byte of the model.
        let elsewhere = later.desk(&request);
        assert_eq!(elsewhere.model_id, first.model_id);
        let file = format!("models/{}/v1/model.yaml", first.model_id);
        assert_eq!(later.read(&file), place.read(&file));
    }
    assert_ne!(place.desk(&with("clerks", Value::Integer(3))).model_id, first.model_id);
    // Another body of the same version: the next version of the same id.
    let changed =
        Template::from_yaml(&DESK.replace("unit: people, values", "unit: persons, values")).unwrap();
    let second = place.workspace.new_model(&changed, &ModelRequest::new()).unwrap();
    assert_eq!((&second.model_id, second.version), (&first.model_id, 2));
    let raised = Template::from_yaml(&DESK.replace("version: 1.0.0", "version: 1.0.1")).unwrap();
    assert_ne!(place.workspace.new_model(&raised, &ModelRequest::new()).unwrap().model_id, first.model_id);
}

#[test]
fn drafts_are_what_would_be_stored() {
    let place = Place::new();
    let draft = place.workspace.draft(&desk(), &ModelRequest::new()).unwrap();
    assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 0);
    let model = place.desk(&ModelRequest::new());
    assert_eq!(draft.model_id, model.model_id);
    assert_eq!(draft.to_yaml(), place.read(&format!("models/{}/v1/model.yaml", model.model_id)));
    let told = Model::from_yaml(&draft.to_yaml_with_provenance()).unwrap();
    assert_eq!(told.without_provenance().to_yaml(), draft.to_yaml());
    assert_eq!(
        told.provenance().and_then(|p| p.get("model_id")).and_then(Value::as_str),
        Some(&*model.model_id)
    );
}

#[test]
fn derived_models_know_their_ancestors() {
    let place = Place::new();
    let workspace = &place.workspace;
    let base = place.desk(&with("pace", Value::Number(5.0)).name("base"));
    let template = desk();
    let peak = with("clerks", Value::Integer(4)).name("peak");
    let peak = workspace.derive(&base.model_id, &peak, Some(&template)).unwrap();
    let night = with("open", Value::String("night".into())).name("night");
    let night = workspace.derive(&peak.catalog_url, &night, Some(&template)).unwrap();
    let entry = workspace.registry().get(&night.model_id).unwrap();
    let Catalog::Model(catalog) = entry.catalog else { panic!() };
    let parent = format!("models/{}/v1", peak.model_id);
    assert_eq!(catalog.relationships.derived_from.as_ref(), Some(&parent));
    assert_eq!(catalog.parameters["pace"], 5);
    assert_eq!((&catalog.parameters["clerks"], &catalog.parameters["open"]), (&4.into(), &"night".into()));
    let grandparent = format!("models/{}/v1", base.model_id);
    assert_eq!(entry.provenance.unwrap()["ancestors"], serde_json::json!([parent, grandparent]));
    // The template is a file of somebody's: without it there is nothing to fill.
    let error = workspace.derive(&base.model_id, &ModelRequest::new(), None).unwrap_err();
    assert_eq!(error.kind(), WorkspaceErrorKind::InvalidArgument);
    assert!(error.to_string().contains("`desk` does not come with flowtime"), "{error}");
    let shipped = Template::shipped("checkout-service").unwrap();
    let shop = workspace.new_model(&shipped, &ModelRequest::new()).unwrap();
    let busy = with("demand_factor", Value::Number(1.5)).name("busy shop");
    assert!(workspace.derive(&shop.model_id, &busy, None).unwrap().model_id.starts_with("busy-shop_"));
    let plain = Model::from_yaml("{schemaVersion: 1, grid: {bins: 1, binSize: 1, binUnit: hours}, nodes: [{id: a, kind: const, values: 1}]}").unwrap();
    let plain = workspace.add_model(&plain, &ModelRequest::new().name("plain")).unwrap();
    assert!(plain.model_id.starts_with("plain_") && plain.inputs_hash.is_none());
    let error = workspace.derive(&plain.model_id, &ModelRequest::new(), None).unwrap_err();
    assert!(error.to_string().contains("was not made from a template"), "{error}");
}

#[test]
fn what_is_wrong_is_stored_nowhere() {
    let place = Place::new();
    let workspace = &place.workspace;
    for (request, words) in [
        (with("clerks", Value::Integer(12)), "at most 9"),
        (with("clark", Value::Integer(2)), "`clerks`"),
        (with("load", Value::Array(vec![Value::Integer(1)])), "4 items"),
    ] {
        let error = workspace.new_model(&desk(), &request).unwrap_err();
        assert_eq!(error.kind(), WorkspaceErrorKind::InvalidArgument, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // Its form is right and its names are not.
    let broken = Template::from_yaml(&DESK.replace("QUEUE(arrivals", "QUEUE(arivals")).unwrap();
    let error = workspace.new_model(&broken, &ModelRequest::new()).unwrap_err();
    assert_eq!(error.kind(), WorkspaceErrorKind::InvalidModel);
    assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 0);
    let missing = workspace.verify("desk_000000000000").unwrap_err();
    assert_eq!(missing.kind(), WorkspaceErrorKind::NotFound);
    let near = place.desk(&ModelRequest::new()).model_id;
    let typo = format!("{}x", &near[..near.len() - 1]);
    assert!(workspace.verify(&typo).unwrap_err().to_string().contains(&near));
    assert_eq!(workspace.verify("../x").unwrap_err().kind(), WorkspaceErrorKind::InvalidArgument);
}

#[test]
fn verification_is_kept_with_the_model() {
    let place = Place::new();
    let model = place.desk(&with("load", Value::Array(vec![Value::Integer(90); 4])));
    let report = place.workspace.verify(&model.model_id).unwrap();
    assert!(report.valid() && report.score() < 1.0);
    let kept = place.workspace.registry().get(&model.model_id).unwrap().labels.verification.unwrap();
    assert_eq!(kept["score"], report.score());
    assert_eq!(kept["verified_at"], "2026-01-05T10:00:00Z");
    assert_eq!(kept["diagnostics"].as_array().unwrap().len(), report.diagnostics.len());
    assert!(place.workspace.registry().validate().unwrap().is_valid());
}

#[test]
fn forms() {
    let place = Place::new();
    let form = place.workspace.parameter_form("checkout-service").unwrap();
    assert_eq!(form["properties"]["demand_factor"]["default"], 1);
    let shop = Template::shipped("checkout-service").unwrap();
    let request = with("demand_factor", Value::Number(1.5));
    let model = place.workspace.new_model(&shop, &request).unwrap();
    let form = place.workspace.parameter_form(&model.model_id).unwrap();
    assert_eq!(form["properties"]["demand_factor"]["default"], 1.5);
    let values = place.workspace.parameters_of(&model.model_id).unwrap();
    let values = to_json(&Value::Object(values));
    let schema = jsonschema::validator_for(&form).unwrap();
    assert!(schema.is_valid(&values));
    assert!(!schema.is_valid(&serde_json::json!({"demand_factor": 1000})));
}

#[test]
fn every_shipped_template_is_a_small_entry() {
    let place = Place::new();
    let schema: serde_json::Value = serde_json::from_str(MODEL_CATALOG_SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for id in Template::shipped_ids() {
        let template = Template::shipped(id).unwrap();
        let model = place.workspace.new_model(&template, &ModelRequest::new().preview(true)).unwrap();
        let text = place.read(&format!("models/{}/v1/catalog.json", model.model_id));
        let catalog: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(schema.is_valid(&catalog), "{id}");
        let nodes = catalog["topology"]["nodes"].as_array().unwrap().len();
        assert!(nodes > 20 || text.len() < 5120, "{id}: {} bytes for {nodes} nodes", text.len());
        let generated = template.generate(&[], &GenerateOptions::default()).unwrap();
        assert_eq!(model.model_id, generated.model_id);
        assert_eq!(model.model_hash, generated.model_hash);
        assert_eq!(model.inputs_hash, Some(generated.inputs_hash));
    }
    let models = place.workspace.registry().list(&Query::new().kind(Kind::Model)).unwrap();
    assert_eq!(models.total, 7);
    assert_eq!(place.workspace.registry().counts(&Query::new()).unwrap().by_template.len(), 7);
}
