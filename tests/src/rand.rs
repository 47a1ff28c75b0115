//! Chance that a failure tells how to repeat.

/// Numbers that look random, from a seed (splitmix64).
pub struct Rand(u64);

impl Rand {
    /// The same seed, the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// With the seed in a variable of the environment, else a new one; it is printed, as that of `what`.
    ///
    /// # Panics
    /// When what the variable holds is no number.
    pub fn from_environment(variable: &str, what: &str) -> Self {
        let drawn = || u64::from(std::process::id());
        let seed = std::env::var(variable).map_or_else(|_| drawn(), |seed| seed.parse().unwrap());
        eprintln!("{what}: {variable}={seed}");
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a limit; 0 where that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.any() % limit.max(1)
    }

    /// One of some.
    ///
    /// # Panics
    /// Where there are none.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}
