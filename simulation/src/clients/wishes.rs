//! What the clients ask for: much of it about the same few things.

use std::sync::Mutex;

use tidings_domain::{
    Actor, ClipId, CommentId, PostId, SocialCommand, Target, Timestamp, UserId, Visibility, clip, comment,
    follow, like, post, view,
};

use uuid::Uuid;

use crate::chance::Chance;
use crate::wish::{Given, Wish};
use crate::{Mix, counter, hold};

/// The users, and what they have spoken of.
pub(crate) struct Wishes {
    mix: Mix,
    users: Vec<UserId>,
    spoken_of: Mutex<SpokenOf>,
    /// What is asked for first, so that there is something to speak of.
    first: Mutex<Vec<SocialCommand>>,
}

#[derive(Default)]
struct SpokenOf {
    posts: Vec<PostId>,
    clips: Vec<ClipId>,
    comments: Vec<CommentId>,
}

impl SpokenOf {
    /// Makes all of these, the last first.
    fn first(&self) -> Vec<SocialCommand> {
        let text = || "the first".to_owned();
        let mut first: Vec<SocialCommand> = Vec::new();
        if let Some(post) = self.posts.first() {
            let (parent, target) = (None, Target::Post(*post));
            let add = |comment: &CommentId| comment::Command::AddComment {
                comment: *comment,
                target,
                parent,
                text: text(),
            };
            first.extend(self.comments.iter().map(add).map(SocialCommand::from));
        }
        for clip in &self.clips {
            first.push(publish(*clip).into());
            first.push(
                clip::Command::StageClip { clip: *clip, title: text(), description: String::new() }.into(),
            );
        }
        first.extend(
            self.posts.iter().map(|post| post::Command::CreatePost { post: *post, text: text() }.into()),
        );
        first
    }
}

fn publish(clip: ClipId) -> clip::Command {
    let (media_key, renditions) = ("k".into(), vec!["720p".into()]);
    clip::Command::PublishClip { clip, media_key, duration_s: 9, renditions }
}

/// Who may moderate.
pub(crate) const MODERATOR: UserId = UserId(Uuid::from_u128(0x6d6f_6465_7261_746f_7200));

/// How many counters there are.
const COUNTERS: u64 = 4;

impl Wishes {
    pub(crate) fn new(mix: Mix, users: usize, chance: &Chance) -> Self {
        let some = SpokenOf {
            posts: vec![chance.id().into(), chance.id().into()],
            clips: vec![chance.id().into()],
            comments: vec![chance.id().into()],
        };
        let users = (0..users).map(|_| chance.id().into()).collect();
        let first = Mutex::new(some.first());
        Self { mix, users, spoken_of: Mutex::new(some), first }
    }

    /// A command that nothing stands against.
    pub(crate) fn probe(&self, chance: &Chance) -> Given {
        let command = post::Command::CreatePost { post: chance.id().into(), text: "is anyone there?".into() };
        Given { wish: Wish::Social(command.into()), actor: Actor::user(self.user(chance)) }
    }

    pub(crate) fn next(&self, chance: &Chance) -> Given {
        let moderator = chance.happens(200);
        let user = if moderator { MODERATOR } else { self.user(chance) };
        let actor = Actor { id: user, moderator };
        let counts = self.mix == Mix::Hot && chance.happens(500);
        let first = hold(&self.first).pop();
        let wish = match first {
            Some(first) => Wish::Social(first),
            None if counts => Wish::Counter(self.counter(chance)),
            None => Wish::Social(self.social(chance, user)),
        };
        Given { wish, actor }
    }

    fn user(&self, chance: &Chance) -> UserId {
        // One of them does half of it, so that things are often asked for by whom they belong to.
        let some = if chance.happens(500) { self.users.get(..1).unwrap_or(&[]) } else { &self.users };
        chance.pick(some).copied().unwrap_or(UserId(Uuid::nil()))
    }

    fn counter(&self, chance: &Chance) -> counter::Command {
        let small = |most: u64| u8::try_from(chance.below(most)).unwrap_or(0);
        let counter = small(COUNTERS);
        if chance.happens(150) {
            return counter::Command::Empty { counter };
        }
        let gate = chance.happens(300).then(|| small(COUNTERS));
        let amounts = (0..=small(4)).map(|_| 1 + small(5)).collect();
        counter::Command::Add { counter, gate, amounts }
    }

