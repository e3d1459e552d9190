//! Status codes by name.

use crate::guard;
use flowtime_core::ErrorKind;
use flowtime_registry::WorkspaceErrorKind;
use std::ffi::c_char;

/// How a call ended. The numbers never change; new ones may be added to a family.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum flowtime_status {
    /// The call did what it says. Warnings are never a status.
    OK = 0,

    // 100: the call itself.
    /// A pointer that is needed is NULL.
    NULL_ARGUMENT = 100,
    /// An argument has a value that it cannot have: an unknown name or enum value, a wrong length,
    /// an infinity.
    INVALID_ARGUMENT = 101,
    /// A text is not UTF-8; the message and flowtime_error_offset() say where.
    INVALID_UTF8 = 102,
    /// An index or the size of a buffer is out of range.
    OUT_OF_RANGE = 103,
    /// The object is in use by another call, in another thread or in the caller of a callback.
    IN_USE = 104,
    /// A panic left the object half done. It can only be freed.
    POISONED = 105,

    // 200: the model.
    /// The model has errors; flowtime_error_diagnostics() lists all of them.
    INVALID_MODEL = 200,

    // 300: the work.
    /// The work would exceed a limit.
    LIMIT_EXCEEDED = 300,
    /// The run was asked to stop.
    CANCELLED = 301,

    // 400: what is kept.
    /// There is no template, artifact or file of that name; the message says what may have been meant.
    NOT_FOUND = 400,
    /// Something else has that id or version, or something that was to go is in use.
    CONFLICT = 401,
    /// Stored bytes are not those that were written.
    INTEGRITY = 402,
    /// The system would not store or read something.
    STORAGE = 403,

    // 900: mistakes in the library.
    /// The engine panicked. The call had no effect; objects that it was changing are poisoned.
    PANIC = 900,
    /// Something that this version of the C interface has no number for.
    INTERNAL = 901,
}

impl flowtime_status {
    /// Every status with its name.
    pub(crate) const ALL: [(flowtime_status, &'static std::ffi::CStr); 16] = [
        (flowtime_status::OK, c"ok"),
        (flowtime_status::NULL_ARGUMENT, c"null argument"),
        (flowtime_status::INVALID_ARGUMENT, c"invalid argument"),
        (flowtime_status::INVALID_UTF8, c"invalid UTF-8"),
        (flowtime_status::OUT_OF_RANGE, c"out of range"),
        (flowtime_status::IN_USE, c"in use"),
        (flowtime_status::POISONED, c"poisoned"),
        (flowtime_status::INVALID_MODEL, c"invalid model"),
        (flowtime_status::LIMIT_EXCEEDED, c"limit exceeded"),
        (flowtime_status::CANCELLED, c"cancelled"),
        (flowtime_status::NOT_FOUND, c"not found"),
        (flowtime_status::CONFLICT, c"conflict"),
        (flowtime_status::INTEGRITY, c"integrity"),
        (flowtime_status::STORAGE, c"storage"),
        (flowtime_status::PANIC, c"panic"),
        (flowtime_status::INTERNAL, c"internal"),
    ];

    /// The status of an error of the engine.
    pub(crate) fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidModel => flowtime_status::INVALID_MODEL,
            ErrorKind::InvalidArgument => flowtime_status::INVALID_ARGUMENT,
            ErrorKind::LimitExceeded => flowtime_status::LIMIT_EXCEEDED,
            ErrorKind::Cancelled => flowtime_status::CANCELLED,
            // A kind that is newer than this crate.
            _ => flowtime_status::INTERNAL,
        }
    }
}

impl flowtime_status {
    /// The status of an error of the workspace.
    pub(crate) fn of_kept(kind: WorkspaceErrorKind) -> Self {
        match kind {
            WorkspaceErrorKind::InvalidModel => flowtime_status::INVALID_MODEL,
            WorkspaceErrorKind::InvalidArgument => flowtime_status::INVALID_ARGUMENT,
            WorkspaceErrorKind::LimitExceeded => flowtime_status::LIMIT_EXCEEDED,
            WorkspaceErrorKind::Cancelled => flowtime_status::CANCELLED,
            WorkspaceErrorKind::NotFound => flowtime_status::NOT_FOUND,
            WorkspaceErrorKind::Conflict => flowtime_status::CONFLICT,
            WorkspaceErrorKind::Integrity => flowtime_status::INTEGRITY,
            WorkspaceErrorKind::System => flowtime_status::STORAGE,
            // A kind that is newer than this crate.
            _ => flowtime_status::INTERNAL,
        }
    }
}

/// The name of a status for people, such as "invalid model"; "unknown" for other numbers. Static,
/// with a NUL at its end.
#[unsafe(no_mangle)]
pub extern "C" fn flowtime_status_name(status: i32) -> *const c_char {
    let name = || {
        let known = flowtime_status::ALL.iter().find(|(known, _)| *known as i32 == status);
        Some(known.map_or(c"unknown", |(_, name)| *name).as_ptr())
    };
    // SAFETY: the handle is a living value.
    unsafe { guard::read(&(), c"unknown".as_ptr(), |()| name()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_a_status() {
        let kinds = [
            ErrorKind::InvalidModel,
            ErrorKind::InvalidArgument,
            ErrorKind::LimitExceeded,
            ErrorKind::Cancelled,
        ];
        // The list is complete: the source names each kind once, with four spaces before it.
        let source = include_str!("../../flowtime-core/src/error.rs");
        let body =
            source.split("pub enum ErrorKind {").nth(1).and_then(|s| s.split('}').next()).unwrap_or("");
        let named: Vec<&str> =
            body.lines().map(str::trim).filter(|l| l.ends_with(',') && !l.starts_with("//")).collect();
        assert_eq!(named, kinds.map(|kind| format!("{kind:?},")));
        for kind in kinds {
            assert_ne!(flowtime_status::of(kind), flowtime_status::INTERNAL, "{kind:?}");
        }
    }

    #[test]
    fn numbers_are_distinct_and_in_order() {
        assert!(flowtime_status::ALL.windows(2).all(|pair| (pair[0].0 as i32) < pair[1].0 as i32));
    }
}
