//! How far processes have come.

use tidings_domain::Position;

use crate::Progress;

/// What was advanced to is there for whoever opens the ledger, each process by itself.
pub async fn progress_is_kept_of_each_process(
    (one, other, _guard): (impl Progress, impl Progress, impl Sized),
) {
    assert_eq!(one.progress("cleanup").await.unwrap(), []);
    one.advance("cleanup", vec![Position::new(3, 7), Position::new(0, 42)]).await.unwrap();
    one.advance("overdue", vec![Position::new(0, 1)]).await.unwrap();
    assert_eq!(other.progress("cleanup").await.unwrap(), [Position::new(0, 42), Position::new(3, 7)]);
    assert_eq!(other.progress("overdue").await.unwrap(), [Position::new(0, 1)]);
}

/// Who asks for all processes is told what each is told of itself.
pub async fn progress_is_told_of_all_processes_together(
    (one, other, _guard): (impl Progress, impl Progress, impl Sized),
) {
    assert_eq!(one.processes().await.unwrap().len(), 0);
    one.advance("overdue", vec![Position::new(2, 1)]).await.unwrap();
    one.advance("cleanup", vec![Position::new(3, 7), Position::new(0, 42)]).await.unwrap();
    let all = other.processes().await.unwrap();
    assert_eq!(all.keys().collect::<Vec<_>>(), ["cleanup", "overdue"]);
    for (process, reached) in all {
        assert_eq!(reached, one.progress(&process).await.unwrap(), "{process}");
    }
}

/// A host that is behind puts nobody back.
pub async fn progress_never_goes_back((one, other, _guard): (impl Progress, impl Progress, impl Sized)) {
    one.advance("cleanup", vec![Position::new(0, 42)]).await.unwrap();
    other.advance("cleanup", vec![Position::new(0, 41), Position::new(1, 1)]).await.unwrap();
    assert_eq!(one.progress("cleanup").await.unwrap(), [Position::new(0, 42), Position::new(1, 1)]);
}

/// Makes a `#[tokio::test]` of each promise of [`Progress`](crate::Progress): `progress_conformance!(open)`, where `open`
/// is an expression that opens one empty ledger twice, as two processes would, and gives with the two whatever must be kept
/// for as long as they are used.
#[macro_export]
macro_rules! progress_conformance {
    ($open:expr) => { $crate::progress_conformance! { @tests $open;
        progress_is_kept_of_each_process
        progress_is_told_of_all_processes_together
        progress_never_goes_back
    } };
    (@tests $open:expr; $($promise:ident)+) => { $(
        #[::tokio::test]
        async fn $promise() {
            $crate::conformance::$promise($open).await;
        }
    )+ };
}
