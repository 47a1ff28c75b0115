//! A projection with a mistake: a follower counts twice.

use std::sync::Arc;

use tidings_domain::Recorded;
use tidings_projections::{Changes, Group, ProjectError, Projection, Table, Value, social};

/// The social group with the mistake.
pub fn group() -> Group {
    let social = social::group().projections.remove(0);
    Group { name: social::NAME, projections: vec![Arc::new(Broken(social))] }
}

struct Broken(Arc<dyn Projection>);

impl Projection for Broken {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn tables(&self) -> &'static [Table] {
        self.0.tables()
    }

    fn project(&self, event: &Recorded, changes: &mut Changes) -> Result<(), ProjectError> {
        self.0.project(event, changes)?;
        let rows: Vec<(Vec<Value>, i64)> = changes
            .tables()
            .filter(|(table, _)| *table == "profiles")
            .flat_map(|(_, rows)| rows)
            .filter_map(|(key, row)| Some((key.clone(), *row.add.get("followers")?)))
            .collect();
        for (key, amount) in rows {
            changes.row("profiles", key).add("followers", amount);
        }
        Ok(())
    }
}
