//! How fast the SQLite read model is: row changes a second at 1,000 events a step, key selects a second with
//! pipelining. `cargo run --release -p tidings-projections --example read_model_rates [events]`
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement")]

use std::sync::Arc;
use std::time::Instant;

use tidings_domain::testing::sample;
use tidings_domain::{Event, Position, Recorded, StreamId, like, post};
use tidings_projections::sqlite::SqliteReadModel;
use tidings_projections::{Projector, ReadModel, Reader, Step, queries::Query, social};
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

#[tokio::main]
async fn main() {
    let count: u64 = std::env::args().nth(1).map_or(100_000, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let model = Arc::new(SqliteReadModel::open(folder.path()).unwrap());
    let events: Vec<_> = (0..count)
        .map(|number| {
            let (n, user) = ((number / 4) as u32, sample::user((number % 997) as u32));
            if number % 4 == 0 {
                recorded(number, post::stream(sample::post(n)), &sample::post_created(n, user))
            } else {
                let event = sample::liked(user, sample::post(n));
                recorded(number, like::stream(user, sample::post(n).into()), &event)
            }
        })
        .collect();

    let group = social::group();
    model.attach(&group, 8).await.unwrap();
    let began = Instant::now();
    let steps: Vec<Step> = events
        .chunks(1_000)
        .scan(model.checkpoint("social").await.unwrap(), |checkpoint, chunk| {
            let step =
                tidings_projections::step(&group, checkpoint, &Default::default(), chunk, sample::time(0));
            step.advances.iter().for_each(|a| checkpoint.numbers[usize::from(a.partition)] = a.to);
            Some(step)
        })
        .collect();
    let planned = began.elapsed().as_secs_f64();
    let changes: usize = steps.iter().map(|step| step.changes.rows()).sum();
    println!("projecting: {:.0} events/s ({changes} row changes of {count} events)", count as f64 / planned);
    let began = Instant::now();
    for step in &steps {
        model.apply(&group, step).await.unwrap();
    }
    let stored = began.elapsed().as_secs_f64();
    println!("storing: {:.0} row changes/s, {:.0} events/s", changes as f64 / stored, count as f64 / stored);

    let other = tempfile::tempdir().unwrap();
    let second = Arc::new(SqliteReadModel::open(other.path()).unwrap());
    let mut projector = Projector::attach(second, group, 8).await.unwrap();
    let began = Instant::now();
    for chunk in events.chunks(1_000) {
        projector.apply(chunk, sample::time(0)).await.unwrap();
    }
    println!("both together: {:.0} events/s", count as f64 / began.elapsed().as_secs_f64());

    let reader = model.reader().unwrap();
    for (name, after) in [("without `after`", vec![]), ("with `after`", vec![Position::new(0, 1)])] {
        let began = Instant::now();
        let mut tasks = Vec::new();
        for task in 0..64u32 {
            let (reader, after) = (reader.clone(), after.clone());
            tasks.push(tokio::spawn(async move {
                for n in 0..3_000u32 {
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
        println!("PostById {name}: {:.0} queries/s, 64 at a time", 192_000.0 / began.elapsed().as_secs_f64());
    }
}
