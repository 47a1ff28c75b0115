//! From a log on MongoDB to a read model in PostgreSQL.

use std::time::Instant;

use clap::Args;
use futures_util::TryStreamExt;
use mongodb::bson::{RawDocumentBuf, doc};
use serde::Serialize;
use tokio::runtime::Runtime;

use super::program::{FULL_SPEED, Replay};
use super::{PROVEN_SHARE, SETTLED_SHARE, mix, queries};
use crate::Failure;
use crate::event::PARTITIONS;
use crate::full::{Place, Programs, Servers, views};
use crate::report::Figures;

/// Where the servers are.
#[derive(Args, Serialize)]
pub(crate) struct Urls {
    /// The MongoDB server: mongodb://HOST:PORT/?…
    #[arg(long, env = "TIDINGS_TEST_MONGODB", hide_env_values = true)]
    #[serde(skip)]
    mongodb: Option<String>,
    /// The PostgreSQL server, as somebody who may make databases: postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(long, env = "TIDINGS_TEST_POSTGRES", hide_env_values = true)]
    #[serde(skip)]
    postgres: Option<String>,
}

impl Urls {
    /// Whether both are there.
    pub(crate) fn given(&self) -> bool {
        self.mongodb.is_some() && self.postgres.is_some()
    }

    /// PostgreSQL's.
    pub(crate) fn postgres(&self) -> Option<&str> {
        self.postgres.as_deref()
    }
}

/// The figures of a log of so many events.
pub(crate) fn name(what: &str, events: u64) -> String {
    format!("servers, {} thousand events: {what}", events / 1_000)
}

pub(crate) fn measure(
    replay: &Replay,
    urls: &Urls,
    events: u64,
    repeat: u32,
    runtime: Runtime,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let (mongodb, postgres) =
        (urls.mongodb.clone().unwrap_or_default(), urls.postgres.clone().unwrap_or_default());
    let servers = Servers { mongodb, postgres, kafka: String::new() };
    let programs = Programs::beside()?;
    servers.fresh(&runtime, |place| {
        let began = Instant::now();
        let client = runtime.block_on(async {
            mix::fill(&place.log().await?, events).await?;
            place.make_views().await
        })?;
        eprintln!("  {events} events written in {:.0?}", began.elapsed());
        let rate = |seconds: f64| events as f64 / seconds;
        for _ in 0..repeat {
            runtime.block_on(views::forget(&client))?;
            let first = replay.rebuild(&place.store(), &place.views(), &[FULL_SPEED])?;
            figures.value(name("rebuilt", events), rate(first.seconds), "/s");
            figures.value(name(SETTLED_SHARE, events), first.settle_s / first.seconds * 100.0, "%");
            let proven = replay.rebuild(&place.store(), &place.views(), &[FULL_SPEED])?;
            figures.value(name("rebuilt and proven", events), rate(proven.seconds), "/s");
            figures.value(name(PROVEN_SHARE, events), proven.compare_s / proven.seconds * 100.0, "%");
            figures.value(name("memory", events), first.memory_mib.max(proven.memory_mib), "MiB");
            let host = programs.query_host(place)?;
            let again = |more: &[&str]| replay.rebuild(&place.store(), &place.views(), more);
            queries::measure(|what| name(what, events), host.address()?, events, figures, again)?;
            drop(host);
            let took = runtime.block_on(bare_read(place, events))?;
            figures.value(name("  log read bare", events), rate(took), "/s");
            let took = runtime.block_on(views::copy(&client))?;
            figures.value(name("  rows inserted bare", events), rate(took.as_secs_f64()), "/s");
        }
        Ok(())
    })
}

/// Reads every document of every partition by a cursor of the driver, and nothing more.
async fn bare_read(place: &Place<'_>, events: u64) -> Result<f64, Failure> {
    let client = mongodb::Client::with_uri_str(place.mongodb()).await?;
    let database = client.database(place.name());
    let (began, mut read, mut bytes) = (Instant::now(), 0, 0);
    for partition in 0..PARTITIONS {
        let commits = database.collection::<RawDocumentBuf>(&format!("commits_{partition}"));
        let mut cursor = commits.find(doc! {}).sort(doc! { "_id": 1 }).batch_size(1_000).await?;
        while let Some(document) = cursor.try_next().await? {
            read += 1;
            bytes += document.as_bytes().len();
        }
    }
    std::hint::black_box(bytes);
    match read == events {
        true => Ok(began.elapsed().as_secs_f64()),
        false => Err(format!("{read} documents were read, not {events}").into()),
    }
}
