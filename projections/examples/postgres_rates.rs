//! How fast the PostgreSQL read model is filled, against COPY of the same rows, and against a staging table.
//! `TIDINGS_TEST_POSTGRES=postgres://… cargo run --release -p tidings-projections --features postgres --example
//! postgres_rates [events]`. It works in a database `tidings_rates`, which it drops.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement")]

use std::fmt::Write;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use futures_util::SinkExt;
use tidings_domain::testing::sample;
use tidings_domain::{Event, Position, Recorded, StreamId, like, post};
use tidings_projections::postgres::{PostgresReadModel, PostgresReader, PostgresUrl, Rebuild};
use tidings_projections::{ReadModel, Reader, Select, Step, Value, queries::Query, social};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

fn recorded(number: u64, stream: StreamId, event: &impl Event) -> Arc<Recorded> {
    Arc::new(Recorded {
        position: Position::new((number % 8) as u16, number / 8 + 1),
        index: 0,
        count: 1,
        stream,
        version: 1,
        event: event.encode(),
        commit: Uuid::nil(),
        command: Uuid::nil(),
        correlation: Uuid::nil(),
        causation: None,
        actor: Uuid::nil(),
        occurred_at: None,
        recorded_at: sample::time(number as u32),
    })
}

/// Posts with three likes each.
fn events(count: u64) -> Vec<Arc<Recorded>> {
    let event = |number: u64| {
        let (n, user) = ((number / 4) as u32, sample::user((number % 997) as u32));
        if number.is_multiple_of(4) {
            recorded(number, post::stream(sample::post(n)), &sample::post_created(n, user))
        } else {
            let event = sample::liked(user, sample::post(n));
            recorded(number, like::stream(user, sample::post(n).into()), &event)
        }
    };
    (0..count).map(event).collect()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn store(model: &PostgresReadModel, events: &[Arc<Recorded>], size: usize) -> f64 {
    let group = social::group();
    model.attach(&group, 8).await.unwrap();
    let mut checkpoint = model.checkpoint("social").await.unwrap();
    let mut steps: Vec<Step> = Vec::new();
    for chunk in events.chunks(size) {
        let step =
            tidings_projections::step(&group, &checkpoint, &Default::default(), chunk, sample::time(0));
        step.advances.iter().for_each(|a| checkpoint.numbers[usize::from(a.partition)] = a.to);
        steps.push(step);
    }
    let began = Instant::now();
    for step in &steps {
        model.apply(&group, step).await.unwrap();
    }
    events.len() as f64 / began.elapsed().as_secs_f64()
}

/// The rows of a table as COPY has them.
async fn rows(reader: &PostgresReader, table: &'static str) -> (usize, String) {
    let select = Select { sql: format!("SELECT * FROM {table}").leak(), params: vec![] };
    let rows = reader.select("social", &[], &select).await.unwrap().unwrap().rows;
    let mut text = String::new();
    for row in &rows {
        for (place, cell) in row.iter().enumerate() {
            text.push_str(if place > 0 { "\t" } else { "" });
            let _ = match cell {
                Value::Null => write!(text, "\\N"),
                Value::Bool(truth) => write!(text, "{truth}"),
                Value::Int(number) => write!(text, "{number}"),
                Value::Text(words) => write!(text, "{words}"),
                Value::Uuid(id) => write!(text, "{id}"),
                Value::Time(time) => write!(text, "{time}"),
            };
        }
        text.push('\n');
    }
    (rows.len(), text)
}

async fn copy(client: &Client, into: &str, text: String) {
    let sink =
        client.copy_in::<_, std::io::Cursor<Vec<u8>>>(&format!("COPY {into} FROM STDIN")).await.unwrap();
    let mut sink = pin!(sink);
    sink.send(std::io::Cursor::new(text.into_bytes())).await.unwrap();
    sink.finish().await.unwrap();
}

#[tokio::main]
async fn main() {
    let count: u64 = std::env::args().nth(1).map_or(100_000, |n| n.parse().unwrap());
    let server = std::env::var("TIDINGS_TEST_POSTGRES").unwrap();
    let admin = connect(&server).await;
    admin.batch_execute("DROP DATABASE IF EXISTS tidings_rates WITH (FORCE)").await.unwrap();
    admin.batch_execute("CREATE DATABASE tidings_rates").await.unwrap();
    let text = format!("{}/tidings_rates", server.rsplit_once('/').unwrap().0);
    let url: PostgresUrl = text.parse().unwrap();
    let events = events(count);

    for size in [1_000, 100, 20_000] {
        let model = PostgresReadModel::open(url.clone());
        let client = connect(&text).await;
        client.batch_execute("DROP SCHEMA IF EXISTS tidings, tidings_1 CASCADE").await.unwrap();
        println!("steps of {size}: {:.0} events/s", store(&model, &events, size).await);
    }
    let rebuild = Rebuild::begin(url.clone()).await.unwrap();
    let shadow = rebuild.shadow();
    println!("a shadow, steps of 20000: {:.0} events/s", store(&shadow, &events, 20_000).await);
    let began = Instant::now();
    shadow.settle().await.unwrap();
    println!("settled in {:.2} s", began.elapsed().as_secs_f64());
    rebuild.swap().await.unwrap();

    let reader = PostgresReader::open(url.clone());
    let client = connect(&text).await;
    let (mut total, mut seconds) = (0, 0.0);
    let mut staged = (0.0, 0.0);
    for table in ["entries", "likes", "posts", "profiles"] {
        let (rows, text) = rows(&reader, table).await;
        let like = format!("CREATE TABLE {table} (LIKE tidings_2.{table} INCLUDING ALL)");
        let again = format!(
            "DROP SCHEMA IF EXISTS copied CASCADE; CREATE SCHEMA copied; SET search_path = copied; {like}"
        );
        client.batch_execute(&again).await.unwrap();
        let began = Instant::now();
        copy(&client, table, text.clone()).await;
        seconds += began.elapsed().as_secs_f64();
        total += rows;

        // A thousand rows a step: through a staging table, and as arrays.
        client
            .batch_execute(&format!("TRUNCATE {table}; CREATE TEMP TABLE staged (LIKE {table})"))
            .await
            .unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let began = Instant::now();
        for step in lines.chunks(1_000) {
            client.batch_execute("BEGIN; TRUNCATE staged").await.unwrap();
            copy(&client, "staged", step.concat()).await;
            let merge = format!("INSERT INTO {table} SELECT * FROM staged ON CONFLICT DO NOTHING; COMMIT");
            client.batch_execute(&merge).await.unwrap();
        }
        staged.0 += began.elapsed().as_secs_f64();
        client.batch_execute(&format!("TRUNCATE {table}; DROP TABLE staged")).await.unwrap();
        let sql = format!(
            "SELECT string_agg(a.attname, ',' ORDER BY a.attnum), string_agg(format('$%s::%s[]', a.attnum, \
             format_type(a.atttypid, null)), ',' ORDER BY a.attnum) FROM pg_attribute a \
             WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0"
        );
        let shape = client.query_one(&sql, &[]).await.unwrap();
        let (names, arrays): (&str, &str) = (shape.get(0), shape.get(1));
        // Arrays as text, which the server parses: no faster than the binary ones of the read model.
        let arrays =
            arrays.split(',').map(|a| a.replacen("::", "::text[]::", 1)).collect::<Vec<_>>().join(",");
        let sql =
            format!("INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING");
        let statement = client.prepare(&sql).await.unwrap();
        let columns = names.split(',').count();
        let began = Instant::now();
        for step in lines.chunks(1_000) {
            let cells: Vec<Vec<&str>> =
                step.iter().map(|l| l.trim_end_matches('\n').split('\t').collect()).collect();
            let column = |n: usize| -> Vec<Option<&str>> {
                cells.iter().map(|row| Some(row[n]).filter(|cell| *cell != "\\N")).collect()
            };
            let columns: Vec<_> = (0..columns).map(column).collect();
            let params: Vec<_> =
                columns.iter().map(|c| c as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
            client.batch_execute("BEGIN").await.unwrap();
            client.execute(&statement, &params).await.unwrap();
            client.batch_execute("COMMIT").await.unwrap();
        }
        staged.1 += began.elapsed().as_secs_f64();
    }
    println!(
        "COPY of the {total} rows: {:.0} rows/s, as events {:.0}/s",
        total as f64 / seconds,
        count as f64 / seconds
    );
    println!("1,000 rows a transaction through a staging table: {:.0} rows/s", total as f64 / staged.0);
    println!("1,000 rows a transaction as arrays: {:.0} rows/s", total as f64 / staged.1);

    for (name, after) in [("without `after`", vec![]), ("with `after`", vec![Position::new(0, 1)])] {
        let began = Instant::now();
        let mut tasks = Vec::new();
        for task in 0..64u32 {
            let (reader, after) = (reader.clone(), after.clone());
            tasks.push(tokio::spawn(async move {
                for n in 0..500u32 {
                    let post = sample::post((task * 3_000 + n * 7) % (count / 4) as u32);
                    let data = format!("{{\"post\":\"{post}\"}}");
                    let query = Query::parse("PostById", &data, sample::time(0)).unwrap();
                    let rows = reader.select("social", &after, query.select()).await.unwrap().unwrap();
                    query.answer(rows).unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        println!("PostById {name}: {:.0} queries/s, 64 at a time", 32_000.0 / began.elapsed().as_secs_f64());
    }

    // From a step to the reader that waits for it.
    let model = PostgresReadModel::open(url.clone());
    model.attach(&social::group(), 8).await.unwrap();
    let mut waits = Vec::new();
    for _ in 0..200 {
        let from = model.checkpoint("social").await.unwrap().numbers[0];
        let (reader, model) = (reader.clone(), model.clone());
        let select = Select { sql: "SELECT post FROM posts LIMIT 1", params: vec![] };
        let waiting = tokio::spawn(async move {
            while reader.select("social", &[Position::new(0, from + 1)], &select).await.unwrap().is_none() {
                reader.moved().await;
            }
            Instant::now()
        });
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let advances = vec![tidings_projections::Advance { partition: 0, from, to: from + 1 }];
        let epoch = model.checkpoint("social").await.unwrap().parked_epoch;
        let step = Step { advances, parked_epoch: epoch, ..Step::default() };
        let began = Instant::now();
        model.apply(&social::group(), &step).await.unwrap();
        waits.push(waiting.await.unwrap().saturating_duration_since(began).as_secs_f64() * 1_000.0);
    }
    waits.sort_by(f64::total_cmp);
    println!("from a step to a waiting reader: p50 {:.2} ms, p99 {:.2} ms", waits[100], waits[197]);
    drop(reader);
    admin.batch_execute("DROP DATABASE tidings_rates WITH (FORCE)").await.unwrap();
}
