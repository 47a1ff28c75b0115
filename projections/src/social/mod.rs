//! The social group: what posts, comments, likes, clips, views and follows make of the read model.
//!
//! A file for each table, with the table and what an event changes in it. An event is decoded once for all.

mod clip_days;
mod clips;
mod column;
mod comments;
mod entries;
mod event;
mod follows;
mod likes;
mod posts;
mod profiles;
mod views;

use std::sync::Arc;

use tidings_domain::{Recorded, Target};

use crate::{Changes, Group, ProjectError, Projection, RowChange, Table};

use self::event::{At, Social};

/// The name of the group.
pub const NAME: &str = "social";

/// The group of all social read models.
///
/// ```
/// use tidings_domain::{Encoded, Event, Position, Recorded, testing::sample};
/// use tidings_projections::social;
/// use uuid::Uuid;
///
/// let event = sample::post_created(1, sample::user(7));
/// let recorded = Recorded {
///     position: Position::new(3, 42),
///     index: 0,
///     count: 1,
///     stream: tidings_domain::post::stream(sample::post(1)),
///     version: 1,
///     event: event.encode(),
///     commit: Uuid::nil(),
///     command: Uuid::nil(),
///     correlation: Uuid::nil(),
///     causation: None,
///     actor: Uuid::nil(),
///     occurred_at: None,
///     recorded_at: sample::time(0),
/// };
/// let changes = social::group().project(&recorded)?;
/// let post = changes.get("posts", &[sample::post(1).into()]).unwrap();
/// assert_eq!(post.set["text"], "hello".into());
/// # Ok::<(), tidings_projections::Unprojected>(())
/// ```
pub fn group() -> Group {
    Group { name: NAME, projections: vec![Arc::new(SocialProjection)] }
}

struct SocialProjection;

const TABLES: &[Table] = &[
    posts::TABLE,
    comments::TABLE,
    likes::TABLE,
    clips::TABLE,
    clip_days::TABLE,
    views::TABLE,
    follows::TABLE,
    profiles::TABLE,
    entries::TABLE,
];

impl Projection for SocialProjection {
    fn name(&self) -> &'static str {
        NAME
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    fn project(&self, recorded: &Recorded, changes: &mut Changes) -> Result<(), ProjectError> {
        let Some(event) = Social::decode(recorded)? else { return Ok(()) };
        let at = At::of(recorded);
        for project in [
            posts::project,
            comments::project,
            likes::project,
            clips::project,
            clip_days::project,
            views::project,
            follows::project,
            profiles::project,
            entries::project,
        ] {
            project(&event, at, changes);
        }
        Ok(())
    }
}

/// The row of a post, comment or clip, on which others count.
fn counted(target: Target, changes: &mut Changes) -> &mut RowChange {
    match target {
        Target::Post(post) => changes.row(posts::TABLE.name, [post.into()]),
        Target::Comment(comment) => changes.row(comments::TABLE.name, [comment.into()]),
        Target::Clip(clip) => changes.row(clips::TABLE.name, [clip.into()]),
    }
}
