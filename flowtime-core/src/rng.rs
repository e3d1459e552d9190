//! Random numbers: PCG32 streams, one for each node, from nothing but the seed and the node's id.

use rand_pcg::Lcg64Xsh32;

/// FNV-1a, 64 bit.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// One step of SplitMix64: neighbouring numbers become unrelated ones, no two the same.
pub(crate) fn mix(z: u64) -> u64 {
    let mut z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The seed of scenario `scenario` of an ensemble with `seed`, at most 2^53 - 1.
///
/// The scenario is, bit for bit, the single run with this seed. Ensembles with neighbouring seeds
/// have no scenarios in common.
///
/// ```
/// use flowtime_core::scenario_seed;
/// assert_ne!(scenario_seed(7, 1), scenario_seed(8, 0));
/// assert!(scenario_seed(7, 1) < 1 << 53);
/// ```
pub fn scenario_seed(seed: u64, scenario: u64) -> u64 {
    mix(mix(seed).wrapping_add(scenario)) >> 11
}

/// The random numbers of node `id` in a run with `seed`; bin 0 takes the first 32 bits.
pub(crate) fn stream(seed: u64, id: &str) -> Lcg64Xsh32 {
    let name = fnv1a(id.as_bytes());
    Lcg64Xsh32::new(mix(seed.wrapping_add(mix(name))), name)
}

/// The same stream for many lanes at once: its state before bin 0, and the increment, which depends on
/// the name alone.
pub(crate) fn lane(seed: u64, id: &str) -> (u64, u64) {
    let name = fnv1a(id.as_bytes());
    let increment = name << 1 | 1;
    (advanced(mix(seed.wrapping_add(mix(name))).wrapping_add(increment), increment), increment)
}

/// The state after a draw.
#[inline(always)]
pub(crate) fn advanced(state: u64, increment: u64) -> u64 {
    state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(increment)
}

/// The 32 bits that are drawn in a state: PCG-XSH-RR.
#[inline(always)]
pub(crate) fn drawn(state: u64) -> u32 {
    ((((state >> 18) ^ state) >> 27) as u32).rotate_right((state >> 59) as u32)
}

/// Turns 32 random bits into one of the values of a distribution.
///
/// The choice is defined over float64: the first index with `u / 2^32 < c_i`, where c are the
/// probabilities added up from the left, and behind the last the last value that is possible.
/// `u / 2^32` and `c_i · 2^32` are exact, so this is `u < c_i · 2^32`, and u being whole it is
/// `u < ceil(c_i · 2^32)`: integers do, and as c never falls the first index is the number of
/// thresholds that u has reached.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sampler {
    values: Vec<f64>,
    thresholds: Vec<u64>,
}

impl Sampler {
    /// From a valid distribution: as many probabilities as values, none negative, one above 0.
    pub(crate) fn new(values: &[f64], probabilities: &[f64]) -> Self {
        let last = probabilities.iter().rposition(|p| *p > 0.0).unwrap_or(0);
        let mut sum = 0.0;
        // The last value that is possible needs no threshold: it takes whatever is left.
        let thresholds = probabilities[..last]
            .iter()
            .enumerate()
            .map(|(i, p)| {
                sum = if i == 0 { *p } else { sum + p };
                (sum * TWO_TO_32).ceil().min(TWO_TO_32) as u64
            })
            .collect();
        Sampler { values: values[..=last].to_vec(), thresholds }
    }

    /// The value for 32 random bits.
    pub(crate) fn choose(&self, u: u32) -> f64 {
        self.values[self.thresholds.partition_point(|t| *t <= u64::from(u))]
    }

    /// What can be chosen; one more than there are thresholds.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// In 0..=2^32 and never falling; the number of those that are `<= u` is the index of the value.
    pub(crate) fn thresholds(&self) -> &[u64] {
        &self.thresholds
    }
}

