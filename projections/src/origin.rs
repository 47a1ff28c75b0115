//! A group is of one log: the positions of another would be taken for those of its own.

use tidings_domain::{Origin, Position};
use uuid::Uuid;

use crate::{Checkpoint, Column, Moment, ReadModelError, Reader, Select, Table, Type, Value};

/// Whether a group that was made for one log may go on from another, or why not.
pub(crate) fn check(group: &str, made_for: Origin, origin: Origin) -> Result<(), String> {
    if made_for.partitions != origin.partitions {
        return Err(format!(
            "group {group} was made for {} partitions, the log has {}; rebuild the read model with `replay rebuild --accept`",
            made_for.partitions, origin.partitions
        ));
    }
    check_log(group, made_for.log, origin.log)
}

fn check_log(group: &str, made_for: Option<Uuid>, log: Option<Uuid>) -> Result<(), String> {
    match (made_for, log) {
        (Some(made_for), Some(log)) if made_for != log => Err(format!(
            "group {group} was made from the log {made_for}, and this one is {log}: perhaps the URL of the log or of the read \
             models names another place than you think; where both are meant, `replay rebuild` makes the read model this log's, \
             and proves it first where this is the same log, brought back by `replay import`"
        )),
        _ => Ok(()),
    }
}

/// Looks whether a read model was made from a log, as [`ReadModel::attach`](crate::ReadModel::attach) does, for who only
/// reads. Where one of them has no id, there is no such group yet, or it does not answer, it is believed to be.
///
/// ```
/// use tidings_projections::{ReadModel, check_origin, social, sqlite::InMemory};
/// use uuid::Uuid;
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let model = InMemory::new()?;
/// let (log, other) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
/// assert!(check_origin(&model, social::NAME, other).await.is_ok());
/// model.attach(&social::group(), tidings_domain::Origin { partitions: 8, log }).await?;
/// assert!(check_origin(&model, social::NAME, log).await.is_ok());
/// assert!(check_origin(&model, social::NAME, other).await.is_err());
/// # Ok::<(), tidings_projections::ReadModelError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// Where it is of another log: which, and what to do.
pub async fn check_origin(reader: &dyn Reader, group: &str, log: Option<Uuid>) -> Result<(), String> {
    let select =
        Select { sql: "SELECT log FROM projection_groups WHERE name = $1", params: vec![group.into()] };
    let rows = reader.select(group, &[], &select).await.ok().flatten().unwrap_or_default();
    let made_for = match rows.rows.first().and_then(|row| row.first()) {
        Some(Value::Uuid(log)) => Some(*log),
        Some(Value::Text(log)) => log.parse().ok(),
        _ => None,
    };
    check_log(group, made_for, log)
}

/// What a read model has seen and its log does not have: it shows what never happened, and leaves out what did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Strayed {
    /// The log ends before.
    #[error(
        "the read model has seen commit {} of partition {}, which the log does not have: {BROUGHT_BACK}",
        .0.number, .0.partition
    )]
    Ahead(Position),
    /// The log has another there.
    #[error(
        "the read model has seen another commit {} of partition {} than the log has: {BROUGHT_BACK}",
        .0.number, .0.partition
    )]
    Diverged(Position),
}

/// How it comes to that, and what to do.
const BROUGHT_BACK: &str = "the log was brought back from a backup, or is another; build the read model anew from this \
    log with `replay rebuild --accept`, or bring back the log that it was made from";

/// Looks whether a log holds what a read model has seen: of each partition, the commit at which it stands, since that stands
/// for all before it. `id_at` tells the own id of the log's commit at a position, where there is one.
///
/// ```
/// use std::convert::Infallible;
/// use tidings_domain::Position;
/// use tidings_projections::{Checkpoint, Strayed, check_history};
/// use uuid::Uuid;
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (seen, other, last) = (Uuid::from_u128(1), Uuid::from_u128(2), Position::new(0, 7));
/// let at = Checkpoint { numbers: vec![7], commits: vec![seen], parked_epoch: 0 };
/// let log = |id| async move { Ok::<Option<Uuid>, Infallible>(id) };
/// assert_eq!(check_history(&at, |_| log(Some(seen))).await, Ok(None));
/// assert_eq!(check_history(&at, |_| log(Some(other))).await, Ok(Some(Strayed::Diverged(last))));
/// assert_eq!(check_history(&at, |_| log(None)).await, Ok(Some(Strayed::Ahead(last))));
/// # });
/// ```
///
/// # Errors
/// Those of `id_at`.
pub async fn check_history<F, E>(
    at: &Checkpoint,
    mut id_at: impl FnMut(Position) -> F,
) -> Result<Option<Strayed>, E>
where
    F: Future<Output = Result<Option<Uuid>, E>>,
{
    for ((partition, number), seen) in (0u16..).zip(&at.numbers).zip(&at.commits) {
        let position = Position::new(partition, *number);
        if *number == 0 {
            continue;
        }
        match id_at(position).await? {
            Some(there) if there == *seen => {}
            Some(_) => return Ok(Some(Strayed::Diverged(position))),
            None => return Ok(Some(Strayed::Ahead(position))),
        }
    }
    Ok(None)
}

const LOG: Column =
    Column { name: "log", ty: Type::Uuid, about: "the id of the log whose events it is made of" };
const GROUPS: Table = Table {
    name: "projection_groups",
    about: "Groups of projections.",
    key: &[Column { name: "name", ty: Type::Text, about: "its name" }],
    columns: &[LOG],
    indexes: &[],
};

/// The log that a group was made from, as a read model has it at one moment; none where that has no id, or the read model is
/// of a program that kept none.
///
/// ```
/// use tidings_projections::{ReadModel, made_from, social, sqlite::SqliteReadModel};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let folder = tempfile::tempdir().unwrap();
/// let (model, log) = (SqliteReadModel::open(folder.path())?, Some(uuid::Uuid::from_u128(1)));
/// model.attach(&social::group(), tidings_domain::Origin { partitions: 8, log }).await?;
/// assert_eq!(made_from(&mut model.moment(social::NAME).await?, social::NAME).await?, log);
/// # Ok::<(), tidings_projections::ReadModelError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// When the store does not answer.
pub async fn made_from(moment: &mut dyn Moment, group: &str) -> Result<Option<Uuid>, ReadModelError> {
    if !moment.columns(GROUPS.name).await?.iter().any(|column| column == LOG.name) {
        return Ok(None);
    }
    let groups = moment.rows(&GROUPS, GROUPS.columns, None, usize::from(u16::MAX)).await?;
    Ok(groups.iter().find_map(|cells| match &cells[..] {
        [Value::Text(name), Value::Uuid(log)] if name == group => Some(*log),
        _ => None,
    }))
}
