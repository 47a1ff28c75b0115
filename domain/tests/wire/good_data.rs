use tidings_domain::testing::sample::{clip, comment, post, time, user, uuid};
use tidings_domain::{
    ClipId, Command, CommentId, PostId, SocialCommand, Visibility, clip as clips, comment as comments,
    follow, like, post as posts, view,
};

use super::parse;

/// One of each command, every field told.
fn every_command() -> Vec<SocialCommand> {
    let (post, comment, clip, target) = (post(1), comment(1), clip(1), post(1).into());
    let (user, other) = (user(1), user(2));
    let text = || "\"Grüße\"\n🌍".to_string();
    vec![
        posts::Command::CreatePost { post, text: text() }.into(),
        posts::Command::EditPost { post, text: text() }.into(),
        posts::Command::DeletePost { post }.into(),
        posts::Command::HidePost { post }.into(),
        posts::Command::UnhidePost { post }.into(),
        comments::Command::AddComment { comment, target, parent: Some(comment), text: text() }.into(),
        comments::Command::EditComment { comment, text: text() }.into(),
        comments::Command::RemoveComment { comment }.into(),
        like::Command::Like { user, target }.into(),
        like::Command::Unlike { user, target }.into(),
        clips::Command::StageClip { clip, title: text(), description: text() }.into(),
        clips::Command::PublishClip {
            clip,
            media_key: text(),
            duration_s: 12,
            renditions: vec![text(), text()],
        }
        .into(),
        clips::Command::FailClip { clip, reason: text() }.into(),
        clips::Command::EditClip { clip, title: text(), description: text() }.into(),
        clips::Command::SetClipVisibility { clip, visibility: Visibility::Unlisted }.into(),
        clips::Command::DeleteClip { clip }.into(),
        view::Command::RecordView { viewer: user, clip, started_at: time(0), ended_at: time(5) }.into(),
        view::Command::ShareClip { user, clip }.into(),
        follow::Command::Follow { follower: user, user: other }.into(),
        follow::Command::Unfollow { follower: user, user: other }.into(),
    ]
}

#[test]
fn every_command_survives_json() {
    let commands = every_command();
    for command in &commands {
        assert_eq!(parse(command.name(), &command.to_json()).as_ref(), Ok(command));
    }
    let names: Vec<_> = commands.iter().map(Command::name).collect();
    let known: Vec<_> = SocialCommand::shapes().map(|shape| shape.name).collect();
    assert_eq!(names, known, "the list above has every command");
}

#[test]
fn a_new_aggregate_takes_the_commands_id_where_its_own_is_left_out() {
    let id = uuid(5);
    assert_eq!(
        parse("CreatePost", r#"{"text":"x"}"#),
        Ok(posts::Command::CreatePost { post: PostId(id), text: "x".into() }.into())
    );
    assert_eq!(
        parse("StageClip", r#"{"title":"x"}"#),
        Ok(clips::Command::StageClip { clip: ClipId(id), title: "x".into(), description: String::new() }
            .into())
    );
    assert_eq!(
        parse("AddComment", &format!(r#"{{"target":"post-{}","text":"x"}}"#, post(1))),
        Ok(comments::Command::AddComment {
            comment: CommentId(id),
            target: post(1).into(),
            parent: None,
            text: "x".into()
        }
        .into())
    );
}

#[test]
fn the_actor_names_whose_like_view_or_follow_it_is() {
    let parsed = parse("Follow", &format!(r#"{{"user":"{}"}}"#, user(2)));
    assert_eq!(parsed, Ok(follow::Command::Follow { follower: user(1), user: user(2) }.into()));
    let parsed = parse("ShareClip", &format!(r#"{{"clip":"{}"}}"#, clip(1)));
    assert_eq!(parsed, Ok(view::Command::ShareClip { user: user(1), clip: clip(1) }.into()));
}

#[test]
fn the_actor_is_left_out_of_the_json() {
    let command = follow::Command::Follow { follower: user(1), user: user(2) };
    assert_eq!(SocialCommand::from(command).to_json(), format!(r#"{{"user":"{}"}}"#, user(2)));
}

#[test]
fn blanks_and_the_order_of_fields_do_not_matter() {
    let parsed = parse("EditPost", &format!(" {{ \"text\" : \"x\" ,\n \"post\" : \"{}\" }} ", post(1)));
    assert_eq!(parsed, Ok(posts::Command::EditPost { post: post(1), text: "x".into() }.into()));
}

#[test]
fn only_creations_likes_and_follows_open_a_stream() {
    let opening: Vec<_> = every_command().iter().filter(|c| c.opens()).map(Command::name).collect();
    assert_eq!(opening, ["CreatePost", "AddComment", "Like", "StageClip", "Follow"]);
}
