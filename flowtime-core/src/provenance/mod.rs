//! What identifies a model, a template, a run: canonical bytes, hashes, ids.
//!
//! Everything here is a pure function of its arguments. [`canonical_json`] gives one text to all
//! documents that say the same, the `*_hash_of` functions take SHA-256 of it with the parts left out
//! that the question does not depend on, and ids are made of those hashes.
//!
//! | hash | of | answers |
//! |---|---|---|
//! | [`model_hash_of`] | the model without `provenance`, `metadata` and every node's `description`, `unit`, `metadata` | is it the same computation? |
//! | [`logic_hash_of`] | its `grid` and `nodes` alone | is it the same logic, whatever is written out and however seeded? |
//! | [`template_hash_of`] | the template | did the template's body change? |
//! | [`inputs_hash_of`] | template id, version and all parameters | same template and parameters? |

mod canonical;
mod document;
mod hash;
mod ids;
mod number;

pub use canonical::canonical_json;
pub use document::Provenance;
pub use hash::{inputs_hash_of, logic_hash_of, model_hash_of, numbers_hash, template_hash_of};
pub use ids::{MAX_ID_LENGTH, model_id, run_id, slug, timestamped_run_id, valid_id};
pub use number::{format_number, write_number};

/// The version of the semantics: it changes whenever the bits of any legal model could.
pub const SEMANTICS_VERSION: u32 = 1;

/// The version of the engine, that of this crate.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");
