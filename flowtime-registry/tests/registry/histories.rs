//! Random histories, told by two registries at once, against a simple account of what has to be there.

use crate::behaviour::{catalog, clock};
use flowtime_registry::{Kind, LabelChange, Memory, NewModel, Query, Registry, Storage};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Clone)]
enum Step {
    Put { model: u8, body: u8 },
    Label { model: u8, title: u8 },
    Delete { model: u8 },
    Restore { model: u8 },
    EmptyTrash,
    Sync,
    LoseIndex,
    LoseSnapshot,
    LoseLog,
    TearLog,
}

fn step() -> impl Strategy<Value = Step> {
    let model = || 0u8..4;
    prop_oneof![
        6 => (model(), 0u8..3).prop_map(|(model, body)| Step::Put { model, body }),
        4 => (model(), 0u8..5).prop_map(|(model, title)| Step::Label { model, title }),
        3 => model().prop_map(|model| Step::Delete { model }),
        2 => model().prop_map(|model| Step::Restore { model }),
        1 => Just(Step::EmptyTrash),
        1 => Just(Step::Sync),
        1 => Just(Step::LoseIndex),
        1 => Just(Step::LoseSnapshot),
        1 => Just(Step::LoseLog),
        1 => Just(Step::TearLog),
    ]
}

/// What has to be known of a version.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    body: u8,
    title: String,
}

/// The versions of each model, those that are there and those in the trash.
#[derive(Debug, Default)]
struct Account {
    live: BTreeMap<(u8, u32), Known>,
    trash: BTreeMap<(u8, u32), Vec<Known>>,
}

fn name(model: u8) -> String {
    format!("Model {model}")
}

fn path(model: u8, version: u32) -> String {
    format!("models/model-{model}_{}/v{version}", crate::behaviour::hash(model)[7..].get(..12).unwrap())
}

impl Account {
    fn put(&mut self, model: u8, body: u8) -> u32 {
        let same = self.live.iter().find(|((of, _), known)| *of == model && known.body == body);
        if let Some(((_, version), _)) = same {
            return *version;
        }
        let trashed = self.trash.keys().filter(|(of, _)| *of == model).map(|(_, version)| *version);
        let live = self.live.keys().filter(|(of, _)| *of == model).map(|(_, version)| *version);
        let version = live.chain(trashed).max().unwrap_or(0) + 1;
        self.live.insert((model, version), Known { body, title: name(model) });
        version
    }

    fn newest(&self, model: u8) -> Option<u32> {
        self.live.keys().filter(|(of, _)| *of == model).map(|(_, version)| *version).max()
    }

    fn delete(&mut self, model: u8) {
        let versions: Vec<u32> = self.live.keys().filter(|key| key.0 == model).map(|key| key.1).collect();
        for version in versions {
            let known = self.live.remove(&(model, version)).unwrap();
            self.trash.entry((model, version)).or_default().push(known);
        }
    }

    fn restore(&mut self, model: u8) {
        for ((of, version), places) in &mut self.trash {
            let free = *of == model && !self.live.contains_key(&(model, *version));
            if let Some(known) = free.then(|| places.pop()).flatten() {
                self.live.insert((model, *version), known);
            }
        }
        self.trash.retain(|_, places| !places.is_empty());
    }
}

fn play(steps: &[(Step, bool)]) {
    let storage: Arc<dyn Storage> = Arc::new(Memory::new());
    let registries = [Registry::over(storage.clone(), clock()), Registry::over(storage.clone(), clock())];
    let mut account = Account::default();
    for (step, which) in steps {
        let registry = &registries[usize::from(*which)];
        match step {
            Step::Put { model, body } => {
                let stored =
                    registry.put_model(&NewModel::new(catalog(&name(*model), *model), &[*body])).unwrap();
                assert_eq!(stored.card.version, account.put(*model, *body), "{step:?}");
                assert!(!stored.pending);
            }
            Step::Label { model, title } => {
                let id = path(*model, 1).split('/').nth(1).unwrap().to_owned();
                let title = format!("title {title}");
                let changed = registry.update_labels(&id, &LabelChange::new().title(&title));
                match account.newest(*model) {
                    Some(version) => {
                        assert_eq!(changed.unwrap().version, version);
                        account.live.get_mut(&(*model, version)).unwrap().title = title;
                    }
                    None => assert!(changed.unwrap_err().is_not_found()),
                }
            }
            Step::Delete { model } => {
                let id = path(*model, 1).split('/').nth(1).unwrap().to_owned();
                let there = account.newest(*model).is_some();
                assert_eq!(registry.delete(&id, false).is_ok(), there);
                account.delete(*model);
            }
            Step::Restore { model } => {
                let id = path(*model, 1).split('/').nth(1).unwrap().to_owned();
                let before = account.live.len();
                account.restore(*model);
                let restored = registry.restore(&id).map_or(0, |cards| cards.len());
                assert_eq!(restored, account.live.len() - before);
            }
            Step::EmptyTrash => {
                assert_eq!(registry.empty_trash().unwrap(), account.trash.len());
                account.trash.clear();
            }
            Step::Sync => {
                let synced = registry.sync().unwrap();
                assert_eq!((synced.total, synced.failed.len()), (account.live.len(), 0));
            }
            Step::LoseIndex => {
                storage.remove("registry-index.json").unwrap();
                storage.remove("registry-index.log").unwrap();
            }
            Step::LoseSnapshot => storage.remove("registry-index.json").unwrap(),
            Step::LoseLog => storage.remove("registry-index.log").unwrap(),
            Step::TearLog => {
                let mut log = Vec::new();
                if let Ok(mut file) = storage.open("registry-index.log", 0) {
                    file.read_to_end(&mut log).unwrap();
                    storage.write("registry-index.log", &[&log[..], b"{\"put\":{\"id"].concat()).unwrap();
                }
            }
        }
        let expected: BTreeMap<String, String> = account
            .live
            .iter()
            .map(|((model, version), known)| (path(*model, *version), known.title.clone()))
            .collect();
        for registry in &registries {
            let cards = registry.list(&Query::new().kind(Kind::Model)).unwrap().cards;
            let shown: BTreeMap<String, String> =
                cards.into_iter().map(|card| (card.path, card.title)).collect();
            assert_eq!(shown, expected, "after {step:?}");
        }
    }
    for ((model, version), known) in &account.live {
        let bytes = registries[0].read_file(&path(*model, *version), "model.yaml").unwrap();
        assert_eq!(bytes, [known.body]);
    }
    assert!(registries[1].validate().unwrap().is_valid());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_registries_agree_with_the_account(steps in prop::collection::vec((step(), any::<bool>()), 1..40)) {
        play(&steps);
    }
}
