//! Histories of commands, the same each time: LDBC's social network where its files are there, and one made up, which
//! also changes its mind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tidings_domain::Command;
use tidings_examples::social_network::{network, plan};
use uuid::Uuid;

use crate::Rand;

/// A command as a line, and the earlier one that must be acknowledged before it is sent.
pub struct Step {
    /// The command's id.
    pub id: Uuid,
    /// The line.
    pub line: String,
    /// The place of the earlier one in the history.
    pub after: Option<usize>,
}

/// Made-up commands: beside LDBC's 14,000, or alone.
const FEW: usize = 2_000;
const MANY: usize = 14_000;

/// LDBC's commands, and made-up ones after them; about as many without LDBC's.
pub fn history() -> Vec<Step> {
    let steps = ldbc();
    eprintln!("{} commands of LDBC", steps.len());
    let more = if steps.is_empty() { MANY } else { FEW };
    MadeUp::new(steps).go_on(more)
}

/// So many made-up commands.
pub fn made_up(commands: usize) -> Vec<Step> {
    MadeUp::new(Vec::new()).go_on(commands)
}

/// LDBC's files: at `TIDINGS_LDBC` where that is set, else beside the repository, if they are there.
pub fn ldbc_folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/ldbc-snb");
    std::env::var_os("TIDINGS_LDBC").map(PathBuf::from).or_else(|| beside.is_dir().then_some(beside))
}

/// LDBC's commands, in order of time; none where its files are not there.
///
/// # Panics
/// When the files cannot be read.
pub fn ldbc() -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(ldbc) = ldbc_folder() {
        let (network, _) = network::read(&ldbc).unwrap();
        for planned in plan::plan(&network).commands {
            let data: Value = serde_json::from_str(&planned.command.to_json()).unwrap();
            let name = planned.command.name();
            let line = line(planned.id, name, &planned.actor, data, planned.occurred_at.millis());
            steps.push(Step { id: planned.id, line, after: planned.after });
        }
    }
    steps
}

fn line(id: Uuid, name: &str, actor: &impl ToString, data: Value, millis: i64) -> String {
    let occurred_at = tidings_domain::Timestamp::from_millis(millis).to_string();
    let actor = actor.to_string();
    json!({ "id": id, "command": name, "actor": actor, "data": data, "occurred_at": occurred_at }).to_string()
}

/// A life of a few people. Whatever changes the same thing twice is a chain, so every order in which the rest is
/// carried out ends the same.
struct MadeUp {
    steps: Vec<Step>,
    chance: Rand,
    people: Vec<Uuid>,
    /// Targets that can be liked and commented on, with the command that made them so.
    targets: Vec<(String, usize)>,
    /// Posts and comments of whom, to be edited.
    texts: Vec<(&'static str, Uuid, Uuid)>,
    /// The last command of each chain.
    last: BTreeMap<String, usize>,
}

impl MadeUp {
    fn new(steps: Vec<Step>) -> Self {
        let people = (0..100).map(|n| Uuid::new_v5(&Uuid::nil(), format!("person {n}").as_bytes())).collect();
        let (targets, texts, last) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { steps, chance: Rand::new(1), people, targets, texts, last }
    }

    fn add(&mut self, name: &str, actor: Uuid, data: Value, after: Option<usize>) -> (Uuid, usize) {
        let place = self.steps.len();
        let id = Uuid::new_v5(&Uuid::nil(), format!("command {place}").as_bytes());
        let millis = 1_767_225_600_000 + 1_000 * i64::try_from(place).unwrap();
        self.steps.push(Step { id, line: line(id, name, &actor, data, millis), after });
        (id, place)
    }

    /// The next of a chain, which begins after `begin`.
    fn chain(&mut self, chain: String, name: &str, actor: Uuid, data: Value, begin: Option<usize>) {
        let after = self.last.get(&chain).copied().or(begin);
        let (_, place) = self.add(name, actor, data, after);
        self.last.insert(chain, place);
    }

    fn go_on(mut self, commands: usize) -> Vec<Step> {
        let end = self.steps.len() + commands;
        while self.steps.len() < end {
            let actor = *self.chance.one_of(&self.people);
            match self.chance.below(10) {
                _ if self.targets.len() < 20 => self.post(actor),
                0 | 1 => self.post(actor),
                2 => self.clip(actor),
                3 | 4 => self.comment(actor),
                5 => self.edit(),
                6 | 7 => self.like(actor),
                8 => self.follow(actor),
                _ => self.watch(actor),
            }
        }
        self.steps
    }

    fn post(&mut self, actor: Uuid) {
        let (id, place) = self.add("CreatePost", actor, json!({ "text": "a post" }), None);
        self.targets.push((format!("post-{id}"), place));
        self.texts.push(("Post", id, actor));
        self.last.insert(format!("Post {id}"), place);
    }

    fn clip(&mut self, actor: Uuid) {
        let (id, staged) = self.add("StageClip", actor, json!({ "title": "a clip" }), None);
        let data = json!({ "clip": id, "media_key": "key", "duration_s": 9, "renditions": ["720p"] });
        let (_, place) = self.add("PublishClip", actor, data, Some(staged));
        self.targets.push((format!("clip-{id}"), place));
    }

    fn comment(&mut self, actor: Uuid) {
        let (target, after) = self.chance.one_of(&self.targets).clone();
        let data = json!({ "target": target, "text": "a comment" });
        let (id, place) = self.add("AddComment", actor, data, Some(after));
        self.texts.push(("Comment", id, actor));
        self.last.insert(format!("Comment {id}"), place);
        if self.chance.below(4) == 0 {
            self.chain(format!("Comment {id}"), "RemoveComment", actor, json!({ "comment": id }), None);
            self.texts.pop();
        }
    }

    fn edit(&mut self) {
        let (kind, id, author) = *self.chance.one_of(&self.texts);
        let text = format!("words {}", self.chance.below(1_000_000));
        let data = json!({ kind.to_lowercase(): id, "text": text });
        self.chain(format!("{kind} {id}"), &format!("Edit{kind}"), author, data, None);
    }

    fn like(&mut self, actor: Uuid) {
        let (target, after) = self.chance.one_of(&self.targets).clone();
        let name = *self.chance.one_of(&["Like", "Like", "Unlike"]);
        self.chain(format!("like {actor} {target}"), name, actor, json!({ "target": target }), Some(after));
    }

    fn follow(&mut self, actor: Uuid) {
        let other = *self.chance.one_of(&self.people);
        if other != actor {
            let name = *self.chance.one_of(&["Follow", "Follow", "Unfollow"]);
            self.chain(format!("follow {actor} {other}"), name, actor, json!({ "user": other }), None);
        }
    }

    fn watch(&mut self, actor: Uuid) {
        let (target, after) = self.chance.one_of(&self.targets).clone();
        if let Some(clip) = target.strip_prefix("clip-") {
            let data = json!({ "clip": clip, "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:09Z" });
            self.chain(format!("view {actor} {clip}"), "RecordView", actor, data, Some(after));
        }
    }
}
