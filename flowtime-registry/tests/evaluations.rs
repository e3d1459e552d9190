//! Authoring and the registry never evaluate a node: a counter in the engine says so. Alone in its process,
//! as the counter is of the process.

use flowtime_core::Template;
use flowtime_core::eval::evaluations;
use flowtime_registry::{ModelRequest, Query, RunRequest, Workspace};

#[test]
fn only_runs_evaluate() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::open(folder.path());
    let registry = workspace.registry();
    let mut ids = Vec::new();
    for id in Template::shipped_ids() {
        let stored = workspace.new_model(&Template::shipped(id).unwrap(), &ModelRequest::new()).unwrap();
        workspace.parameter_form(&stored.model_id).unwrap();
        ids.push(stored.model_id);
    }
    let look = || {
        registry.list(&Query::default()).unwrap();
        registry.counts(&Query::default()).unwrap();
        for id in &ids {
            registry.get(id).unwrap();
            registry.metadata(id).unwrap();
        }
        registry.scan().unwrap();
        registry.sync().unwrap();
        registry.status().unwrap();
        registry.validate().unwrap();
    };
    look();
    assert_eq!(evaluations(), 0);
    let run = workspace.run(&RunRequest::of_model_id(&ids[0])).unwrap();
    let after = evaluations();
    assert!(after > 0, "the counter counts");
    look();
    workspace.trace(&run.run_id).unwrap();
    registry.delete(&run.run_id, false).unwrap();
    registry.restore(&run.run_id).unwrap();
    assert_eq!(evaluations(), after);
}
