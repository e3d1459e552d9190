//! What came of models as JUnit XML, for build servers.

use crate::batch::Case;
use crate::exit::Failure;
use flowtime_core::diagnostics::render::{self, Style};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// The report: a test case for each model. What is wrong with a model is a failure, anything else
/// that stops it an error.
pub(crate) fn report(cases: &[Case]) -> Result<String, Failure> {
    let mut suite = TestSuite::new("flowtime run");
    for case in cases {
        let status = match &case.result {
            Ok(_) => TestCaseStatus::success(),
            Err(failure) => status_of(failure),
        };
        let mut test = TestCase::new(case.name.as_str(), status);
        test.set_classname("flowtime").set_time(case.took);
        suite.add_test_case(test);
    }
    suite.set_time(cases.iter().map(|case| case.took).sum());
    let mut report = Report::new("flowtime");
    report.add_test_suite(suite);
    report.to_string().map_err(|_| Failure::internal())
}

fn status_of(failure: &Failure) -> TestCaseStatus {
    let first = failure.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
    let kind = if first.is_some() { NonSuccessKind::Failure } else { NonSuccessKind::Error };
    let mut status = TestCaseStatus::non_success(kind);
    match first {
        Some(first) => {
            status.set_type(first.code.to_string()).set_message(first.message.as_str());
            let text = render::text(&failure.diagnostics, failure.source.as_ref(), Style::Plain);
            status.set_description(text);
        }
        None => {
            status.set_type(format!("exit {}", failure.exit as u8)).set_message(failure.message.as_str());
        }
    }
    status
}
