use tidings_domain::Class::{self, Forbidden, Gone, Invalid, NotFound, Rejected};
use tidings_domain::SocialCommand;

/// Clients tell refusals apart by these: a code never changes its meaning, and none is taken away.
const CODES: [(&str, Class); 30] = [
    ("already_exists", Rejected),
    ("already_failed", Rejected),
    ("already_published", Rejected),
    ("clip_deleted", Gone),
    ("clip_not_found", NotFound),
    ("comment_not_found", NotFound),
    ("comment_removed", Gone),
    ("duration_out_of_range", Invalid),
    ("follows_oneself", Invalid),
    ("may_not_remove", Forbidden),
    ("not_author", Forbidden),
    ("not_author_or_moderator", Forbidden),
    ("not_moderator", Forbidden),
    ("parent_elsewhere", Rejected),
    ("parent_not_found", NotFound),
    ("parent_removed", Gone),
    ("post_deleted", Gone),
    ("post_not_found", NotFound),
    ("target_deleted", Gone),
    ("target_hidden", Rejected),
    ("target_is_comment", Invalid),
    ("target_not_found", NotFound),
    ("target_private", Rejected),
    ("target_unpublished", Rejected),
    ("text_blank", Invalid),
    ("text_control_character", Invalid),
    ("text_too_long", Invalid),
    ("too_many_renditions", Invalid),
    ("view_ends_before_start", Invalid),
    ("view_too_short", Invalid),
];

#[test]
fn the_codes_and_classes_are_these() {
    assert_eq!(SocialCommand::rejection_codes(), CODES);
}

#[test]
fn one_code_has_one_class_wherever_it_is_used() {
    let codes = SocialCommand::rejection_codes();
    assert!(codes.is_sorted_by(|(one, _), (next, _)| one < next), "{codes:?}");
}
