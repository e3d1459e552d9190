//! Any text as a model of an older form: what comes out migrates no further.
#![no_main]

use flowtime_core::migrate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(migrated) = migrate(text) {
        let again = migrate(&migrated.text).unwrap_or_else(|e| panic!("{e}\n{}", migrated.text));
        assert!(again.changes.is_empty(), "{:?}", again.changes);
        assert_eq!(again.text, migrated.text);
    }
});
