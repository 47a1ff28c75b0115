use tidings_domain::testing::sample::{clip, comment, post, user};
use tidings_domain::{Target, clip as clips, comment as comments, follow, like, post as posts, view};

#[test]
fn a_stream_is_named_after_its_kind_and_its_ids() {
    let (one, two) = (user(1), user(2));
    for (stream, name) in [
        (posts::stream(post(1)), format!("post-{}", post(1))),
        (comments::stream(comment(1)), format!("comment-{}", comment(1))),
        (clips::stream(clip(1)), format!("clip-{}", clip(1))),
        (like::stream(one, post(1).into()), format!("like-{one}-post-{}", post(1))),
        (like::stream(one, comment(1).into()), format!("like-{one}-comment-{}", comment(1))),
        (view::stream(one, clip(1)), format!("view-{one}-{}", clip(1))),
        (follow::stream(one, two), format!("follow-{one}-{two}")),
    ] {
        assert_eq!(stream.as_str(), name);
        assert_eq!(name.parse().as_ref(), Ok(&stream));
    }
}

#[test]
fn the_stream_of_a_reply_can_be_pasted_as_a_target() {
    for target in [Target::from(post(1)), clip(1).into(), comment(1).into()] {
        assert_eq!(target.stream().as_str().parse(), Ok(target));
        let json = serde_json::to_string(&target).unwrap();
        assert_eq!(json, format!("\"{}\"", target.stream()));
        assert_eq!(serde_json::from_str::<Target>(&json).unwrap(), target);
    }
}

#[test]
fn what_is_no_target_is_refused_with_the_form_expected() {
    for text in ["", "post", "post-", "post-1", "like-01930000-0000-7000-8000-00000000000a", "Post-x"] {
        let error = text.parse::<Target>().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("`{text}` is no target of the form post-<uuid>, clip-<uuid> or comment-<uuid>")
        );
    }
}
