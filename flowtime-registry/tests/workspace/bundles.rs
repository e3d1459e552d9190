//! Bundles out of one workspace and into another.

use crate::place::{Place, with};
use flowtime_core::{BinUnit, ModelBundle, Value};
use flowtime_registry::{
    BundleForm, ExportOptions, LabelChange, ModelCatalog, ModelRequest, NewModel, RunRequest,
    WorkspaceErrorKind,
};
use std::fs;

/// Every file of a stored model, but for the labels, whose time is their own.
fn entry(place: &Place, path: &str) -> Vec<(String, Vec<u8>)> {
    let folder = place.folder.path().join(path);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("labels.json"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_bundle_becomes_the_same_entry_elsewhere() {
    for form in [BundleForm::Yaml, BundleForm::Zip] {
        let (here, there) = (Place::new(), Place::at(1_800_000_000));
        let request =
            with("clerks", Value::Integer(3)).name("Busy: desk").tag("peak").owner("planning").preview(true);
        let model = here.desk(&request);
        here.workspace.verify(&model.model_id).unwrap();
        let change = LabelChange::new().title("The busy desk").description("Who waits: a lot.");
        here.workspace.registry().update_labels(&model.model_id, &change).unwrap();
        let options = ExportOptions::new().form(form);
        let exported = here.workspace.export_bundle(&model.model_id, &options).unwrap();
        assert_eq!(exported.bytes, here.workspace.export_bundle(&model.catalog_url, &options).unwrap().bytes);
        let ending = if form == BundleForm::Zip { "zip" } else { "yaml" };
        assert_eq!(exported.file_name, format!("model-{}.{ending}", model.model_id));
        let imported = there.workspace.import_bundle(&exported.bytes, &exported.file_name, false).unwrap();
        assert_eq!(imported.left_out, Vec::<String>::new());
        assert_eq!((&imported.model.model_id, imported.model.version), (&model.model_id, 1));
        let path = format!("models/{}/v1", model.model_id);
        assert_eq!(entry(&there, &path), entry(&here, &path));
        let labels = |place: &Place| place.workspace.registry().get(&model.model_id).unwrap().labels;
        let (mine, theirs) = (labels(&here), labels(&there));
        assert_eq!(
            (&mine.title, &mine.description, &mine.tags),
            (&theirs.title, &theirs.description, &theirs.tags)
        );
        assert_eq!((&mine.owner, &mine.verification), (&theirs.owner, &theirs.verification));
        // The same bits come of it, and it can be varied as before.
        let run = |place: &Place| {
            let run = place
                .workspace
                .run(&RunRequest::of_model_id(&model.model_id).seed(3).deterministic(true))
                .unwrap();
            (run.run_id.clone(), fs::read(run.path.join("series/waiting.csv")).unwrap())
        };
        assert_eq!(run(&here), run(&there));
        assert_eq!(there.workspace.trace(&run(&there).0).unwrap().parameters.unwrap()["clerks"], 3);
        // Once more it is there already; exported again it is the same bundle.
        assert!(there.workspace.import_bundle(&exported.bytes, "b", false).unwrap().model.existed);
        assert_eq!(there.workspace.export_bundle(&model.model_id, &options).unwrap().bytes, exported.bytes);
        assert!(there.workspace.registry().validate().unwrap().is_valid());
    }
}

#[test]
fn what_a_bundle_says() {
    let place = Place::new();
    let model = place.desk(&with("clerks", Value::Integer(3)).tag("peak"));
    let export = |options: &ExportOptions| place.workspace.export_bundle(&model.model_id, options).unwrap();
    let options = ExportOptions::new()
        .title("Another title")
        .description("Another text")
        .tags(["x"])
        .outputs(["arrivals"])
        .grid(8, 30, BinUnit::Minutes);
    let bundle = ModelBundle::parse(&export(&options).bytes, &Default::default()).unwrap();
    assert_eq!(
        (bundle.title.as_str(), bundle.description.as_deref()),
        ("Another title", Some("Another text"))
    );
    assert_eq!((bundle.tags.join(""), bundle.model.outputs().len()), ("x".to_owned(), 1));
    assert_eq!((bundle.model.grid().bins(), bundle.model.grid().bin_size()), (8, 30));
    let config = bundle.sim_config.unwrap();
    assert_eq!(config.get("template").and_then(Value::as_str), Some("desk"));
    assert_eq!(config.get("parameters").and_then(|p| p.get("clerks")), Some(&Value::Integer(3)));
    let validation = bundle.validation.unwrap();
    assert!(validation.get("quality_score").is_some() && validation.get("engine_compatibility").is_some());
    let least = export(&ExportOptions::new().complete(false).validation(false)).bundle;
    assert!(least.sim_config.is_none() && least.validation.is_none() && least.assets.is_empty());
    let zip = export(&ExportOptions::new().form(BundleForm::Zip)).bundle;
    let kinds: Vec<&str> = zip.assets.iter().map(|asset| asset.kind.name()).collect();
    assert_eq!(kinds, ["catalog", "engine_model", "scenario"]);
    place.workspace.verify(&model.model_id).unwrap();
    let zip = export(&ExportOptions::new().form(BundleForm::Zip)).bundle;
    assert_eq!(zip.assets.last().unwrap().kind.name(), "validation_results");
    // Seven bins do not fit four values, whatever is forced.
    let misfit = ExportOptions::new().grid(7, 1, BinUnit::Hours).force(true);
    let error = place.workspace.export_bundle(&model.model_id, &misfit).unwrap_err();
    assert_eq!(error.kind(), WorkspaceErrorKind::InvalidModel);
    assert_eq!(
        place.workspace.export_bundle("nobody", &options).unwrap_err().kind(),
        WorkspaceErrorKind::NotFound
    );
}

fn hash(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

#[test]
fn errors_block_an_export_unless_forced() {
    let (here, there) = (Place::new(), Place::new());
    // Stored by somebody who did not compile it.
    let yaml = b"schemaVersion: 1\ngrid: {bins: 1, binSize: 1, binUnit: hours}\nnodes: [{id: a, kind: expr, expr: nobody}]\n";
    let catalog = ModelCatalog::new("broken_1", "broken", &hash('1'), &hash('2'));
    here.workspace.registry().put_model(&NewModel::new(catalog, yaml)).unwrap();
    let error = here.workspace.export_bundle("broken_1", &ExportOptions::new()).unwrap_err();
    assert!(error.to_string().contains("`nobody`"), "{error}");
    let forced = here.workspace.export_bundle("broken_1", &ExportOptions::new().force(true)).unwrap();
    assert!(there.workspace.import_bundle(&forced.bytes, "b", false).is_err());
    assert_eq!(fs::read_dir(there.folder.path()).unwrap().count(), 0);
    let imported = there.workspace.import_bundle(&forced.bytes, "b", true).unwrap();
    assert_eq!(imported.model.model_id, "broken_1");
    let card = there.workspace.registry().card("broken_1").unwrap();
    assert_eq!(card.capabilities, ["validatable"]);
    assert_eq!(card.validation_score, Some(0.0));
}

#[test]
fn versions_of_one_id() {
    let (here, there) = (Place::new(), Place::new());
    let model = here.desk(&ModelRequest::new());
    let whole = here.workspace.export_bundle(&model.model_id, &ExportOptions::new()).unwrap();
    let other = ExportOptions::new().outputs(["arrivals"]);
    let other = here.workspace.export_bundle(&model.model_id, &other).unwrap();
    let import = |bytes: &[u8]| there.workspace.import_bundle(bytes, "b", false).unwrap().model.version;
    assert_eq!((import(&other.bytes), import(&whole.bytes), import(&other.bytes)), (1, 2, 1));
}

#[test]
fn plain_models_are_imported_too() {
    let place = Place::new();
    let yaml = "schemaVersion: 1\nmetadata: {title: A table}\ngrid: {bins: 1, binSize: 1, binUnit: hours}\nnodes: [{id: a, kind: const, values: 1}]\nprovenance: {model_id: table_1, template_id: t, template_version: 1.0.0, parameters: {x: 1}}\n";
    let imported = place.workspace.import_bundle(yaml.as_bytes(), "table.yaml", false).unwrap();
    assert_eq!(imported.model.model_id, "table_1");
    let error = place.workspace.import_bundle(b"schemaVersion: 1\n", "t.yaml", false).unwrap_err();
    assert!(error.to_string().contains("t.yaml"), "{error}");
}

#[test]
fn what_cannot_be_trusted_is_refused() {
    let (here, there) = (Place::new(), Place::new());
    let model = here.desk(&ModelRequest::new());
    let zip = ExportOptions::new().form(BundleForm::Zip);
    let bytes = here.workspace.export_bundle(&model.model_id, &zip).unwrap().bytes;
    let find = |needle: &[u8]| bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    // Stored files are in the archive as they are: a byte of the card, with its checksum in the archive made to fit.
    let mut flipped = bytes.clone();
    flipped[find(b"\"kind\": \"model\"") + 9] = b'x';
    let error = there.workspace.import_bundle(&flipped, "b.zip", false).unwrap_err();
    assert!(error.to_string().starts_with("the bundle has a damaged file"), "{error}");
    for end in [0, 1, 30, bytes.len() / 2, bytes.len() - 1] {
        assert!(there.workspace.import_bundle(&bytes[..end], "b.zip", false).is_err(), "{end}");
    }
    let yaml = here.workspace.export_bundle(&model.model_id, &zip).unwrap().bundle.to_yaml();
    let error = there.workspace.import_bundle(yaml.as_bytes(), "b.yaml", false).unwrap_err();
    assert!(error.to_string().contains("lacks its file `assets/catalog.json`"), "{error}");
    for (part, instead) in
        [("path: assets/", "path: ../"), ("id: desk_", "id: ../"), ("id: desk_", "id: con#")]
    {
        let error = there
            .workspace
            .import_bundle(yaml.replace(part, instead).as_bytes(), "b.yaml", false)
            .unwrap_err();
        assert_eq!(error.kind(), WorkspaceErrorKind::InvalidModel, "{error}");
    }
    assert_eq!(fs::read_dir(there.folder.path()).unwrap().count(), 0);
}