    fn social(&self, chance: &Chance, user: UserId) -> SocialCommand {
        match chance.below(100) {
            0..30 => self.post(chance).into(),
            30..45 => self.comment(chance).into(),
            45..65 => {
                let target = self.target(chance);
                match chance.happens(650) {
                    true => like::Command::Like { user, target }.into(),
                    false => like::Command::Unlike { user, target }.into(),
                }
            }
            65..82 => self.clip(chance).into(),
            82..92 => self.view(chance, user).into(),
            _ => {
                let followee = self.user(chance);
                match chance.happens(650) {
                    true => follow::Command::Follow { follower: user, user: followee }.into(),
                    false => follow::Command::Unfollow { follower: user, user: followee }.into(),
                }
            }
        }
    }

    fn post(&self, chance: &Chance) -> post::Command {
        let known = self.known_post(chance);
        match chance.below(10) {
            0..5 => {
                let post = self.fresh(chance, known, |spoken| &mut spoken.posts);
                post::Command::CreatePost { post, text: text(chance) }
            }
            5..7 => post::Command::EditPost { post: known, text: text(chance) },
            7 => post::Command::HidePost { post: known },
            8 => post::Command::UnhidePost { post: known },
            _ => post::Command::DeletePost { post: known },
        }
    }

    fn comment(&self, chance: &Chance) -> comment::Command {
        let known = self.known_comment(chance);
        match chance.below(10) {
            0..6 => {
                let comment = self.fresh(chance, known, |spoken| &mut spoken.comments);
                let parent = chance.happens(300).then_some(known).filter(|parent| *parent != comment);
                comment::Command::AddComment {
                    comment,
                    target: self.target(chance),
                    parent,
                    text: text(chance),
                }
            }
            6..8 => comment::Command::EditComment { comment: known, text: text(chance) },
            _ => comment::Command::RemoveComment { comment: known },
        }
    }

    fn clip(&self, chance: &Chance) -> clip::Command {
        let known = self.known_clip(chance);
        match chance.below(12) {
            0..3 => clip::Command::StageClip {
                clip: self.fresh(chance, known, |spoken| &mut spoken.clips),
                title: text(chance),
                description: String::new(),
            },
            3..7 => publish(known),
            7 => clip::Command::FailClip { clip: known, reason: "no sound".into() },
            8 => clip::Command::EditClip { clip: known, title: text(chance), description: text(chance) },
            9 | 10 => {
                let kinds = [Visibility::Public, Visibility::Unlisted, Visibility::Private];
                let visibility = chance.pick(&kinds).copied().unwrap_or_default();
                clip::Command::SetClipVisibility { clip: known, visibility }
            }
            _ => clip::Command::DeleteClip { clip: known },
        }
    }

    fn view(&self, chance: &Chance, user: UserId) -> view::Command {
        let clip = self.known_clip(chance);
        if chance.happens(300) {
            return view::Command::ShareClip { user, clip };
        }
        let started_at = Timestamp::from_millis(1_767_225_600_000);
        let ended_at = started_at.plus_millis(chance.between(1_000, 20_000) as i64);
        view::Command::RecordView { viewer: user, clip, started_at, ended_at }
    }

    fn target(&self, chance: &Chance) -> Target {
        match chance.below(5) {
            0..2 => Target::Post(self.known_post(chance)),
            2..4 => Target::Clip(self.known_clip(chance)),
            _ => Target::Comment(self.known_comment(chance)),
        }
    }

    /// A new id, or in the hot mix mostly a known one, so that several make the same thing.
    fn fresh<T: Copy + From<Uuid>>(
        &self,
        chance: &Chance,
        known: T,
        list: impl Fn(&mut SpokenOf) -> &mut Vec<T>,
    ) -> T {
        if self.mix == Mix::Hot && chance.happens(800) {
            return known;
        }
        let new = T::from(chance.id());
        list(&mut hold(&self.spoken_of)).push(new);
        new
    }

    fn known_post(&self, chance: &Chance) -> PostId {
        recent(chance, &hold(&self.spoken_of).posts)
    }

    fn known_clip(&self, chance: &Chance) -> ClipId {
        recent(chance, &hold(&self.spoken_of).clips)
    }

    fn known_comment(&self, chance: &Chance) -> CommentId {
        recent(chance, &hold(&self.spoken_of).comments)
    }
}

/// One of the last few.
fn recent<T: Copy + From<Uuid>>(chance: &Chance, of: &[T]) -> T {
    let last = &of[of.len().saturating_sub(6)..];
    chance.pick(last).copied().unwrap_or_else(|| chance.id().into())
}

/// A text, now and then one that is refused.
fn text(chance: &Chance) -> String {
    match chance.below(12) {
        0 => " ".into(),
        number => format!("text {number}"),
    }
}
