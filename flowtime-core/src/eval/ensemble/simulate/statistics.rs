//! The statistics of a bin, once all scenarios have come to it.

use super::{TaskState, Worker, locked};
use crate::eval::ensemble::collected::PartBin;
use crate::eval::ensemble::layout::Segment;
use crate::eval::ensemble::moments::{Moments, Tree, Wanted};
use crate::eval::ensemble::quantile::{Places, quantile};
use crate::eval::ensemble::search::Interval;
use crate::eval::ensemble::setup::Counter;
use crate::eval::ensemble::tally::Tally;
use crate::eval::kernels::scenarios::numbers;
use std::sync::atomic::Ordering;
use std::sync::{PoisonError, RwLockReadGuard};

impl Worker<'_> {
    /// The statistics of kept series `out` in bin `from + k`, over all scenarios of each point.
    pub(super) fn statistics(&mut self, out: usize, k: usize, from: usize) {
        let (setup, shared) = (self.setup, self.shared);
        let (layout, wish) = (&setup.layout, &setup.wishes[out]);
        let room = layout.bins;
        let all: Vec<_> =
            shared.states.iter().map(|state| state.read().unwrap_or_else(PoisonError::into_inner)).collect();
        let waiting = setup.wishes[..out].iter().filter(|wish| setup.waits(wish)).count();
        let counters: usize = setup.wishes.iter().flat_map(|wish| &wish.counters).map(Counter::len).sum();
        let counter: usize =
            setup.wishes[..out].iter().flat_map(|wish| &wish.counters).map(Counter::len).sum();
        let counted: usize = wish.counters.iter().map(Counter::len).sum();
        let mut counts = vec![0u64; counted];
        let mut tree = Tree::default();
        let mut parts: Vec<&[f64]> = Vec::new();
        let mut segments = layout
            .tasks
            .iter()
            .zip(&all)
            .flat_map(|(task, state)| {
                task.segments.iter().enumerate().map(move |(number, segment)| (task, state, number, segment))
            })
            .peekable();
        let mut leaf: Vec<f64> = Vec::new();
        while let Some((task, state, number, segment)) = segments.next() {
            if setup.waits(wish) {
                let rows = &state.waiting[(waiting * room + k) * task.blocks()..][..task.blocks()];
                parts.push(&numbers(rows)[segment.from..segment.from + segment.count]);
            }
            let same = |next: &Segment| (next.point, next.leaf) == (segment.point, segment.leaf);
            let mut moments = state.moments[(number * setup.wishes.len() + out) * room + k];
            if layout.split {
                leaf.extend_from_slice(parts.last().copied().unwrap_or_default());
                if segments.peek().is_some_and(|(.., next)| same(next)) {
                    continue;
                }
                moments = Moments::of(setup.isa, &leaf, Wanted::by(wish));
                wish.count(setup.isa, &leaf, |at, n| counts[at] += u64::from(n));
                leaf.clear();
            } else {
                let of_segment = &state.counts[(number * room + k) * counters + counter..][..counted];
                counts.iter_mut().zip(of_segment).for_each(|(all, leaf)| *all += u64::from(*leaf));
            }
            tree.push(setup.first_leaf() + segment.leaf, moments);
            if segments.peek().is_some_and(|(.., next)| next.point == segment.point) {
                continue;
            }
            let moments = tree.root();
            self.values.clear();
            if let Some(intervals) = &setup.intervals {
                let of_interval = |interval: &Interval| Tally::of(*interval, setup.isa, &parts);
                let tallies = intervals[out][from + k].iter().map(of_interval).collect();
                let mut of_series = locked(&shared.parts[out]);
                of_series[from + k] =
                    PartBin { tree: std::mem::take(&mut tree), counts: counts.clone(), tallies };
                continue;
            }
            if setup.sample > 0 {
                self.in_brackets(&all, out, k, from, moments.count as usize);
            }
            for q in wish.quantiles.iter().filter(|_| setup.sample == 0) {
                let x = quantile(setup.isa, &parts, moments.count as usize, *q, &mut self.scratch);
                self.values.push(x);
            }
            let mut results = locked(&shared.results[out]);
            results[segment.point].set(from + k, layout.scenarios, &moments, &self.values, &counts);
            tree = Tree::default();
            parts.clear();
            counts.fill(0);
        }
    }

    /// The quantiles of kept series `out` in bin `from + k`, out of what all tasks found about their brackets.
    fn in_brackets(
        &mut self,
        all: &[RwLockReadGuard<'_, TaskState>],
        out: usize,
        k: usize,
        from: usize,
        count: usize,
    ) {
        let setup = self.setup;
        let wish = &setup.wishes[out];
        let in_chunk = setup.layout.bins.min(setup.plan.0.grid.bins() - from);
        let before: usize = setup.wishes[..out].iter().map(|wish| wish.quantiles.len() * in_chunk).sum();
        for (n, (q, bracket)) in wish.quantiles.iter().zip(&setup.brackets[out][from + k]).enumerate() {
            let mut places = Places::default();
            let inside = &mut self.scratch.inside;
            inside.clear();
            for state in all {
                let caught = &state.caught[before + k * wish.quantiles.len() + n];
                places.add(caught.places);
                inside.extend(&state.inside.numbers()[caught.inside.clone()]);
            }
            let found = match bracket {
                Some(bracket) => bracket.quantile(places, inside, count, *q),
                None => (count == 0).then_some(f64::NAN),
            };
            if found.is_none() {
                self.shared.missed[out].store(true, Ordering::Relaxed);
            }
            self.values.push(found.unwrap_or(f64::NAN));
        }
    }
}
