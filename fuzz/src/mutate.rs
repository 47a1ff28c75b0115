//! Bytes that are nearly what somebody meant.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// What tears JSON, numbers and texts apart.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "18446744073709551616",
    "\\u0000",
    "\\ud800",
    "\u{0}",
    "\u{feff}",
    "\r",
    "\n",
    "\n\n",
    "post-",
    "comment-",
    "\u{1F30D}",
    "9999-12-31T23:59:59.999Z",
    "01930000-0000-7000-8000-000000000001",
];

/// Mutations of a corpus, the same for the same seed.
pub struct Mutations<'c> {
    corpus: &'c [Vec<u8>],
    chance: ChaCha8Rng,
}

impl<'c> Mutations<'c> {
    /// Of this corpus, which is not empty.
    pub fn of(corpus: &'c [Vec<u8>], seed: u64) -> Self {
        Self { corpus, chance: ChaCha8Rng::seed_from_u64(seed) }
    }

    fn below(&mut self, end: usize) -> usize {
        (self.chance.next_u64() % end.max(1) as u64) as usize
    }

    fn one(&mut self) -> &'c [u8] {
        let corpus = self.corpus;
        &corpus[self.below(corpus.len())]
    }
}

impl Iterator for Mutations<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut bytes = self.one().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(12)).min(bytes.len());
            match self.below(6) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let token = TOKENS[self.below(TOKENS.len())];
                    bytes.splice(at..end, token.bytes());
                }
                3 => {
                    let other = self.one();
                    let from = self.below(other.len() + 1);
                    let to = (from + self.below(40)).min(other.len());
                    bytes.splice(at..end, other[from..to].iter().copied());
                }
                4 => {
                    let again = bytes[at..end].to_vec();
                    bytes.splice(at..at, again);
                }
                _ => bytes.truncate(at),
            }
        }
        Some(bytes)
    }
}
