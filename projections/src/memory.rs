//! A read model in memory, for tests and simulations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tidings_domain::{Origin, Position};
use uuid::Uuid;

use crate::origin;
use crate::port::mixed;
use crate::{
    ApplyError, Checkpoint, Group, Parked, ReadModel, ReadModelError, RowChange, Step, Table, Type, Value,
};

/// Keeps all rows in memory; gone with the last handle. Cloned handles share one read model.
///
/// ```
/// use tidings_projections::{MemoryReadModel, ReadModel, social};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let model = MemoryReadModel::default();
/// model.attach(&social::group(), 8.into()).await?;
/// assert_eq!(model.snapshot("social")?.checkpoint.numbers, [0; 8]);
/// # Ok::<(), tidings_projections::ReadModelError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct MemoryReadModel(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    groups: BTreeMap<&'static str, Snapshot>,
    /// The log of each group, where that has an id.
    logs: BTreeMap<&'static str, Uuid>,
}

/// A row without its key: every column of its table, by name.
pub type MemoryRow = BTreeMap<&'static str, Value>;

/// All that a group has at one moment; two of them are equal when all their rows are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Where it stands.
    pub checkpoint: Checkpoint,
    /// Its parked events by place.
    pub parked: BTreeMap<(Position, u32), Parked>,
    /// Its rows by table and key.
    pub tables: BTreeMap<&'static str, BTreeMap<Vec<Value>, MemoryRow>>,
}

impl MemoryReadModel {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that a group has now.
    ///
    /// # Errors
    /// When the group is not attached.
    pub fn snapshot(&self, group: &str) -> Result<Snapshot, ReadModelError> {
        self.lock().groups.get(group).cloned().ok_or_else(|| absent(group))
    }

    /// Switches to another generation of a group: what it was at some moment, with an epoch of its own.
    pub fn restore(&self, group: &Group, mut snapshot: Snapshot) {
        let groups = &mut self.lock().groups;
        let epoch = groups.get(group.name).map_or(0, |found| found.checkpoint.parked_epoch);
        snapshot.checkpoint.parked_epoch = mixed(epoch) & i64::MAX.unsigned_abs();
        groups.insert(group.name, snapshot);
    }

    /// Loses what came after some moment, as a server that does not sync each commit may when it crashes: a group
    /// is what it was then, its epoch too.
    pub fn lose_since(&self, group: &Group, snapshot: Snapshot) {
        self.lock().groups.insert(group.name, snapshot);
    }
}

fn absent(group: &str) -> ReadModelError {
    ReadModelError::Unavailable(format!("group {group} is not attached"))
}

impl Snapshot {
    /// Whether it has seen every position.
    pub fn has_seen(&self, after: &[Position]) -> bool {
        let at = |p: &Position| self.checkpoint.numbers.get(usize::from(p.partition)).copied().unwrap_or(0);
        after.iter().all(|position| at(position) >= position.number)
    }

    fn apply(&mut self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        if step.parked_epoch != self.checkpoint.parked_epoch {
            return Err(ApplyError::Moved);
        }
        for advance in &step.advances {
            match self.checkpoint.numbers.get(usize::from(advance.partition)) {
                Some(number) if *number == advance.from => self.checkpoint.follow(advance),
                _ => return Err(ApplyError::Moved),
            }
        }
        let tables = group.tables();
        for (name, changes) in step.changes.tables() {
            let unknown = || ApplyError::Unfit(format!("group {} has no table {name}", group.name));
            let table = tables.iter().find(|table| table.name == name).ok_or_else(unknown)?;
            let rows = self.tables.entry(table.name).or_default();
            for (key, change) in changes {
                apply_row(table, rows, key, change)?;
            }
        }
        if !step.unpark.iter().all(|place| self.parked.remove(place).is_some()) {
            return Err(ApplyError::Moved);
        }
        self.parked.extend(step.park.iter().map(|parked| ((parked.position, parked.index), parked.clone())));
        self.checkpoint.parked_epoch = step.next_epoch();
        Ok(())
    }
}

fn apply_row(
    table: &Table,
    rows: &mut BTreeMap<Vec<Value>, MemoryRow>,
    key: &[Value],
    change: &RowChange,
) -> Result<(), ApplyError> {
    let unfit = |why: String| ApplyError::Unfit(format!("table {}: {why}", table.name));
    if key.len() != table.key.len() {
        return Err(unfit(format!("a key of {} values", key.len())));
    }
    if change.fresh {
        rows.remove(key);
    }
    if change.set.is_empty() && change.add.is_empty() {
        return Ok(());
    }
    let row = rows.entry(key.to_vec()).or_insert_with(|| default_row(table));
    for (column, value) in &change.set {
        let cell = row.get_mut(column).ok_or_else(|| unfit(format!("no column {column}")))?;
        cell.clone_from(value);
    }
    for (column, amount) in &change.add {
        let cell = row.get_mut(column).ok_or_else(|| unfit(format!("no column {column}")))?;
        let sum = match cell {
            Value::Int(start) => start.checked_add(*amount),
            _ => None,
        };
        *cell = Value::Int(sum.ok_or_else(|| unfit(format!("{amount} cannot be added to {column}")))?);
    }
    Ok(())
}

fn default_row(table: &Table) -> MemoryRow {
    let default = |ty| match ty {
        Type::Counter => Value::Int(0),
        Type::Flag => Value::Bool(false),
        Type::Uuid | Type::Text | Type::Int | Type::Time => Value::Null,
    };
    table.columns.iter().map(|column| (column.name, default(column.ty))).collect()
}

#[async_trait]
impl ReadModel for MemoryReadModel {
    async fn attach(&self, group: &Group, origin: Origin) -> Result<(), ReadModelError> {
        let Inner { groups, logs } = &mut *self.lock();
        let found = groups.entry(group.name).or_insert_with(|| Snapshot {
            checkpoint: Checkpoint::start(origin.partitions, 0),
            ..Snapshot::default()
        });
        let partitions = u16::try_from(found.checkpoint.numbers.len()).unwrap_or(u16::MAX);
        let made_for = Origin { partitions, log: logs.get(group.name).copied() };
        origin::check(group.name, made_for, origin).map_err(ReadModelError::Unfit)?;
        if let Some(log) = origin.log {
            logs.insert(group.name, log);
        }
        Ok(())
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        self.lock().groups.get(group).map(|found| found.checkpoint.clone()).ok_or_else(|| absent(group))
    }

    async fn apply(&self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        let groups = &mut self.lock().groups;
        let unattached = || ApplyError::Unavailable(format!("group {} is not attached", group.name));
        let found = groups.get_mut(group.name).ok_or_else(unattached)?;
        // On a copy: all of the step, or nothing.
        let mut next = found.clone();
        next.apply(group, step)?;
        *found = next;
        Ok(())
    }

    async fn parked(&self, group: &str) -> Result<Vec<Parked>, ReadModelError> {
        let groups = &self.lock().groups;
        let found = groups.get(group).ok_or_else(|| absent(group))?;
        Ok(found.parked.values().cloned().collect())
    }
}
