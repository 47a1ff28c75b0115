//! The numbers in the rules.

/// The configurable limits of the social aggregates. Lengths are in Unicode scalars, after NFC and trimming.
///
/// ```
/// use tidings_domain::Limits;
/// let strict = Limits { post_text: 280, ..Limits::default() };
/// assert_eq!((strict.post_text, strict.comment_text), (280, 500));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest text of a post.
    pub post_text: usize,
    /// The longest text of a comment.
    pub comment_text: usize,
    /// The longest title of a clip.
    pub clip_title: usize,
    /// The longest description of a clip.
    pub clip_description: usize,
    /// The longest media key of a clip.
    pub clip_media_key: usize,
    /// The longest clip, in seconds.
    pub clip_duration_s: u32,
    /// The most renditions of a clip.
    pub clip_renditions: usize,
    /// The longest name of a rendition.
    pub clip_rendition: usize,
    /// The longest reason why a clip failed.
    pub clip_fail_reason: usize,
    /// The shortest view that counts, in milliseconds.
    pub view_millis: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            post_text: 2_200,
            comment_text: 500,
            clip_title: 100,
            clip_description: 2_200,
            clip_media_key: 500,
            clip_duration_s: 600,
            clip_renditions: 16,
            clip_rendition: 100,
            clip_fail_reason: 500,
            view_millis: 2_000,
        }
    }
}
