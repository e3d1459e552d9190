//! What goes wrong with disks, folders and files: each is named, none is fatal.

use crate::behaviour::{catalog, clock};
use crate::sample::Sample;
use flowtime_registry::{
    Directory, Found, LabelChange, Locked, NewModel, OnExisting, Query, Registry, RegistryError, Staging,
    Storage, StoreError,
};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const DESK: &str = "models/desk_aaaaaaaaaaaa/v1";

/// Three models and a run in a folder.
fn filled(root: &Path) -> Registry {
    let registry = Registry::over(Arc::new(Directory::new(root)), clock());
    for (digit, name) in ["Desk", "Gate", "Line"].into_iter().enumerate() {
        let yaml = format!("title: {name}");
        let new = NewModel::new(catalog(name, digit as u8), yaml.as_bytes());
        registry.put_model(&new.preview(b"<svg/>")).unwrap();
    }
    let sample = Sample::new("run_a", 2, 5);
    registry.put_run(&sample.record(), OnExisting::Refuse).unwrap();
    registry
}

#[test]
fn one_flipped_byte_is_named() {
    let root = tempfile::tempdir().unwrap();
    let registry = filled(root.path());
    let validation = registry.validate().unwrap();
    assert_eq!((validation.checked, validation.valid, validation.is_valid()), (4, 4, true));
    let run = [
        "spec.yaml",
        "run.json",
        "manifest.json",
        "catalog.json",
        "labels.json",
        "series/index.json",
        "series/node_1.csv",
        "SHA256SUMS",
    ];
    let model = ["model.yaml", "catalog.json", "preview.svg", "labels.json", "SHA256SUMS"];
    let files = run.iter().map(|file| ("runs/run_a", file)).chain(model.iter().map(|file| (DESK, file)));
    for (folder, file) in files {
        let path = root.path().join(folder).join(file);
        let before = fs::read(&path).unwrap();
        for place in [0, before.len() / 3, before.len() / 2, before.len() - 1] {
            let mut bytes = before.clone();
            bytes[place] ^= 1;
            fs::write(&path, &bytes).unwrap();
            let validation = registry.validate().unwrap();
            let named: Vec<_> = validation.problems.iter().filter(|problem| problem.path == folder).collect();
            assert!(!named.is_empty(), "byte {place} of {folder}/{file}");
            // A sum that was changed accuses its file.
            let says = named.iter().any(|problem| problem.message.contains(file) || *file == "SHA256SUMS");
            assert!(says, "byte {place} of {folder}/{file}: {named:?}");
            assert_eq!((validation.checked, validation.valid), (4, 3), "{folder}/{file}");
            assert_eq!(registry.list(&Query::new()).unwrap().total, 4);
            registry.status().unwrap();
            registry.scan().unwrap();
            if *file != "SHA256SUMS" && *file != "labels.json" {
                let error = registry.read_file(folder, file).unwrap_err();
                assert!(error.is_integrity(), "{file}: {error}");
            }
        }
        fs::write(&path, &before).unwrap();
    }
    assert!(registry.validate().unwrap().is_valid());
}

#[test]
fn a_folder_half_deleted() {
    let root = tempfile::tempdir().unwrap();
    let registry = filled(root.path());
    let names = ["SHA256SUMS", "catalog.json", "model.yaml", "labels.json"];
    for gone in names {
        let path = root.path().join(DESK).join(gone);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let validation = registry.validate().unwrap();
        assert!(
            validation.problems.iter().any(|p| p.path == DESK && p.message.contains(gone)),
            "{gone}: {validation:?}"
        );
        assert_eq!(validation.valid, 3, "{gone}");
        registry.status().unwrap();
        registry.sync().unwrap();
        let readable = gone == "model.yaml" || gone == "labels.json";
        assert_eq!(registry.get(DESK).is_ok(), readable, "{gone}");
        fs::write(&path, bytes).unwrap();
        registry.sync().unwrap();
        assert!(registry.validate().unwrap().is_valid(), "{gone}");
    }
    // Labels that are lost are those of the making until they are set again.
    registry.update_labels(DESK, &LabelChange::new().title("Other")).unwrap();
    fs::write(root.path().join(DESK).join("labels.json"), b"{}").unwrap();
    assert_eq!(registry.get(DESK).unwrap().labels.title, "Desk");
    registry.update_labels(DESK, &LabelChange::new().title("Third")).unwrap();
    assert!(registry.validate().unwrap().is_valid());
}

