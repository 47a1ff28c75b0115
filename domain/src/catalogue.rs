//! Every command as data, for `help`.

use serde::Serialize;

use crate::Limits;

/// Stands for a real post in the examples.
pub const EXAMPLE_POST: &str = "01930000-0000-7000-8000-00000000000a";
/// Stands for a real comment in the examples.
pub const EXAMPLE_COMMENT: &str = "01930000-0000-7000-8000-00000000000b";
/// Stands for a real clip in the examples.
pub const EXAMPLE_CLIP: &str = "01930000-0000-7000-8000-00000000000c";
/// Stands for a real user in the examples: the one who acts.
pub const EXAMPLE_USER: &str = "01930000-0000-7000-8000-00000000000d";
/// Stands for another user: nobody follows oneself.
pub const EXAMPLE_OTHER_USER: &str = "01930000-0000-7000-8000-00000000000e";

/// What a person must know to give a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommandHelp {
    /// Its name.
    pub name: &'static str,
    /// What it does and who may give it, in a line.
    pub summary: &'static str,
    /// The fields of its data.
    pub fields: Vec<FieldHelp>,
    /// Data that it takes; ids in it stand for real ones.
    pub example: &'static str,
}

/// What a person must know to fill a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldHelp {
    /// Its name.
    pub name: &'static str,
    /// Its type, in words.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it is where it is left out, in words; none where it is required.
    pub default: Option<&'static str>,
    /// What else it must be, in words; empty where nothing.
    pub limits: String,
}

/// All commands with these limits, aggregate by aggregate.
///
/// ```
/// use tidings_domain::{Limits, catalogue};
/// let limits = Limits { post_text: 280, ..Limits::default() };
/// let help = catalogue::catalogue(&limits).into_iter().find(|c| c.name == "CreatePost").unwrap();
/// assert_eq!(help.fields[1].limits, "1 to 280 characters");
/// ```
pub fn catalogue(limits: &Limits) -> Vec<CommandHelp> {
    [posts(limits), comments(limits), likes(), clips(limits), views(limits), follows()].concat()
}

fn posts(limits: &Limits) -> Vec<CommandHelp> {
    let text = || text("text", limits.post_text);
    vec![
        CommandHelp {
            name: "CreatePost",
            summary: "Publishes a post.",
            fields: vec![new_id("post"), text()],
            example: r#"{"text":"Hello, world"}"#,
        },
        CommandHelp {
            name: "EditPost",
            summary: "Changes the text of a post; for its author.",
            fields: vec![id("post"), text()],
            example: r#"{"post":"01930000-0000-7000-8000-00000000000a","text":"Hello again, world"}"#,
        },
        CommandHelp {
            name: "DeletePost",
            summary: "Deletes a post for good; for its author and moderators.",
            fields: vec![id("post")],
            example: r#"{"post":"01930000-0000-7000-8000-00000000000a"}"#,
        },
        CommandHelp {
            name: "HidePost",
            summary: "Hides a post from all; for moderators.",
            fields: vec![id("post")],
            example: r#"{"post":"01930000-0000-7000-8000-00000000000a"}"#,
        },
        CommandHelp {
            name: "UnhidePost",
            summary: "Shows a hidden post again; for moderators.",
            fields: vec![id("post")],
            example: r#"{"post":"01930000-0000-7000-8000-00000000000a"}"#,
        },
    ]
}

fn comments(limits: &Limits) -> Vec<CommandHelp> {
    let text = || text("text", limits.comment_text);
    let parent = FieldHelp {
        default: Some("none: it answers no other comment"),
        limits: "a living comment on the same target".into(),
        ..id("parent")
    };
    vec![
        CommandHelp {
            name: "AddComment",
            summary: "Comments on a post or a clip, or answers another comment on it.",
            fields: vec![new_id("comment"), target("post-<uuid> or clip-<uuid>"), parent, text()],
            example: r#"{"target":"post-01930000-0000-7000-8000-00000000000a","text":"Well said"}"#,
        },
        CommandHelp {
            name: "EditComment",
            summary: "Changes the text of a comment; for its author.",
            fields: vec![id("comment"), text()],
            example: r#"{"comment":"01930000-0000-7000-8000-00000000000b","text":"Very well said"}"#,
        },
        CommandHelp {
            name: "RemoveComment",
            summary: "Removes a comment for good, its replies stay; for its author, the author of what it is on, and moderators.",
            fields: vec![id("comment")],
            example: r#"{"comment":"01930000-0000-7000-8000-00000000000b"}"#,
        },
    ]
}

fn likes() -> Vec<CommandHelp> {
    let target = || target("post-<uuid>, clip-<uuid> or comment-<uuid>");
    vec![
        CommandHelp {
            name: "Like",
            summary: "Likes a post, a clip or a comment; a second time changes nothing.",
            fields: vec![target()],
            example: r#"{"target":"post-01930000-0000-7000-8000-00000000000a"}"#,
        },
        CommandHelp {
            name: "Unlike",
            summary: "Takes a like back; without a like it changes nothing.",
            fields: vec![target()],
            example: r#"{"target":"post-01930000-0000-7000-8000-00000000000a"}"#,
        },
    ]
}

