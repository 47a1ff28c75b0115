//! What a person sees at the end.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde_json::{Value, json};

use super::census::Census;
use super::checks::Found;
use super::import::Imported;
use super::network::Network;
use super::queries::{NoAnswer, Queries};
use super::{ids, plan};

/// How many differences are shown.
const SHOWN: usize = 20;

/// The counts, side by side.
pub fn counts(found: &Found) -> String {
    let mut table = format!("{:<10} {:<24} {:>10} {:>10}\n", "", "by", "files", "answers");
    for count in &found.counts {
        let mark = if count.files == count.answers { "" } else { "  differs" };
        let _ = writeln!(
            table,
            "{:<10} {:<24} {:>10} {:>10}{mark}",
            count.what, count.by, count.files, count.answers
        );
    }
    table
}

/// What was acknowledged, and how fast.
pub fn rates(imported: &Imported, retries: u64) -> String {
    let Imported { acknowledged, replayed, unchanged, refused, not_sent, took, .. } = imported;
    format!(
        "{} commands acknowledged in {:.2} s, {:.0} a second: {} appended, {replayed} replayed, {unchanged} unchanged; \
         {} refused, {not_sent} not sent, {retries} tried again\n",
        acknowledged.len(),
        took.as_secs_f64(),
        imported.rate(),
        imported.appended(),
        refused.len(),
    )
}

/// What differs, the first of it.
pub fn differences(found: &Found) -> String {
    let mut text = String::new();
    for difference in found.differences.iter().take(SHOWN) {
        let _ = writeln!(text, "differs: {difference}");
    }
    if let Some(more @ 1..) = found.differences.len().checked_sub(SHOWN) {
        let _ = writeln!(text, "and {more} more");
    }
    text
}

/// Top clips, the busiest thread, and the home feed of the person with the most friends.
///
/// # Errors
/// When the query host does not answer.
pub async fn tour(queries: &Queries, network: &Network, census: &Census) -> Result<String, NoAnswer> {
    let names = Names::of(network);
    let mut text = String::from("Top clips\n");
    let top = queries.ask("TopClips", json!({ "period": "all", "limit": 5 })).await?.data;
    for clip in rows(&top) {
        let (likes, comments) = (&clip["likes"], &clip["comments"]);
        let _ = writeln!(
            text,
            "  {} by {}: {} views, {likes} likes, {comments} comments",
            words(&clip["title"]),
            names.of_user(&clip["author"]),
            clip["views"]
        );
    }
    let threads = census.posts.iter().chain(&census.clips);
    if let Some((number, on)) = threads.max_by_key(|(_, on)| on.comments)
        && let Ok(number) = number.parse()
        && let Some(post) = network.posts.get(&number)
    {
        let author = names.people.get(&ids::user(post.creator).to_string()).copied().unwrap_or("somebody");
        let said = post.image.as_deref().unwrap_or(&post.content);
        let _ = writeln!(text, "The busiest thread: {} comments on {author}'s {}", on.comments, short(said));
        let about = json!({ "target": plan::target(network, number), "order": "top", "limit": 5 });
        for comment in rows(&queries.ask("Comments", about).await?.data) {
            let (author, likes) = (names.of_user(&comment["author"]), &comment["likes"]);
            let _ = writeln!(text, "  {author}: {} ({likes} likes)", words(&comment["text"]));
        }
    }
    let friends = census.people.iter().max_by_key(|(_, person)| person.friends);
    if let Some((number, person)) = friends
        && let Ok(number) = number.parse::<u64>()
    {
        let user = ids::user(number);
        let name = names.people.get(&user.to_string()).copied().unwrap_or("somebody");
        let _ = writeln!(text, "The home feed of {name}, who follows {}", person.friends);
        let feed = queries.ask("HomeFeed", json!({ "user": user, "limit": 5 })).await?.data;
        for entry in rows(&feed) {
            let what = if entry["text"].is_string() { &entry["text"] } else { &entry["title"] };
            let (at, author) = (entry["at"].as_str().unwrap_or_default(), names.of_user(&entry["author"]));
            let _ = writeln!(text, "  {at} {author}: {}", words(what));
        }
    }
    Ok(text)
}

/// People's names by the ids that answers bear.
struct Names<'n> {
    people: BTreeMap<String, &'n str>,
}

impl<'n> Names<'n> {
    fn of(network: &'n Network) -> Self {
        let people = network.people.iter().map(|(number, name)| (ids::user(*number).to_string(), &**name));
        Self { people: people.collect() }
    }

    fn of_user(&self, id: &Value) -> &'n str {
        id.as_str().and_then(|id| self.people.get(id)).copied().unwrap_or("somebody")
    }
}

fn rows(data: &Value) -> &[Value] {
    data.as_array().map_or(&[], Vec::as_slice)
}

fn words(text: &Value) -> impl fmt::Display {
    short(text.as_str().unwrap_or_default())
}

/// The beginning, in one line.
fn short(text: &str) -> String {
    const MOST: usize = 60;
    let line: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > MOST { line + "…" } else { line }
}
