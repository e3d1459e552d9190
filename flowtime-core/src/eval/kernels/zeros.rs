//! Where divisions by zero are noted: a bit a bin of the tile, seldom touched.

/// The divisions by zero of one tile.
#[derive(Debug, Default)]
pub(crate) struct ZeroLog {
    /// By division: bit t is set when bin t of the tile divided by zero.
    masks: Vec<u64>,
    /// Divisions whose mask is not empty.
    dirty: Vec<u32>,
    /// When lanes are groups and not bins: the bin, and how many lanes are real. Lane l then
    /// counts for division `first + l`.
    pub(crate) across: Option<(u32, u32)>,
}

impl ZeroLog {
    /// A log for `divisions` divisions.
    pub(crate) fn new(divisions: usize) -> Self {
        ZeroLog { masks: vec![0; divisions], dirty: Vec::with_capacity(divisions), across: None }
    }

    /// Notes that lanes `position..` with a bit divided by zero.
    #[cold]
    #[inline(never)]
    pub(crate) fn note(&mut self, division: u32, bits: u64, position: usize) {
        match self.across {
            None => self.set(division, bits << position),
            Some((bin, lanes)) => {
                for lane in position as u32..lanes.min(position as u32 + 64) {
                    if bits >> (lane - position as u32) & 1 == 1 {
                        self.set(division + lane, 1 << bin);
                    }
                }
            }
        }
    }

    fn set(&mut self, division: u32, bits: u64) {
        let Some(mask) = self.masks.get_mut(division as usize) else { return };
        if *mask == 0 && bits != 0 {
            self.dirty.push(division);
        }
        *mask |= bits;
    }

    /// Has nothing been noted?
    pub(crate) fn is_empty(&self) -> bool {
        self.dirty.is_empty()
    }

    /// Hands over and forgets what was noted: `(division, bins)`.
    pub(crate) fn drain(&mut self, mut f: impl FnMut(u32, u64)) {
        for division in self.dirty.drain(..) {
            let mask = std::mem::take(&mut self.masks[division as usize]);
            f(division, mask);
        }
    }
}
