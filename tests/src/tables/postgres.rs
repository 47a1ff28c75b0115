//! The rows of a read model in PostgreSQL.

use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::Tables;

impl Tables {
    /// Those of the read model in use in a database, as PostgreSQL writes them.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn of_postgres(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        // All of one moment.
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
        let in_use = "SELECT 'tidings_' || generation FROM tidings.current";
        let schema: String = client.query_one(in_use, &[]).await.unwrap().get(0);
        let names = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1";
        let mut tables = Self(Default::default());
        for name in client.query(names, &[&schema]).await.unwrap() {
            let name: String = name.get(0);
            let rows = client.simple_query(&format!("SELECT * FROM {schema}.{name}")).await.unwrap();
            let mut rows: Vec<_> = rows.iter().filter_map(cells).collect();
            rows.sort_unstable();
            tables.0.insert(name, rows);
        }
        tables
    }
}

fn cells(message: &SimpleQueryMessage) -> Option<Vec<super::Cell>> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    let value = |place| row.get(place).map_or("NULL".into(), |text: &str| format!("'{text}'"));
    Some(row.columns().iter().enumerate().map(|(n, column)| (column.name().into(), value(n))).collect())
}