fn clips(limits: &Limits) -> Vec<CommandHelp> {
    let title = || text("title", limits.clip_title);
    let description = || FieldHelp {
        limits: format!("up to {} characters, may be empty", limits.clip_description),
        ..text("description", limits.clip_description)
    };
    let duration = FieldHelp {
        name: "duration_s",
        kind: "whole number of seconds",
        default: None,
        limits: format!("1 to {}", limits.clip_duration_s),
    };
    let renditions = FieldHelp {
        name: "renditions",
        kind: "list of texts",
        default: None,
        limits: format!(
            "up to {}, each of 1 to {} characters, such as \"720p\"",
            limits.clip_renditions, limits.clip_rendition
        ),
    };
    let visibility = FieldHelp {
        name: "visibility",
        kind: "text",
        default: None,
        limits: "\"public\", \"unlisted\" or \"private\"".into(),
    };
    vec![
        CommandHelp {
            name: "StageClip",
            summary: "Announces a clip whose video is being transcoded.",
            fields: vec![new_id("clip"), title(), FieldHelp { default: Some("empty"), ..description() }],
            example: r#"{"title":"Sunrise","description":"From the roof"}"#,
        },
        CommandHelp {
            name: "PublishClip",
            summary: "Tells that the video of a staged clip is there; for its author and moderators; a second time changes nothing.",
            fields: vec![id("clip"), text("media_key", limits.clip_media_key), duration, renditions],
            example: r#"{"clip":"01930000-0000-7000-8000-00000000000c","media_key":"media/sunrise","duration_s":12,"renditions":["480p","720p"]}"#,
        },
        CommandHelp {
            name: "FailClip",
            summary: "Tells that the video of a staged clip could not be made; for its author and moderators; a second time changes nothing.",
            fields: vec![id("clip"), text("reason", limits.clip_fail_reason)],
            example: r#"{"clip":"01930000-0000-7000-8000-00000000000c","reason":"no video track"}"#,
        },
        CommandHelp {
            name: "EditClip",
            summary: "Changes title and description of a clip; for its author.",
            fields: vec![id("clip"), title(), description()],
            example: r#"{"clip":"01930000-0000-7000-8000-00000000000c","title":"Sunrise","description":"From the tower"}"#,
        },
        CommandHelp {
            name: "SetClipVisibility",
            summary: "Changes who may see a clip; for its author.",
            fields: vec![id("clip"), visibility],
            example: r#"{"clip":"01930000-0000-7000-8000-00000000000c","visibility":"unlisted"}"#,
        },
        CommandHelp {
            name: "DeleteClip",
            summary: "Deletes a clip for good; for its author and moderators.",
            fields: vec![id("clip")],
            example: r#"{"clip":"01930000-0000-7000-8000-00000000000c"}"#,
        },
    ]
}

fn views(limits: &Limits) -> Vec<CommandHelp> {
    let time = |name, limits| FieldHelp { name, kind: "time (RFC 3339)", default: None, limits };
    let least = format!("at least {} ms after started_at", limits.view_millis);
    vec![
        CommandHelp {
            name: "RecordView",
            summary: "Tells that the actor watched a clip.",
            fields: vec![id("clip"), time("started_at", String::new()), time("ended_at", least)],
            example: r#"{"clip":"01930000-0000-7000-8000-00000000000c","started_at":"2026-01-01T00:00:00.000Z","ended_at":"2026-01-01T00:00:12.000Z"}"#,
        },
        CommandHelp {
            name: "ShareClip",
            summary: "Tells that the actor shared a clip with others; counts each time.",
            fields: vec![id("clip")],
            example: r#"{"clip":"01930000-0000-7000-8000-00000000000c"}"#,
        },
    ]
}

fn follows() -> Vec<CommandHelp> {
    vec![
        CommandHelp {
            name: "Follow",
            summary: "Follows a user; a second time changes nothing.",
            fields: vec![FieldHelp { limits: "not the actor".into(), ..id("user") }],
            example: r#"{"user":"01930000-0000-7000-8000-00000000000e"}"#,
        },
        CommandHelp {
            name: "Unfollow",
            summary: "Follows a user no more; without a follow it changes nothing.",
            fields: vec![id("user")],
            example: r#"{"user":"01930000-0000-7000-8000-00000000000e"}"#,
        },
    ]
}

fn id(name: &'static str) -> FieldHelp {
    FieldHelp { name, kind: "UUID", default: None, limits: String::new() }
}

fn new_id(name: &'static str) -> FieldHelp {
    FieldHelp { default: Some("the command's id"), limits: "not in use yet".into(), ..id(name) }
}

fn text(name: &'static str, max: usize) -> FieldHelp {
    FieldHelp { name, kind: "text", default: None, limits: format!("1 to {max} characters") }
}

fn target(form: &'static str) -> FieldHelp {
    FieldHelp { name: "target", kind: "text", default: None, limits: form.into() }
}
