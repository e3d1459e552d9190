//! Everything that is found in a model, and how good it looks.

use super::quality::{SCORE_METHOD, findings, score};
use crate::diagnostics::{Diagnostic, Severity, Source, Tier, render};
use crate::error::{Error, ErrorKind};
use crate::eval::RunOptions;
use crate::schema::Parsed;

/// Everything that is found in a model up to a tier.
///
/// ```
/// use flowtime_core::{Model, ParseOptions, RunOptions, analysis::examine, diagnostics::Tier};
/// let text = "
/// schemaVersion: 1
/// grid: {bins: 4, binSize: 1, binUnit: hours}
/// nodes: [{id: a, kind: const, values: [0, 1, 2, 3]}, {id: b, kind: expr, expr: 1 / a}]
/// ";
/// let parsed = Model::parse(text, &ParseOptions::default())?;
/// let report = examine(&parsed, Tier::Analyse, &RunOptions::new())?;
/// assert!(report.valid());
/// assert_eq!((report.diagnostics.len(), report.score()), (1, 0.9));
/// assert_eq!(examine(&parsed, Tier::Compile, &RunOptions::new())?.score(), 1.0);
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// How far it was looked.
    pub tier: Tier,
    /// Everything found, in document order.
    pub diagnostics: Vec<Diagnostic>,
    /// What they point into.
    pub source: Option<Source>,
}

/// Looks at a model that was read: at its document alone (schema), whether it compiles (compile), or at its
/// results too (analyse).
///
/// A model that does not compile gives a report that is not valid, not an error.
///
/// # Errors
///
/// [`ErrorKind::Cancelled`], and [`ErrorKind::LimitExceeded`] when a run would exceed the limits of `options`.
pub fn examine(parsed: &Parsed, tier: Tier, options: &RunOptions) -> Result<Report, Error> {
    let source = parsed.model.source_text().cloned();
    let mut diagnostics = parsed.warnings.clone();
    if tier != Tier::Schema {
        match parsed.model.compile() {
            Ok(plan) if tier == Tier::Analyse => {
                diagnostics.extend(findings(&parsed.model, &plan.run(options)?));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::InvalidModel => {
                diagnostics.extend(error.diagnostics().iter().cloned());
            }
            Err(error) => return Err(error),
        }
    }
    diagnostics.sort_by_key(|d| d.span.map_or(0, |span| span.start));
    Ok(Report { tier, diagnostics, source })
}

impl Report {
    /// Is nothing that was found an error?
    pub fn valid(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// How good it looks, from 0 to 1; see [`score`].
    pub fn score(&self) -> f64 {
        score(&self.diagnostics)
    }

    /// How many there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count()
    }

    /// As JSON: `tier`, `valid`, `score`, `score_method`, the counts, and every finding as
    /// [`render::json`] writes it.
    pub fn to_json(&self) -> String {
        let findings: serde_json::Value =
            serde_json::from_str(&render::json(&self.diagnostics, self.source.as_ref())).unwrap_or_default();
        serde_json::json!({
            "tier": self.tier.name(),
            "valid": self.valid(),
            "score": self.score(),
            "score_method": SCORE_METHOD,
            "errors": self.count(Severity::Error),
            "warnings": self.count(Severity::Warning),
            "infos": self.count(Severity::Info),
            "diagnostics": findings,
        })
        .to_string()
    }
}