#[test]
fn the_same_model_is_stored_again_beside_a_damaged_one() {
    let root = tempfile::tempdir().unwrap();
    let registry = filled(root.path());
    fs::write(root.path().join(DESK).join("model.yaml"), b"title: Desc").unwrap();
    let stored = registry.put_model(&NewModel::new(catalog("Desk", 0), b"title: Desk")).unwrap();
    assert_eq!(stored.card.version, 2);
    assert!(registry.validate_one(&stored.card.reference()).unwrap().is_valid());
}

#[test]
fn what_is_no_artifact_is_reported() {
    let root = tempfile::tempdir().unwrap();
    let registry = filled(root.path());
    let path = |name: &str| root.path().join(name);
    fs::create_dir_all(path("models/empty/v1")).unwrap();
    fs::create_dir_all(path("runs/begun")).unwrap();
    fs::write(path("runs/begun/spec.yaml"), b"x").unwrap();
    fs::write(path("runs/notes.txt"), b"x").unwrap();
    fs::create_dir_all(path("runs/.hidden")).unwrap();
    fs::create_dir_all(path("telemetry/odd")).unwrap();
    fs::write(path("telemetry/odd/catalog.json"), b"{\"kind\": \"ghost\"}").unwrap();
    fs::write(path("telemetry/odd/SHA256SUMS"), b"").unwrap();
    let copy = path("models/copy/v1");
    fs::create_dir_all(&copy).unwrap();
    for file in fs::read_dir(path(DESK)).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    let scan = registry.scan().unwrap();
    let mut failed: Vec<_> = scan.failed.iter().map(|problem| problem.path.as_str()).collect();
    failed.sort_unstable();
    assert_eq!(failed, [DESK, "models/empty/v1", "runs/begun", "runs/notes.txt", "telemetry/odd"]);
    assert!(scan.failed.iter().any(|p| p.message == "it is a copy of `models/copy/v1`"), "{:?}", scan.failed);
    assert_eq!(registry.sync().unwrap().total, 4);
    assert_eq!(registry.list(&Query::new()).unwrap().total, 4);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_root_are_refused() {
    use std::os::unix::fs::symlink;
    let elsewhere = tempfile::tempdir().unwrap();
    filled(elsewhere.path());
    let root = tempfile::tempdir().unwrap();
    let registry = filled(root.path());
    let path = |name: &str| root.path().join(name);
    symlink(elsewhere.path().join("models/gate_bbbbbbbbbbbb"), path("models/linked")).unwrap();
    symlink("/etc/passwd", path("models/gate_bbbbbbbbbbbb/v1/extra")).unwrap();
    symlink(elsewhere.path().join("nothing"), path("models/door_dddddddddddd")).unwrap();
    let scan = registry.scan().unwrap();
    assert_eq!(scan.cards.len(), 4);
    assert_eq!(scan.failed.len(), 2, "{:?}", scan.failed);
    assert!(registry.get("linked").unwrap_err().is_not_found());
    assert!(registry.read_file("gate_bbbbbbbbbbbb", "extra").unwrap_err().is_not_found());
    let error = registry.put_model(&NewModel::new(catalog("Door", 3), b"x")).unwrap_err();
    assert!(matches!(error, RegistryError::Store(StoreError::OutsideRoot { .. })), "{error}");
    // A file of an artifact that became a link.
    fs::remove_file(path(DESK).join("model.yaml")).unwrap();
    symlink(elsewhere.path().join(DESK).join("model.yaml"), path(DESK).join("model.yaml")).unwrap();
    assert!(registry.read_file(DESK, "model.yaml").is_err());
    assert_eq!(registry.validate_one(DESK).unwrap().problems.len(), 1);
    // A whole kind that leads elsewhere.
    let linked = tempfile::tempdir().unwrap();
    symlink(elsewhere.path().join("models"), linked.path().join("models")).unwrap();
    let registry = Registry::open(linked.path());
    assert_eq!(registry.list(&Query::new()).unwrap().total, 0);
    assert!(registry.put_model(&NewModel::new(catalog("Desk", 0), b"x")).is_err());
    assert!(registry.get("gate_bbbbbbbbbbbb").is_err());
    assert_eq!(registry.scan().unwrap().failed.len(), 1);
}

#[test]
fn clocks_that_go_back_lose_nothing() {
    use flowtime_registry::FixedClock;
    use std::time::UNIX_EPOCH;
    let root = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(Directory::new(root.path()));
    for (digit, seconds) in [2_000_000_000u64, 1_000_000_000, 0].into_iter().enumerate() {
        let clock = Arc::new(FixedClock(UNIX_EPOCH + Duration::from_secs(seconds)));
        let registry = Registry::over(storage.clone(), clock);
        registry.put_model(&NewModel::new(catalog("Desk", 0), &[digit as u8])).unwrap();
        registry.put_model(&NewModel::new(catalog("Gate", digit as u8 + 1), b"x")).unwrap();
        registry.sync().unwrap();
    }
    let before_1970 = Arc::new(FixedClock(UNIX_EPOCH - Duration::from_secs(86_400)));
    let registry = Registry::over(storage, before_1970);
    registry.put_model(&NewModel::new(catalog("Line", 7), b"x")).unwrap();
    assert_eq!(registry.list(&Query::new()).unwrap().total, 7);
    let desk = registry.get("desk_aaaaaaaaaaaa").unwrap();
    assert_eq!(
        (desk.card.version, desk.card.created.as_str()),
        (3, "1970-01-01T00:00:00Z"),
        "versions count, not times"
    );
    assert!(registry.validate().unwrap().is_valid());
}

/// A store that fails after so many writes, as a full disk does.
#[derive(Debug)]
struct Failing {
    inner: Directory,
    left: AtomicI64,
    /// Only the index fails.
    index_only: bool,
    /// What somebody else does just before the lock is taken for the first time.
    meanwhile: Mutex<Option<fn(&Path)>>,
}

impl Failing {
    fn new(root: &Path, writes: i64, index_only: bool) -> Arc<Self> {
        let (inner, left) = (Directory::new(root), AtomicI64::new(writes));
        Arc::new(Failing { inner, left, index_only, meanwhile: Mutex::new(None) })
    }

    fn spend(&self, path: &str) -> Result<(), StoreError> {
        if self.index_only && !path.contains("index") {
            return Ok(());
        }
        if self.left.fetch_sub(1, Ordering::Relaxed) > 0 {
            return Ok(());
        }
        let source = io::Error::from(io::ErrorKind::StorageFull);
        Err(StoreError::DiskFull { path: self.locate(path), source })
    }
}

impl Storage for Failing {
    fn locate(&self, path: &str) -> PathBuf {
        self.inner.locate(path)
    }

    fn stage(&self, path: &str) -> Result<Box<dyn Staging + '_>, StoreError> {
        self.spend(path)?;
        Ok(Box::new(FailingStage { inner: self.inner.stage(path)?, store: self }))
    }

    fn open(&self, path: &str, offset: u64) -> Result<Box<dyn Read + '_>, StoreError> {
        self.inner.open(path, offset)
    }

    fn look(&self, path: &str) -> Result<Option<Found>, StoreError> {
        self.inner.look(path)
    }

    fn names(&self, folder: &str) -> Result<Vec<(String, Found)>, StoreError> {
        self.inner.names(folder)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.spend(path)?;
        self.inner.write(path, bytes)
    }

    fn append(&self, path: &str, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        if let Err(error) = self.spend(path) {
            // As much as fits.
            let _ = self.inner.append(path, at, &bytes[..bytes.len() / 2]);
            return Err(error);
        }
        self.inner.append(path, at, bytes)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        self.spend(to)?;
        self.inner.rename(from, to)
    }

    fn remove(&self, path: &str) -> Result<(), StoreError> {
        self.spend(path)?;
        self.inner.remove(path)
    }

    fn try_lock(&self) -> Result<Option<Box<dyn Locked + '_>>, StoreError> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile(self.inner.as_ref());
        }
        self.inner.try_lock()
    }
}

