//! An adapter beside what is in memory.

use std::fmt::Debug;

use crate::stage::Stage;

/// Where there is an adapter: asks it too, and says so where its answer is another than the one in memory.
pub(crate) fn same<T: Debug + PartialEq + Send>(
    stage: &Stage,
    what: &str,
    answer: &T,
    asked: Option<impl Future<Output = T> + Send>,
) {
    let Some(asked) = asked else { return };
    let other = stage.at_once(asked);
    if other != *answer {
        stage.wrong(format!("the adapter answers otherwise: {what} is {other:?}, not {answer:?}"));
    }
}
