//! Words of users: showing them in messages, and finding what was meant.

/// The longest word that is looked at for near misses.
const LONGEST: usize = 128;

/// `text` fit for a message: no control characters, no line ends, at most 60 characters.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == SHOWN {
            shown.push('…');
            break;
        }
        if character.is_control()
            || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
        {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The first `bytes` of `text`, or a little less where that would split a character.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|i| text.is_char_boundary(*i));
    &text[..end.unwrap_or(0)]
}

/// `` `a`, `b` and `c` ``
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let mut words: Vec<String> = words.into_iter().map(|w| format!("`{w}`")).collect();
    match words.pop() {
        None => String::new(),
        Some(only) if words.is_empty() => only,
        Some(end) => format!("{} {last} {end}", words.join(", ")),
    }
}

/// `1 value`, `2 values`
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Finds the names nearest to a word, for "did you mean".
///
/// It stops looking after a few million comparisons, so that a document full of wrong names is
/// still answered at once.
#[derive(Debug)]
pub(crate) struct Nearest {
    comparisons: usize,
}

impl Nearest {
    pub(crate) fn new() -> Self {
        Nearest { comparisons: 4_000_000 }
    }

    /// Up to three of `names`, nearest first; those equally near keep their order.
    pub(crate) fn to<'n>(&mut self, word: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
        let word: Vec<char> = folded(word);
        if word.len() > LONGEST {
            return Vec::new();
        }
        let far = (word.len() / 3).max(1);
        let mut found: Vec<(usize, &str)> = Vec::new();
        for name in names {
            if self.comparisons == 0 {
                break;
            }
            self.comparisons -= 1;
            if name.len() > LONGEST {
                continue;
            }
            let letters = folded(name);
            // Half a word, or a word and a half.
            let common = word.len().min(letters.len());
            if common >= 3 && word[..common] == letters[..common] && word.len() != letters.len() {
                found.push((1, name));
                continue;
            }
            if letters.len().abs_diff(word.len()) <= far {
                let distance = distance(&word, &letters);
                if distance <= far && distance < word.len() {
                    found.push((distance, name));
                }
            }
        }
        found.sort_by_key(|(distance, _)| *distance);
        // The same word but for case and separators: nothing else was meant.
        if found.first().is_some_and(|(distance, _)| *distance == 0) {
            found.retain(|(distance, _)| *distance == 0);
        }
        found.truncate(3);
        found.into_iter().map(|(_, name)| name).collect()
    }
}

/// Case and separators are what people get wrong most often, so they cost nothing.
fn folded(word: &str) -> Vec<char> {
    word.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .take(LONGEST + 1)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_first() {
        let near = |word| Nearest::new().to(word, ["arrivals", "arrival_rate", "served", "backlog"]);
        assert_eq!(near("arivals"), ["arrivals"]);
        assert_eq!(near("Arrivals"), ["arrivals"]);
        assert_eq!(near("arrvials"), ["arrivals"]);
        assert_eq!(near("bckalog"), ["backlog"]);
        assert_eq!(near("ArrivalRate"), ["arrival_rate"]);
        assert_eq!(near("arrivalrate"), ["arrival_rate"]);
        assert_eq!(near("arrival"), ["arrivals", "arrival_rate"]);
        assert!(near("capacity").is_empty());
        assert!(near("").is_empty());
    }

    #[test]
    fn looking_for_names_ends() {
        let names: Vec<String> = (0..100_000).map(|i| format!("node_number_{i}")).collect();
        let mut nearest = Nearest::new();
        for _ in 0..100_000 {
            nearest.to("node_numbre_7", names.iter().map(String::as_str));
        }
        assert_eq!(nearest.comparisons, 0);
    }

    #[test]
    fn shown_words_are_short_and_printable() {
        assert_eq!(quoted("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), 61);
    }
}
