//! Turns a network into commands, in the order in which they may be sent.

use std::collections::BTreeMap;

use tidings_domain::{SocialCommand, Target, Timestamp, UserId, clip, comment, follow, like, post};
use uuid::Uuid;

use super::folder::Place;
use super::ids;
use super::network::{Network, Post, ReplyOf};
use super::order;

/// The data know no duration of an image; it is shown for this long.
const DURATION_S: u32 = 10;

/// A command with all that goes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Its id, the same in every run.
    pub id: Uuid,
    /// Who gives it.
    pub actor: UserId,
    /// What is asked.
    pub command: SocialCommand,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The first command of its thread, or what the two follows of a friendship share.
    pub correlation: Uuid,
    /// The command that led to it.
    pub causation: Option<Uuid>,
    /// The row that it comes from.
    pub place: Place,
    /// The command that must be acknowledged before this one is sent, by its index in the plan.
    pub after: Option<usize>,
}

/// Commands in order of time, each after what it refers to.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The commands.
    pub commands: Vec<Planned>,
    /// How many rows bear a time before that of what they refer to. They are sent after it none the less, and
    /// keep their time as `occurred_at`.
    pub early: usize,
}

/// The plan of a network.
pub fn plan(network: &Network) -> Plan {
    let mut draft = Draft::default();
    for (number, post) in &network.posts {
        draft.post(*number, post);
    }
    draft.comments(network);
    for like in &network.likes {
        let (target, root, above) = match like.of {
            ReplyOf::Post(number) => (target(network, number), number, visible(network, number)),
            ReplyOf::Comment(number) => (
                ids::comment(number).into(),
                root_of(network, number),
                ids::command("AddComment", &number.to_string()),
            ),
        };
        let user = ids::user(like.person);
        draft.add(Planned {
            id: ids::command("Like", &format!("{} {target}", like.person)),
            actor: user,
            command: like::Command::Like { user, target }.into(),
            occurred_at: like.at,
            correlation: first(network, root),
            causation: None,
            place: like.place,
            after: draft.index.get(&above).copied(),
        });
    }
    for friendship in &network.friendships {
        let (one, other) = friendship.people;
        for (follower, followee) in [(one, other), (other, one)] {
            draft.add(Planned {
                id: ids::command("Follow", &format!("{follower} {followee}")),
                actor: ids::user(follower),
                command: follow::Command::Follow { follower: ids::user(follower), user: ids::user(followee) }
                    .into(),
                occurred_at: friendship.at,
                correlation: ids::friendship(one, other),
                causation: None,
                place: friendship.place,
                after: None,
            });
        }
    }
    order::by_time(draft.commands)
}

/// What a post has become.
pub fn target(network: &Network, post: u64) -> Target {
    match is_clip(network, post) {
        true => ids::clip(post).into(),
        false => ids::post(post).into(),
    }
}

fn is_clip(network: &Network, post: u64) -> bool {
    network.posts.get(&post).is_some_and(|post| post.image.is_some())
}

/// The command that begins a thread.
fn first(network: &Network, post: u64) -> Uuid {
    ids::command(if is_clip(network, post) { "StageClip" } else { "CreatePost" }, &post.to_string())
}

/// The command after which others may refer to a post.
fn visible(network: &Network, post: u64) -> Uuid {
    ids::command(if is_clip(network, post) { "PublishClip" } else { "CreatePost" }, &post.to_string())
}

fn root_of(network: &Network, comment: u64) -> u64 {
    network.comments.get(&comment).map_or(0, |comment| comment.root)
}

/// Commands each after what it refers to, not yet in order of time.
#[derive(Default)]
struct Draft {
    commands: Vec<Planned>,
    index: BTreeMap<Uuid, usize>,
}

impl Draft {
    fn add(&mut self, planned: Planned) {
        self.index.insert(planned.id, self.commands.len());
        self.commands.push(planned);
    }

    fn post(&mut self, number: u64, made: &Post) {
        let (actor, about) = (ids::user(made.creator), number.to_string());
        let Some(image) = &made.image else {
            let id = ids::command("CreatePost", &about);
            return self.add(Planned {
                id,
                actor,
                command: post::Command::CreatePost { post: ids::post(number), text: made.content.clone() }
                    .into(),
                occurred_at: made.at,
                correlation: id,
                causation: None,
                place: made.place,
                after: None,
            });
        };
        let (clip, staged) = (ids::clip(number), ids::command("StageClip", &about));
        let (title, description) = (image.clone(), made.content.clone());
        let stage = Planned {
            id: staged,
            actor,
            command: clip::Command::StageClip { clip, title, description }.into(),
            occurred_at: made.at,
            correlation: staged,
            causation: None,
            place: made.place,
            after: None,
        };
        let (media_key, renditions) = (image.clone(), vec!["original".into()]);
        let publish = Planned {
            id: ids::command("PublishClip", &about),
            command: clip::Command::PublishClip { clip, media_key, duration_s: DURATION_S, renditions }
                .into(),
            causation: Some(staged),
            after: Some(self.commands.len()),
            ..stage.clone()
        };
        self.add(stage);
        self.add(publish);
    }

    /// Each after the one that it answers, however the files order them.
    fn comments(&mut self, network: &Network) {
        for &first in network.comments.keys() {
            let (mut path, mut at) = (Vec::new(), Some(first));
            while let Some(number) = at
                && let Some(comment) = network.comments.get(&number)
                && !self.index.contains_key(&ids::command("AddComment", &number.to_string()))
            {
                path.push((number, comment));
                at = match comment.reply_of {
                    ReplyOf::Post(_) => None,
                    ReplyOf::Comment(parent) => Some(parent),
                };
            }
            for (number, said) in path.into_iter().rev() {
                let (parent, above) = match said.reply_of {
                    ReplyOf::Post(post) => (None, visible(network, post)),
                    ReplyOf::Comment(parent) => {
                        (Some(ids::comment(parent)), ids::command("AddComment", &parent.to_string()))
                    }
                };
                let command = comment::Command::AddComment {
                    comment: ids::comment(number),
                    target: target(network, said.root),
                    parent,
                    text: said.content.clone(),
                };
                self.add(Planned {
                    id: ids::command("AddComment", &number.to_string()),
                    actor: ids::user(said.creator),
                    command: command.into(),
                    occurred_at: said.at,
                    correlation: self::first(network, said.root),
                    causation: None,
                    place: said.place,
                    after: self.index.get(&above).copied(),
                });
            }
        }
    }
}