#[derive(Debug)]
struct FailingStage<'a> {
    inner: Box<dyn Staging + 'a>,
    store: &'a Failing,
}

impl Staging for FailingStage<'_> {
    fn create(&mut self, relative: &str) -> Result<Box<dyn Write>, StoreError> {
        self.store.spend(relative)?;
        self.inner.create(relative)
    }

    fn commit(&mut self, replace: bool) -> Result<(), StoreError> {
        self.store.spend("commit")?;
        self.inner.commit(replace)
    }
}

#[test]
fn a_disk_that_fills_up_at_any_write() {
    let mut acknowledged = 0;
    for writes in 0..60 {
        let root = tempfile::tempdir().unwrap();
        let failing = Registry::over(Failing::new(root.path(), writes, false), clock());
        let mut known = Vec::new();
        for digit in 0..4 {
            match failing.put_model(&NewModel::new(catalog("Desk", digit), b"one")) {
                Ok(stored) => known.push(stored.card.path),
                Err(error) => {
                    assert!(matches!(error, RegistryError::Store(StoreError::DiskFull { .. })), "{error}")
                }
            }
        }
        // What could not be written to the index is shown all the same.
        let shown = |registry: &Registry| -> Vec<String> {
            let cards = registry.list(&Query::new()).unwrap().cards;
            cards.into_iter().map(|card| card.path).collect()
        };
        for path in &known {
            assert!(shown(&failing).contains(path), "{writes} writes: {path} in {:?}", shown(&failing));
            assert_eq!(failing.read_file(path, "model.yaml").unwrap(), b"one");
        }
        // Then there is space again.
        let healthy = Registry::over(Arc::new(Directory::new(root.path())), clock());
        healthy.sync().unwrap();
        for path in &known {
            assert!(shown(&healthy).contains(path), "{writes} writes: {path}");
        }
        assert!(healthy.validate().unwrap().is_valid(), "{writes} writes");
        acknowledged += known.len();
    }
    assert!(acknowledged > 60 && acknowledged < 240, "{acknowledged}");
}

