//! "Did you mean …?"

/// The candidate that a word was probably meant to be, if any is close; the first of equally close ones.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Enough for files that people write by hand; the rest would cost time and help nobody.
    const MOST_CANDIDATES: usize = 10_000;
    const LONGEST: usize = 128;
    let word: Vec<char> = word.to_lowercase().chars().take(LONGEST + 1).collect();
    if word.len() > LONGEST {
        return None;
    }
    let allowed = 1 + word.len() / 4;
    candidates
        .take(MOST_CANDIDATES)
        .filter(|candidate| candidate.len() <= 4 * LONGEST)
        .filter_map(|candidate| {
            let other: Vec<char> = candidate.to_lowercase().chars().collect();
            let close = other.len().abs_diff(word.len()) <= allowed;
            let distance = if close { edits(&word, &other) } else { usize::MAX };
            (distance <= allowed && distance < word.len()).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many characters have to be put in, taken out or changed (Levenshtein).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_words() {
        let names = ["JFK_scheduled", "LGA_scheduled", "hour"];
        assert_eq!(nearest("JFK_schedule", names.into_iter()), Some("JFK_scheduled"));
        assert_eq!(nearest("jfk_scheduled", names.into_iter()), Some("JFK_scheduled"));
        assert_eq!(nearest("HOUR", names.into_iter()), Some("hour"));
        assert_eq!(nearest("demand", names.into_iter()), None);
        assert_eq!(nearest("", names.into_iter()), None);
        assert_eq!(nearest("x", ["y"].into_iter()), None);
    }

    #[test]
    fn distances() {
        let edits = |a: &str, b: &str| edits(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", "abc"), 0);
        assert_eq!(edits("ab", "ba"), 2);
    }
}
