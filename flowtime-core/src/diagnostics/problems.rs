//! A list of problems that does not grow without end.

use super::{Code, Diagnostic, Severity};

/// How many errors are listed, and how many warnings and infos.
pub(crate) const MOST_LISTED: usize = 10_000;

/// Everything found wrong with a model, as far as it is worth listing, and how much more there is.
///
/// Errors and remarks are counted apart: a flood of warnings neither hides an error nor becomes one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Problems {
    listed: Vec<Diagnostic>,
    errors: Tally,
    remarks: Tally,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    listed: usize,
    unlisted: usize,
}

impl Tally {
    /// Counts one more; is there room for it in the list?
    fn admits(&mut self) -> bool {
        let admitted = self.listed < MOST_LISTED;
        *(if admitted { &mut self.listed } else { &mut self.unlisted }) += 1;
        admitted
    }
}

impl Problems {
    /// Takes a problem.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.tally(diagnostic.is_error()).admits() {
            self.listed.push(diagnostic);
        }
    }

    /// Takes an error, which is only built if it is listed.
    pub(crate) fn push_error(&mut self, build: impl FnOnce() -> Diagnostic) {
        if self.errors.admits() {
            self.listed.push(build());
        }
    }

    /// Takes errors of which nothing but the number is known.
    pub(crate) fn push_unlisted_errors(&mut self, count: usize) {
        self.errors.unlisted += count;
    }

    /// Takes what was found elsewhere; of all together, the first ones of the document are listed.
    pub(crate) fn merge(&mut self, other: Problems) {
        self.errors.unlisted += other.errors.unlisted;
        self.remarks.unlisted += other.remarks.unlisted;
        (self.errors.listed, self.remarks.listed) = (0, 0);
        let mut found = std::mem::take(&mut self.listed);
        found.extend(other.listed);
        in_document_order(&mut found);
        found.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    fn tally(&mut self, error: bool) -> &mut Tally {
        if error { &mut self.errors } else { &mut self.remarks }
    }

    /// Is any of it an error, listed or not?
    pub(crate) fn any_error(&self) -> bool {
        self.errors.listed > 0 || self.errors.unlisted > 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// In document order, with a last word on what is not listed.
    pub(crate) fn into_list(mut self) -> Vec<Diagnostic> {
        in_document_order(&mut self.listed);
        let end = self.listed.last().and_then(|last| last.span);
        let unlisted = self.errors.unlisted + self.remarks.unlisted;
        if unlisted > 0 {
            let (noun, verb) = if unlisted == 1 { ("problem", "is") } else { ("problems", "are") };
            let message = format!("{unlisted} more {noun} {verb} not listed");
            let mut last = Diagnostic::new(Code::TooManyProblems, "", message).at(end);
            if self.errors.unlisted == 0 {
                last.severity = Severity::Warning;
            }
            self.listed.push(last);
        }
        self.listed
    }
}

impl From<Diagnostic> for Problems {
    fn from(diagnostic: Diagnostic) -> Self {
        let mut problems = Problems::default();
        problems.push(diagnostic);
        problems
    }
}

/// Sorts by place; what has none, or the same one, stays in the order in which it was found.
fn in_document_order(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_key(|d| d.span.map_or(0, |s| s.start));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Span;

    fn at(code: Code, place: usize) -> Diagnostic {
        Diagnostic::new(code, "", "").at(Span::new(place, place))
    }

    #[test]
    fn warnings_and_errors_leave_each_other_room() {
        let mut problems = Problems::default();
        for place in 0..MOST_LISTED + 5 {
            problems.push(at(Code::ConstRepeated, place));
        }
        assert!(!problems.any_error());
        let list = problems.clone().into_list();
        assert_eq!(list.len(), MOST_LISTED + 1);
        assert_eq!(list[MOST_LISTED].message, "5 more problems are not listed");
        assert!(!list.iter().any(Diagnostic::is_error));
        problems.push(at(Code::YamlTag, 0));
        assert!(problems.any_error());
        assert_eq!(problems.into_list().iter().filter(|d| d.is_error()).count(), 1);
    }

    #[test]
    fn what_is_merged_is_cut_in_the_order_of_the_document() {
        let list = |places: std::ops::Range<usize>| {
            let mut problems = Problems::default();
            places.for_each(|place| problems.push(at(Code::YamlTag, place)));
            problems
        };
        let mut problems = list(5_000..15_003);
        problems.merge(list(0..6_000));
        let list = problems.into_list();
        let places: Vec<u32> = list.iter().filter_map(|d| d.span).map(|span| span.start).collect();
        assert_eq!((list.len(), places[0], places[MOST_LISTED - 1]), (MOST_LISTED + 1, 0, 8_999));
        assert_eq!(list[MOST_LISTED].message, "6003 more problems are not listed");
        assert!(list[MOST_LISTED].is_error());
    }

    #[test]
    fn errors_that_are_not_listed_are_not_built() {
        let mut problems = Problems::default();
        let mut built = 0;
        for place in 0..MOST_LISTED + 7 {
            problems.push_error(|| {
                built += 1;
                at(Code::YamlTag, place)
            });
        }
        assert_eq!(built, MOST_LISTED);
        assert_eq!(problems.into_list().len(), MOST_LISTED + 1);
    }
}
