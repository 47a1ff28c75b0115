//! `replay publish`.

use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;
use tidings_domain::Position;
use tidings_replay::{PublishOptions, Published, knows_event, publish};
use tidings_wiring::{BusUrl, StartError, counted};

use super::Done;
use super::places::Places;
use super::positions::{one_a_partition, parse_commit};
use super::report::Report;

/// Publishes the log's history on a topic of Kafka for a new consumer: the records of the relay, every one confirmed.
/// What was interrupted goes on where the topic ends, and what was finished is brought up to date.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The brokers and the topic that the relay publishes on: kafka://HOST:PORT/TOPIC.
    #[arg(long, env = "TIDINGS_BUS", hide_env_values = true)]
    bus: BusUrl,
    /// The topic to publish on, made where there is none. Without it: that of --bus with `-replay` behind it.
    #[arg(long, conflicts_with = "live")]
    topic: Option<String>,
    /// The first commit of a partition, such as 3:42; partitions that are not named begin at their first.
    #[arg(long, value_name = "POSITION", num_args = 1.., value_delimiter = ',', value_parser = parse_commit)]
    from: Vec<Position>,
    /// Only events of these names, such as PostCreated,PostDeleted.
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    types: Vec<String>,
    /// Publish on the topic of --bus itself, where every consumer gets the records again. Ours pass over them; others
    /// must too.
    #[arg(long)]
    live: bool,
    /// Publish all again, also what the topic has.
    #[arg(long)]
    again: bool,
}

pub(crate) async fn run(args: Args, places: &Places, report: &Report) -> Done {
    let topic = args.to()?;
    one_a_partition(&args.from)?;
    let log = places.patient_log(report).await?;
    let started = Instant::now();
    let options = PublishOptions {
        from: args.from,
        types: args.types.into_iter().collect(),
        goes_on: !args.live && !args.again,
        ..PublishOptions::default()
    };
    for name in options.types.iter().filter(|name| !knows_event(name)) {
        report.add(format_args!("no event of this program is called {name}; those of others may be"));
    }
    let bus = topic.open(log.store.partitions()).bus;
    let published = publish(&log.store, bus, options, |progress| report.progress(progress)).await;
    log.close().await;
    tell(&published.map_err(StartError::new)?, &topic, started.elapsed().as_secs_f64(), report);
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// Where to publish.
    fn to(&self) -> Result<BusUrl, StartError> {
        let BusUrl::Kafka { servers, topic: live } = &self.bus else {
            return Err(StartError::usage(
                "--bus local has no topics; name Kafka's: --bus kafka://HOST:PORT/TOPIC",
            ));
        };
        let topic = match &self.topic {
            _ if self.live => live.clone(),
            Some(topic) if topic == live => {
                return Err(StartError::usage(format_args!(
                    "`{topic}` is the topic that the relay publishes on; to publish history there, pass --live in \
                     place of --topic"
                )));
            }
            Some(topic) => topic.clone(),
            None => format!("{live}-replay"),
        };
        // Held against what a topic may be called.
        format!("kafka://{servers}/{topic}").parse().map_err(StartError::usage)
    }
}

fn tell(Published { events, went_on, numbers }: &Published, topic: &BusUrl, seconds: f64, report: &Report) {
    let rate = *events as f64 / seconds.max(0.001);
    report.say(
        format_args!(
            "published {} on {topic} in {seconds:.1} s ({rate:.0} a second), all confirmed",
            counted(*events, "event", "events")
        ),
        || {
            let topic = topic.to_string();
            json!({ "published": { "events": events, "went_on": went_on, "topic": topic, "numbers": numbers, "seconds": seconds } })
        },
    );
    if *went_on {
        report.add(format_args!(
            "it went on behind the records that the topic had, and did not look at those: where they were published with \
             other --types or another --from, pass --again to publish all"
        ));
    }
}
