//! Holds what the hosts answer against what was counted in the files.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tidings_domain::Position;
use uuid::Uuid;

use super::census::{Census, Reactions};
use super::ids;
use super::queries::{NoAnswer, Queries};

/// What the checks found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What was counted, in the files and in the answers.
    pub counts: Vec<Count>,
    /// How many commands were found in the log.
    pub in_log: usize,
    /// How many single numbers were compared.
    pub compared: usize,
    /// What differs, for a person; nothing where all is well.
    pub differences: Vec<String>,
}

/// One count from two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Of what.
    pub what: &'static str,
    /// Where the answers have it from.
    pub by: &'static str,
    /// In the files.
    pub files: u64,
    /// In the answers.
    pub answers: u64,
}

/// Checks all. `commits` are those acknowledged: command, stream, and where it stands.
///
/// # Errors
/// When the query host does not answer; what it answers wrongly is in [`Found::differences`].
pub async fn check(
    queries: &Queries,
    census: &Census,
    commits: &[(Uuid, String, Position)],
) -> Result<Found, NoAnswer> {
    let mut found = Found::default();
    found.log(queries, commits).await?;
    found.people(queries, census).await?;
    let posts = census.posts.iter().map(|(number, on)| (number, json!({ "post": post(number) }), *on));
    let on_posts = found.reactions(queries, "PostById", "post", posts).await?;
    let clips = census.clips.iter().map(|(number, on)| (number, json!({ "clip": clip(number) }), *on));
    let on_clips = found.reactions(queries, "ClipById", "clip", clips).await?;
    let on_comments = found.comments(queries, census).await?;
    found.count(
        "likes",
        "posts, clips, comments",
        census.likes,
        on_posts.likes + on_clips.likes + on_comments.likes,
    );
    let all_comments = census.comments.len() as u64;
    found.count("comments", "posts, clips", all_comments, on_posts.comments + on_clips.comments);
    found.audit(queries).await?;
    Ok(found)
}

impl Found {
    /// Whether all is as it must be.
    pub fn is_well(&self) -> bool {
        self.differences.is_empty()
    }

    /// Every acknowledged command is in the log, where the acknowledgement said.
    async fn log(&mut self, queries: &Queries, commits: &[(Uuid, String, Position)]) -> Result<(), NoAnswer> {
        let about = commits.iter().map(|commit| (commit, json!({ "command": commit.0 })));
        let mut answers = pin!(queries.each("CommandStatus", about));
        while let Some(((command, stream, at), answer)) = answers.next().await {
            let Some(status) = self.shown(answer, &format!("command {command}"))? else { continue };
            if status["stream"] == **stream && status["at"] == at.to_string() {
                self.in_log += 1;
            } else {
                self.differs(format!(
                    "command {command} was acknowledged on {stream} at {at}, the log has {status}"
                ));
            }
        }
        Ok(())
    }

    /// Every person's profile.
    async fn people(&mut self, queries: &Queries, census: &Census) -> Result<(), NoAnswer> {
        let about = census.people.keys().map(|number| (number, json!({ "user": ids::user(parsed(number)) })));
        let mut answers = pin!(queries.each("Profile", about));
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        while let Some((number, answer)) = answers.next().await {
            let (profile, person) = (answer?, census.people.get(number).copied().unwrap_or_default());
            let expected = [
                ("posts", person.posts),
                ("clips", person.clips),
                ("comments", person.comments),
                ("followers", person.friends),
                ("following", person.friends),
            ];
            for (what, files) in expected {
                self.compare(|| format!("{what} of person {number}"), files, &profile[what]);
                *sums.entry(what).or_default() += amount(&profile[what]);
            }
            *sums.entry("likes_given").or_default() += amount(&profile["likes_given"]);
        }
        let sum = |what| sums.get(what).copied().unwrap_or_default();
        self.count("posts", "profiles", census.posts.len() as u64, sum("posts"));
        self.count("clips", "profiles", census.clips.len() as u64, sum("clips"));
        self.count("comments", "profiles", census.comments.len() as u64, sum("comments"));
        self.count("likes", "profiles", census.likes, sum("likes_given"));
        self.count("follows", "profiles, followers", census.follows, sum("followers"));
        self.count("follows", "profiles, following", census.follows, sum("following"));
        Ok(())
    }

