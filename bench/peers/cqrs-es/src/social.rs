//! The aggregates. A command is the event that it makes: what is measured is what comes after.

use std::convert::Infallible;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PostEvent {
    PostCreated { post: Uuid, author: Uuid, text: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClipEvent {
    ClipStaged { clip: Uuid, author: Uuid, title: String, description: String },
    ClipPublished { clip: Uuid, author: Uuid, media_key: String, duration_s: u32, renditions: Vec<String> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CommentEvent {
    CommentAdded { comment: Uuid, author: Uuid, post: Uuid, text: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LikeEvent {
    Liked { user: Uuid, post: Uuid },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FollowEvent {
    Followed { follower: Uuid, followee: Uuid },
}

macro_rules! aggregate {
    ($name:ident, $type:literal, $event:ident: $($variant:ident),+) => {
        #[derive(Default, Serialize, Deserialize)]
        pub struct $name;

        impl Aggregate for $name {
            const TYPE: &'static str = $type;
            type Command = $event;
            type Event = $event;
            type Error = Infallible;
            type Services = ();

            async fn handle(
                &mut self,
                command: $event,
                _: &(),
                sink: &EventSink<Self>,
            ) -> Result<(), Infallible> {
                sink.write(command, self).await;
                Ok(())
            }

            fn apply(&mut self, _: $event) {}
        }

        impl DomainEvent for $event {
            fn event_type(&self) -> String {
                match self {
                    $(Self::$variant { .. } => stringify!($variant).into(),)+
                }
            }

            fn event_version(&self) -> String {
                "1.0".into()
            }
        }
    };
}

aggregate!(Post, "post", PostEvent: PostCreated);
aggregate!(Clip, "clip", ClipEvent: ClipStaged, ClipPublished);
aggregate!(Comment, "comment", CommentEvent: CommentAdded);
aggregate!(Like, "like", LikeEvent: Liked);
aggregate!(Follow, "follow", FollowEvent: Followed);
