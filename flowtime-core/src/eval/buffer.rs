//! Memory for the series of a run.

use super::kernels::pages::prefer_large;

/// Equally long series, each beginning at a cache line.
///
/// Vector stores that straddle two lines take twice as long, and results are mostly stores.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeriesBuffer {
    numbers: Vec<f64>,
    /// From the allocation to the first line.
    offset: usize,
    count: usize,
    stride: usize,
    bins: usize,
}

const LINE: usize = 8;

impl SeriesBuffer {
    /// Room for `count` series of `bins` numbers.
    pub(crate) fn new(count: usize, bins: usize) -> Self {
        let stride = bins.next_multiple_of(LINE);
        let mut numbers = vec![0.0; count * stride + LINE];
        prefer_large(&mut numbers);
        let offset = numbers.as_ptr().align_offset(LINE * size_of::<f64>()).min(LINE);
        SeriesBuffer { numbers, offset, count, stride, bins }
    }

    /// Has it room for `count` series of `bins` numbers?
    pub(crate) fn holds(&self, count: usize, bins: usize) -> bool {
        self.bins == bins && self.count == count && !self.numbers.is_empty()
    }

    /// Series `number`.
    pub(crate) fn series(&self, number: usize) -> &[f64] {
        &self.numbers[self.offset + number * self.stride..][..self.bins]
    }

    /// Every series.
    pub(crate) fn all_mut(&mut self) -> Vec<&mut [f64]> {
        self.all_mut_in(Vec::new())
    }

    /// Every series, in a list whose memory has been used before.
    pub(crate) fn all_mut_in<'a>(&'a mut self, mut list: Vec<&'a mut [f64]>) -> Vec<&'a mut [f64]> {
        let bins = self.bins;
        let numbers = &mut self.numbers[self.offset..][..self.count * self.stride];
        list.extend(numbers.chunks_exact_mut(self.stride.max(1)).map(|series| &mut series[..bins]));
        list
    }
}

/// The memory of a list, for a list of series that live for another time.
///
/// Collecting an iterator over a vector's own items keeps the vector's memory.
pub(crate) fn emptied<'b>(mut list: Vec<&mut [f64]>) -> Vec<&'b mut [f64]> {
    list.clear();
    list.into_iter().map(|_| <&mut [f64]>::default()).collect()
}
