//! Which command may be sent next: in order, so many at a time, none before what it waits for is acknowledged.

use std::collections::{BTreeMap, BTreeSet};

/// The state of a run through a plan. Pure: it neither sends nor waits.
///
/// ```
/// use tidings_examples::social_network::window::Window;
/// // The second command waits for the first.
/// let mut window = Window::new(vec![None, Some(0), None], 2);
/// assert_eq!((window.next(), window.next(), window.next()), (Some(0), Some(2), None));
/// window.acknowledged(0);
/// assert_eq!(window.next(), Some(1));
/// ```
#[derive(Clone, Debug)]
pub struct Window {
    /// What each command waits for.
    after: Vec<Option<usize>>,
    state: Vec<State>,
    /// The first command not looked at.
    ahead: usize,
    /// What waits, by what it waits for.
    held: BTreeMap<usize, Vec<usize>>,
    holding: usize,
    /// What waits no more.
    ready: BTreeSet<usize>,
    flying: usize,
    size: usize,
}

/// How far it looks past what waits.
const HELD_PER_SENT: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Acknowledged,
    Lost,
}

impl Window {
    /// A window over commands of which each waits for an earlier one or for none, with at most `size` sent and
    /// not answered at a time, and at most four times as many held back.
    pub fn new(after: Vec<Option<usize>>, size: usize) -> Self {
        let state = vec![State::Open; after.len()];
        let (held, ready) = (BTreeMap::new(), BTreeSet::new());
        Self { after, state, ahead: 0, held, holding: 0, ready, flying: 0, size: size.max(1) }
    }

    /// The next command to send, unless none may be sent before another answer has come.
    #[expect(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<usize> {
        if self.flying >= self.size {
            return None;
        }
        let next = self.ready.pop_first().or_else(|| self.look_ahead())?;
        self.flying += 1;
        Some(next)
    }

    fn look_ahead(&mut self) -> Option<usize> {
        while self.ahead < self.after.len() && self.holding < HELD_PER_SENT * self.size {
            let index = self.ahead;
            self.ahead += 1;
            let above = self.after[index].map(|above| (above, self.state[above]));
            match above {
                None | Some((_, State::Acknowledged)) => return Some(index),
                Some((_, State::Lost)) => self.state[index] = State::Lost,
                Some((above, State::Open)) => {
                    self.held.entry(above).or_default().push(index);
                    self.holding += 1;
                }
            }
        }
        None
    }

    /// A command was acknowledged: what waited for it may be sent.
    pub fn acknowledged(&mut self, index: usize) {
        self.flying -= 1;
        self.state[index] = State::Acknowledged;
        let released = self.held.remove(&index).unwrap_or_default();
        self.holding -= released.len();
        self.ready.extend(released);
    }

    /// A command was refused: what waits for it, now or later, is never sent.
    pub fn refused(&mut self, index: usize) {
        self.flying -= 1;
        let mut lost = vec![index];
        while let Some(index) = lost.pop() {
            self.state[index] = State::Lost;
            let below = self.held.remove(&index).unwrap_or_default();
            self.holding -= below.len();
            lost.extend(below);
        }
    }

    /// Whether nothing is to be sent or awaited any more.
    pub fn is_done(&self) -> bool {
        self.flying == 0 && self.ready.is_empty() && self.holding == 0 && self.ahead == self.after.len()
    }

    /// How many were refused, or never sent because of that.
    pub fn lost(&self) -> usize {
        self.state.iter().filter(|state| **state == State::Lost).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(window: &mut Window) -> Vec<usize> {
        std::iter::from_fn(|| window.next()).collect()
    }

    #[test]
    fn no_more_fly_than_the_window_holds() {
        let mut window = Window::new(vec![None; 10], 3);
        assert_eq!(sent(&mut window), [0, 1, 2]);
        window.acknowledged(1);
        assert_eq!(sent(&mut window), [3]);
    }

    #[test]
    fn what_waits_is_overtaken_and_sent_as_soon_as_it_may() {
        let mut window = Window::new(vec![None, Some(0), Some(1), None, None, None], 2);
        assert_eq!(sent(&mut window), [0, 3]);
        window.acknowledged(3);
        assert_eq!(sent(&mut window), [4]);
        window.acknowledged(0);
        assert_eq!(sent(&mut window), [1]);
        window.acknowledged(1);
        assert_eq!(sent(&mut window), [2]);
    }

    #[test]
    fn it_looks_only_so_far_past_what_waits() {
        let mut after = vec![Some(0); 20];
        (after[0], after[8], after[9]) = (None, None, None);
        let mut window = Window::new(after, 2);
        assert_eq!(sent(&mut window), [0, 8], "seven wait");
        window.acknowledged(8);
        assert_eq!(sent(&mut window), [9]);
        window.acknowledged(9);
        assert_eq!(sent(&mut window), [] as [usize; 0]);
        assert_eq!(window.holding, 8);
    }

    #[test]
    fn what_waits_for_a_refused_command_is_never_sent() {
        let mut window = Window::new(vec![None, Some(0), Some(1), None, Some(2)], 2);
        assert_eq!(sent(&mut window), [0, 3]);
        window.refused(0);
        assert_eq!(sent(&mut window), [] as [usize; 0]);
        window.acknowledged(3);
        assert!(window.is_done());
        assert_eq!(window.lost(), 4);
    }

    #[test]
    fn every_plan_comes_to_its_end_in_an_order_that_overtakes_nothing() {
        for size in 1..12 {
            // Each third waits for one long before it, each fifth for its neighbour.
            let after = (0..200).map(|i| match i {
                0 => None,
                i if i % 3 == 0 => Some(i / 2),
                i if i % 5 == 0 => Some(i - 1),
                _ => None,
            });
            let after: Vec<Option<usize>> = after.collect();
            let mut window = Window::new(after.clone(), size);
            let (mut flying, mut done) = (Vec::new(), BTreeSet::new());
            while !window.is_done() {
                flying.extend(sent(&mut window));
                assert!(!flying.is_empty() && flying.len() <= size, "{size}");
                // The newest is answered first.
                let answered = flying.pop().unwrap();
                assert!(after[answered].is_none_or(|above| done.contains(&above)), "{answered} overtook");
                window.acknowledged(answered);
                done.insert(answered);
            }
            assert_eq!(done.len(), 200);
        }
    }
}
