//! Some columns of a row, each with what is to become of it.

use std::ops::Index;

/// A few columns in order of their names. A row has so few that they are looked through one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns<T>(Vec<(&'static str, T)>);

impl<T> Default for Columns<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Columns<T> {
    /// What a column has.
    pub fn get(&self, column: &str) -> Option<&T> {
        self.0.iter().find(|(name, _)| *name == column).map(|(_, value)| value)
    }

    /// Whether a column is among them.
    pub fn contains(&self, column: &str) -> bool {
        self.get(column).is_some()
    }

    /// Gives a column a value.
    pub fn insert(&mut self, column: &'static str, value: T) {
        match self.place(column) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (column, value)),
        }
    }

    /// Takes a column away, if it is there.
    pub fn remove(&mut self, column: &str) {
        self.0.retain(|(name, _)| *name != column);
    }

    /// The value of a column, to be changed.
    pub fn entry(&mut self, column: &'static str) -> &mut T
    where
        T: Default,
    {
        let place = self.place(column).unwrap_or_else(|place| {
            self.0.insert(place, (column, T::default()));
            place
        });
        &mut self.0[place].1
    }

    /// Where a column is, or belongs.
    fn place(&self, column: &str) -> Result<usize, usize> {
        match self.0.iter().position(|(name, _)| *name >= column) {
            Some(place) if self.0[place].0 == column => Ok(place),
            Some(place) => Err(place),
            None => Err(self.0.len()),
        }
    }

    /// The columns with their values, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (&'static str, T)> {
        self.0.iter()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.0.iter().map(|(name, _)| *name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Of a column that is among them.
impl<T> Index<&str> for Columns<T> {
    type Output = T;

    fn index(&self, column: &str) -> &T {
        let found = self.get(column);
        #[allow(clippy::expect_used, reason = "as with every index")]
        found.expect("the column is among them")
    }
}

impl<'c, T> IntoIterator for &'c Columns<T> {
    type Item = &'c (&'static str, T);
    type IntoIter = std::slice::Iter<'c, (&'static str, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> IntoIterator for Columns<T> {
    type Item = (&'static str, T);
    type IntoIter = std::vec::IntoIter<(&'static str, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
