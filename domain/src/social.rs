//! All commands of the social domain in one enum, as they come over the wire.

use uuid::Uuid;

use crate::wire::nearest;
use crate::{
    Class, Command, CommandError, Shape, StreamId, UserId, WireCommand, clip, comment, follow, like, post,
    view,
};

/// A command to one of the six aggregates.
///
/// ```
/// use tidings_domain::{Command, PostId, SocialCommand, UserId, post};
/// use uuid::Uuid;
///
/// let (actor, id) = (UserId(Uuid::from_u128(1)), Uuid::from_u128(2));
/// let command = SocialCommand::parse("CreatePost", r#"{"text":"hello"}"#, actor, id)?;
/// assert_eq!(command, post::Command::CreatePost { post: PostId(id), text: "hello".into() }.into());
/// assert_eq!(command.stream(), post::stream(PostId(id)));
///
/// let error = SocialCommand::parse("CreatPost", "{}", actor, id).unwrap_err();
/// assert_eq!(error.to_string(), "there is no command `CreatPost`; did you mean `CreatePost`?");
/// # Ok::<(), tidings_domain::CommandError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum SocialCommand {
    /// To a post.
    Post(post::Command),
    /// To a comment.
    Comment(comment::Command),
    /// To a like.
    Like(like::Command),
    /// To a clip.
    Clip(clip::Command),
    /// To a viewer's views of a clip.
    View(view::Command),
    /// To a follow.
    Follow(follow::Command),
}

/// Does the same with the command of whichever aggregate it is.
macro_rules! each {
    ($command:expr, $inner:ident => $do:expr) => {
        match $command {
            SocialCommand::Post($inner) => $do,
            SocialCommand::Comment($inner) => $do,
            SocialCommand::Like($inner) => $do,
            SocialCommand::Clip($inner) => $do,
            SocialCommand::View($inner) => $do,
            SocialCommand::Follow($inner) => $do,
        }
    };
}

/// Reads the command as the first of these aggregates' that has one of this name.
macro_rules! first {
    ($name:expr, $data:expr, $actor:expr, $id:expr; $( $module:ident ),+) => { $(
        if let Some(parsed) = <$module::Command as WireCommand>::parse($name, $data, $actor, $id) {
            return parsed.map(Self::from);
        }
    )+ };
}

impl SocialCommand {
    /// Reads the command `name` with the fields of `data`, a JSON object.
    ///
    /// `actor` is who gives it; `default_id`, usually the command's own id, names a new post, comment or clip
    /// where the data leave its id out.
    ///
    /// # Errors
    /// [`CommandError::Unknown`] where no command has this name; [`CommandError::Invalid`], which names the
    /// field, where the data do not fit.
    pub fn parse(name: &str, data: &str, actor: UserId, default_id: Uuid) -> Result<Self, CommandError> {
        first!(name, data, actor, default_id; post, comment, like, clip, view, follow);
        let nearest = nearest(name, Self::shapes().map(|shape| shape.name));
        Err(CommandError::Unknown { name: name.chars().take(60).collect(), nearest })
    }

    /// The fields as a JSON object, such that [`parse`](Self::parse) gives the same command again.
    pub fn to_json(&self) -> String {
        each!(self, command => command.to_json())
    }

    /// Every code with which a command may be rejected, with its class, sorted; each once.
    pub fn rejection_codes() -> Vec<(&'static str, Class)> {
        let mut codes = [
            post::Rejection::codes(),
            comment::Rejection::codes(),
            like::Rejection::codes(),
            clip::Rejection::codes(),
            view::Rejection::codes(),
            follow::Rejection::codes(),
        ]
        .concat();
        codes.sort_unstable_by_key(|(code, _)| *code);
        codes.dedup();
        codes
    }

    /// Every command's name and fields, aggregate by aggregate.
    pub fn shapes() -> impl Iterator<Item = &'static Shape> {
        let all = [
            post::Command::SHAPES,
            comment::Command::SHAPES,
            like::Command::SHAPES,
            clip::Command::SHAPES,
            view::Command::SHAPES,
            follow::Command::SHAPES,
        ];
        all.into_iter().flatten()
    }
}

impl Command for SocialCommand {
    fn name(&self) -> &'static str {
        each!(self, command => command.name())
    }

    fn stream(&self) -> StreamId {
        each!(self, command => command.stream())
    }

    fn opens(&self) -> bool {
        each!(self, command => command.opens())
    }
}

macro_rules! into_social {
    ($( $module:ident => $variant:ident ),+ $(,)?) => { $(
        impl From<$module::Command> for SocialCommand {
            fn from(command: $module::Command) -> Self {
                Self::$variant(command)
            }
        }
    )+ };
}

into_social!(post => Post, comment => Comment, like => Like, clip => Clip, view => View, follow => Follow);
