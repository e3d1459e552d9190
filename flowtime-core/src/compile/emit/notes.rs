//! What the emission of a pass knows of each value.

use crate::plan::graph::ValueId;
use crate::plan::program::{NO_OUT, NONE};

/// What is known of one value in the present pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Note {
    /// The block that holds it now, or [`NONE`].
    pub(super) address: i32,
    /// It comes from elsewhere, and its step is already there.
    pub(super) brought: bool,
    /// Its block is never freed in this pass.
    pub(super) lasting: bool,
    /// How often it is still to be read.
    pub(super) uses: u32,
    /// The output that it is, or [`NO_OUT`].
    pub(super) out: u32,
    /// Somebody reads it who can only read blocks.
    pub(super) needs_block: bool,
    /// A product that its sum computes: it has no instruction of its own.
    pub(super) deferred: bool,
    /// The loop it is in is being emitted.
    pub(super) inside_loop: bool,
    /// The pass in which this was noted.
    pass: u32,
}

impl Default for Note {
    fn default() -> Self {
        let (address, out) = (NONE, NO_OUT);
        Note {
            address,
            brought: false,
            lasting: false,
            uses: 0,
            out,
            needs_block: false,
            deferred: false,
            inside_loop: false,
            pass: 0,
        }
    }
}

/// A note for every value of a graph; a new pass begins with none.
#[derive(Debug)]
pub(super) struct Notes {
    notes: Vec<Note>,
    pass: u32,
}

impl Notes {
    pub(super) fn new(values: usize) -> Self {
        Notes { notes: vec![Note::default(); values], pass: 0 }
    }

    /// Forgets everything, whatever the number of values.
    pub(super) fn begin_pass(&mut self) {
        self.pass += 1;
    }

    pub(super) fn of(&self, id: ValueId) -> Note {
        let note = self.notes[id.index()];
        if note.pass == self.pass { note } else { Note::default() }
    }

    pub(super) fn of_mut(&mut self, id: ValueId) -> &mut Note {
        let note = &mut self.notes[id.index()];
        if note.pass != self.pass {
            *note = Note { pass: self.pass, ..Note::default() };
        }
        note
    }
}
