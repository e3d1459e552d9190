//! The templates that come with the library.

use flowtime_core::analysis::findings;
use flowtime_core::template::{Parameter, ParameterType};
use flowtime_core::{GenerateOptions, Model, NodeKind, RunOptions, Template, Value};

fn all() -> Vec<Template> {
    Template::shipped_ids().map(|id| Template::shipped(id).unwrap()).collect()
}

#[test]
fn they_are_seven_and_found_by_their_ids() {
    let ids: Vec<&str> = Template::shipped_ids().collect();
    assert_eq!(ids.len(), 7);
    assert!(ids.is_sorted());
    for (id, template) in ids.iter().zip(all()) {
        assert_eq!(template.id(), *id);
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("templates/{id}.yaml"));
        assert_eq!(std::fs::read_to_string(file).unwrap(), template.source_text().text());
    }
    let error = Template::shipped("suply-chain").unwrap_err().to_string();
    assert!(error.contains("did you mean `supply-chain`?"), "{error}");
    assert!(Template::shipped("").unwrap_err().to_string().contains("`checkout-service`"));
}

#[test]
fn they_document_themselves() {
    for template in all() {
        let id = template.id();
        assert!(template.description().is_some_and(|text| text.len() > 200), "{id}");
        assert!(template.tags().len() >= 3 && template.warnings().is_empty(), "{id}");
        assert!(template.parameters().len() >= 5, "{id}");
        for parameter in template.parameters() {
            let name = &parameter.name;
            let said = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() >= 4);
            assert!(said(&parameter.title) && said(&parameter.description), "{id}: {name}");
            assert!(parameter.default.is_some() && !parameter.required, "{id}: {name}");
            assert!(parameter.minimum.is_some() && parameter.maximum.is_some(), "{id}: {name}");
        }
    }
}

#[test]
fn they_run_clean_remember_and_draw() {
    for template in all() {
        let id = template.id();
        let model = template.generate(&[], &GenerateOptions::default()).unwrap().model;
        let run = model.compile().unwrap().run(&RunOptions::new()).unwrap();
        let found = findings(&model, &run);
        assert!(found.is_empty(), "{id}: {found:?}");
        let mut formulas = model.nodes().iter().filter_map(|node| match node.kind() {
            NodeKind::Expr(formula) => Some(formula.text()),
            _ => None,
        });
        assert!(formulas.any(|text| text.contains("SHIFT(")), "{id} has no memory");
        assert!(model.nodes().iter().any(|node| matches!(node.kind(), NodeKind::Pmf(_))), "{id} has no PMF");
    }
}

#[test]
fn what_they_make_reads_back() {
    for template in all() {
        let generated = template.generate(&[], &GenerateOptions::default().name("A, b: c")).unwrap();
        for model in [generated.model.clone(), generated.with_provenance()] {
            let text = model.to_yaml();
            assert!(!text.contains("${") && !text.contains("parameters:\n- "), "{text}");
            assert_eq!(Model::from_yaml(&text).unwrap(), model);
        }
        assert_eq!(
            generated.model.metadata().and_then(|m| m.get("title")),
            Some(&Value::String("A, b: c".into()))
        );
    }
}

/// The least and the greatest value of a parameter.
fn extremes(parameter: &Parameter) -> Vec<Value> {
    let bounds = [parameter.minimum.unwrap(), parameter.maximum.unwrap()].map(Value::Number);
    match parameter.kind {
        ParameterType::Array => {
            let items = parameter.min_items.unwrap() as usize;
            bounds.into_iter().map(|bound| Value::Array(vec![bound; items])).collect()
        }
        _ => bounds.into(),
    }
}

#[test]
fn every_value_that_a_parameter_may_have_makes_a_model_that_runs() {
    for template in all() {
        for parameter in template.parameters() {
            for value in extremes(parameter) {
                let given = [(parameter.name.clone(), value.clone())];
                let generated = template.generate(&given, &GenerateOptions::default());
                let generated = generated.unwrap_or_else(|e| panic!("{}: {given:?}: {e}", template.id()));
                let plan = generated.model.compile();
                let plan = plan.unwrap_or_else(|e| panic!("{}: {given:?}: {e}", template.id()));
                let run = plan.run(&RunOptions::new()).unwrap();
                for id in run.ids() {
                    let finite = run.series(id).unwrap().iter().all(|x| x.is_finite());
                    assert!(finite, "{}: {given:?}: {id}", template.id());
                }
            }
        }
    }
}

#[test]
fn previews_know_nodes_and_edges() {
    for template in all() {
        let generated = template.generate(&[], &GenerateOptions::default()).unwrap();
        let preview = generated.preview();
        let ids: Vec<&str> = preview.nodes.iter().map(|(id, _)| id.as_str()).collect();
        let expected: Vec<&str> = generated.model.nodes().iter().map(|node| node.id()).collect();
        assert_eq!(ids, expected);
        assert!(preview.edges.len() >= ids.len() / 2, "{}", template.id());
        assert!(preview.edges.windows(2).all(|two| (two[0].1, two[0].0) < (two[1].1, two[1].0)));
    }
    let hub = Template::shipped("transportation-hub").unwrap();
    let preview = hub.generate(&[], &GenerateOptions::default()).unwrap().preview();
    let place = |id: &str| preview.nodes.iter().position(|(node, _)| node == id).unwrap();
    let read_by = |id: &str| -> Vec<&str> {
        let edges = preview.edges.iter().filter(|(_, reader)| *reader == place(id));
        edges.map(|(read, _)| preview.nodes[*read].0.as_str()).collect()
    };
    assert_eq!(read_by("waiting"), ["at_the_stop", "bus"]);
    assert_eq!(read_by("walking"), ["alighting", "at_the_stop", "walking"]);
    assert!(read_by("chance").is_empty());
}