const TWO_TO_32: f64 = 4_294_967_296.0;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_core::Rng;

    #[test]
    fn the_generator_is_the_reference_one() {
        let mut rng = Lcg64Xsh32::new(42, 54);
        let drawn: Vec<u32> = (0..6).map(|_| rng.next_u32()).collect();
        assert_eq!(drawn, [0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e]);
    }

    #[test]
    fn hashes_have_their_published_values() {
        assert_eq!(fnv1a(b""), 0xcbf29ce484222325);
        assert_eq!(fnv1a(b"a"), 0xaf63dc4c8601ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x85944171f73967e8);
        // The first outputs of SplitMix64 with seed 0.
        let gamma = 0x9e3779b97f4a7c15u64;
        assert_eq!(mix(0), 0xe220a8397b1dcdaf);
        assert_eq!(mix(gamma), 0x6e789e6aa1b965f4);
        assert_eq!(mix(gamma.wrapping_mul(2)), 0x06c45d188009454f);
    }

    #[test]
    fn streams_depend_on_seed_and_name_alone() {
        let first = |seed, id| stream(seed, id).next_u32();
        assert_eq!(first(1, "a"), first(1, "a"));
        assert_ne!(first(1, "a"), first(2, "a"));
        assert_ne!(first(1, "a"), first(1, "b"));
    }

    #[test]
    fn lanes_draw_what_streams_draw() {
        for seed in [0, 1, 7, u64::MAX] {
            for id in ["", "demand", "a longer name"] {
                let (mut state, increment) = lane(seed, id);
                let mut stream = stream(seed, id);
                for _ in 0..1000 {
                    assert_eq!(drawn(state), stream.next_u32());
                    state = advanced(state, increment);
                }
            }
        }
    }

    #[test]
    fn scenario_seeds_are_exact_in_float64() {
        for k in 0..1000 {
            assert!(scenario_seed(u64::MAX, k) < 1 << 53);
        }
        assert_ne!(scenario_seed(0, 1), scenario_seed(1, 0));
    }

    /// The definition, word for word.
    fn defined(values: &[f64], probabilities: &[f64], u: u32) -> f64 {
        let mut c = 0.0;
        for (i, p) in probabilities.iter().enumerate() {
            c = if i == 0 { *p } else { c + p };
            if f64::from(u) / TWO_TO_32 < c {
                return values[i];
            }
        }
        values[probabilities.iter().rposition(|p| *p > 0.0).unwrap()]
    }

    fn agrees(probabilities: &[f64], further: &[u32]) {
        let values: Vec<f64> = (0..probabilities.len()).map(|i| i as f64).collect();
        let sampler = Sampler::new(&values, probabilities);
        assert_eq!(sampler.values().len(), sampler.thresholds().len() + 1);
        assert!(sampler.thresholds().is_sorted());
        let boundaries = sampler.thresholds().iter().flat_map(|t| t.saturating_sub(2)..=t + 2);
        let edges = [0, 1, 1 << 31, u64::from(u32::MAX) - 1, u64::from(u32::MAX)];
        for u in boundaries.chain(edges).chain(further.iter().map(|u| u64::from(*u))) {
            let Ok(u) = u32::try_from(u) else { continue };
            assert_eq!(sampler.choose(u), defined(&values, probabilities, u), "{probabilities:?} at {u}");
        }
    }

    #[test]
    fn thresholds_agree_with_the_definition_in_awkward_cases() {
        agrees(&[1.0], &[]);
        agrees(&[0.0, 1.0], &[]);
        agrees(&[1.0, 0.0], &[]);
        agrees(&[0.0, 0.5, 0.0, 0.5, 0.0, 0.0], &[]);
        agrees(&[0.5, 0.4999999995], &[]);
        agrees(&[0.1; 10], &[]);
        agrees(&[5e-324, 1.0], &[]);
        agrees(&[1.0, 5e-324, 5e-324], &[]);
        agrees(&[0.6, 0.6, 0.6], &[]);
        agrees(&[0.5 - 2f64.powi(-33), 0.5 + 2f64.powi(-33)], &[]);
        agrees(&[2f64.powi(-32), 1.0 - 2f64.powi(-32)], &[]);
    }

    proptest! {
        #[test]
        fn thresholds_agree_with_the_definition(
            weights in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1.0, (0u32..70).prop_map(|k| 0.5f64.powi(k as i32))], 1..12),
            further in prop::collection::vec(any::<u32>(), 8),
        ) {
            let sum: f64 = weights.iter().fold(0.0, |s, w| s + w);
            prop_assume!(sum > 0.0);
            let probabilities: Vec<f64> = weights.iter().map(|w| w / sum).collect();
            agrees(&probabilities, &further);
        }
    }
}