#[test]
fn an_index_that_cannot_be_written_is_told_later() {
    let root = tempfile::tempdir().unwrap();
    filled(root.path());
    let failing = Registry::over(Failing::new(root.path(), 0, true), clock());
    let stored = failing.put_model(&NewModel::new(catalog("Late", 4), b"late")).unwrap();
    assert!(stored.pending);
    assert_eq!(failing.list(&Query::new()).unwrap().total, 5, "what is pending is shown");
    let status = failing.status().unwrap();
    assert_eq!((status.pending, status.unregistered, status.problems.len()), (1, 1, 1), "{status:?}");
    // The next operation of anybody who can registers it.
    let healthy = Registry::over(Arc::new(Directory::new(root.path())), clock());
    assert_eq!(healthy.list(&Query::new()).unwrap().total, 5);
    let status = healthy.status().unwrap();
    assert_eq!((status.pending, status.registered, status.problems.len()), (0, 5, 0), "{status:?}");
}

#[test]
fn a_lock_that_another_one_holds() {
    let root = tempfile::tempdir().unwrap();
    filled(root.path());
    let store = Directory::new(root.path());
    let registry = Registry::open(root.path()).lock_wait(Duration::from_millis(20));
    let lock = store.try_lock().unwrap().unwrap();
    let stored = registry.put_model(&NewModel::new(catalog("Late", 4), b"late")).unwrap();
    assert!(stored.pending);
    assert_eq!(registry.list(&Query::new()).unwrap().total, 5);
    assert!(matches!(registry.delete("run_a", false), Err(RegistryError::Locked)));
    drop(lock);
    let next = registry.put_model(&NewModel::new(catalog("Next", 5), b"next")).unwrap();
    assert!(!next.pending);
    let status = registry.status().unwrap();
    assert_eq!((status.pending, status.registered), (0, 6));
    // One that is held for a while is waited for.
    let lock = store.try_lock().unwrap().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let registry = Registry::open(root.path());
            registry.put_model(&NewModel::new(catalog("Patient", 6), b"x")).unwrap().pending
        });
        std::thread::sleep(Duration::from_millis(50));
        drop(lock);
        assert!(!waiting.join().unwrap());
    });
}

#[test]
fn what_is_deleted_before_it_is_registered_does_not_come_back() {
    let root = tempfile::tempdir().unwrap();
    filled(root.path());
    let store = Failing::new(root.path(), i64::MAX, false);
    *store.meanwhile.lock().unwrap() = Some(|root| {
        let other = Registry::open(root);
        assert_eq!(other.sync().unwrap().added, ["models/late_eeeeeeeeeeee/v1"]);
        other.delete("late_eeeeeeeeeeee", false).unwrap();
    });
    let registry = Registry::over(store, clock());
    registry.put_model(&NewModel::new(catalog("Late", 4), b"late")).unwrap();
    assert_eq!(registry.list(&Query::new()).unwrap().total, 4);
    assert_eq!(registry.status().unwrap().problems, []);
}