    /// Likes and comments of every post, or of every clip.
    async fn reactions<'c>(
        &mut self,
        queries: &Queries,
        query: &'static str,
        kind: &str,
        about: impl Iterator<Item = (&'c String, Value, Reactions)> + 'c,
    ) -> Result<Reactions, NoAnswer> {
        let about = about.map(|(number, data, files)| ((number, files), data));
        let mut answers = pin!(queries.each(query, about));
        let mut sum = Reactions::default();
        while let Some(((number, files), answer)) = answers.next().await {
            let Some(shown) = self.shown(answer, &format!("{kind} {number}"))? else { continue };
            self.compare(|| format!("likes of {kind} {number}"), files.likes, &shown["likes"]);
            self.compare(|| format!("comments of {kind} {number}"), files.comments, &shown["comments"]);
            sum.likes += amount(&shown["likes"]);
            sum.comments += amount(&shown["comments"]);
        }
        Ok(sum)
    }

    /// Likes and replies of every comment, found on the lists of the posts and clips that have any.
    async fn comments(&mut self, queries: &Queries, census: &Census) -> Result<Reactions, NoAnswer> {
        let commented = |(_, on): &(&String, &Reactions)| on.comments > 0;
        let posts = census.posts.iter().filter(commented).map(|(number, _)| format!("post-{}", post(number)));
        let clips = census.clips.iter().filter(commented).map(|(number, _)| format!("clip-{}", clip(number)));
        let about = posts.chain(clips).map(|target| ((), json!({ "target": target })));
        let mut answers = pin!(queries.all_of_each("Comments", about));
        let mut shown = BTreeMap::new();
        while let Some(((), answer)) = answers.next().await {
            for row in answer? {
                shown.insert(row["comment"].as_str().unwrap_or_default().to_owned(), row);
            }
        }
        let mut sum = Reactions::default();
        for (number, files) in &census.comments {
            let Some(row) = shown.get(&ids::comment(parsed(number)).to_string()) else {
                self.differs(format!("comment {number} is on no list"));
                continue;
            };
            self.compare(|| format!("likes of comment {number}"), files.likes, &row["likes"]);
            self.compare(|| format!("replies of comment {number}"), files.comments, &row["replies"]);
            sum.likes += amount(&row["likes"]);
        }
        self.count("comments", "lists", census.comments.len() as u64, shown.len() as u64);
        Ok(sum)
    }

    async fn audit(&mut self, queries: &Queries) -> Result<(), NoAnswer> {
        match queries.ask("CounterAudit", json!({})).await?.data {
            Value::Array(rows) if rows.is_empty() => {}
            rows => self.differs(format!("CounterAudit: {rows}")),
        }
        Ok(())
    }

    /// What is shown of something; a refusal is a difference.
    fn shown(&mut self, answer: Result<Value, NoAnswer>, what: &str) -> Result<Option<Value>, NoAnswer> {
        match answer {
            Ok(shown) => Ok(Some(shown)),
            Err(NoAnswer::Refused { code, message, .. }) => {
                self.differs(format!("{what} is not shown: {code}: {message}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn compare(&mut self, what: impl Fn() -> String, files: u64, answer: &Value) {
        self.compared += 1;
        if answer.as_u64() != Some(files) {
            self.differs(format!("{}: {files} in the files, {answer} in the answer", what()));
        }
    }

    fn count(&mut self, what: &'static str, by: &'static str, files: u64, answers: u64) {
        self.counts.push(Count { what, by, files, answers });
        if files != answers {
            self.differs(format!("{what} by {by}: {files} in the files, {answers} in the answers"));
        }
    }

    fn differs(&mut self, difference: String) {
        self.differences.push(difference);
    }
}

fn amount(answer: &Value) -> u64 {
    answer.as_u64().unwrap_or(0)
}

/// The rows that count have numbers; one that has none is on no answer, which the checks then tell.
fn parsed(number: &str) -> u64 {
    number.parse().unwrap_or(u64::MAX)
}

fn post(number: &str) -> tidings_domain::PostId {
    ids::post(parsed(number))
}

fn clip(number: &str) -> tidings_domain::ClipId {
    ids::clip(parsed(number))
}
