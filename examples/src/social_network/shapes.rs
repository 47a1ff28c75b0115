//! The files and their columns.

/// A file's name and its columns.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The name.
    pub file: &'static str,
    /// The names of the columns, in order.
    pub columns: &'static [&'static str],
}

/// People.
pub const PERSON: Shape = Shape {
    file: "person.csv",
    columns: &[
        "id",
        "firstName",
        "lastName",
        "gender",
        "birthday",
        "creationDate",
        "locationIP",
        "browserUsed",
        "place",
    ],
};
/// Text posts and image posts.
pub const POST: Shape = Shape {
    file: "post.csv",
    columns: &[
        "id",
        "imageFile",
        "creationDate",
        "locationIP",
        "browserUsed",
        "language",
        "content",
        "length",
        "creator",
        "Forum.id",
        "place",
    ],
};
/// Comments, on posts and on comments.
pub const COMMENT: Shape = Shape {
    file: "comment.csv",
    columns: &[
        "id",
        "creationDate",
        "locationIP",
        "browserUsed",
        "content",
        "length",
        "creator",
        "place",
        "replyOfPost",
        "replyOfComment",
    ],
};
/// Likes of posts.
pub const LIKES_POST: Shape =
    Shape { file: "person_likes_post.csv", columns: &["Person.id", "Post.id", "creationDate"] };
/// Likes of comments.
pub const LIKES_COMMENT: Shape =
    Shape { file: "person_likes_comment.csv", columns: &["Person.id", "Comment.id", "creationDate"] };
/// Friendships.
pub const KNOWS: Shape =
    Shape { file: "person_knows_person.csv", columns: &["Person.id", "Person.id", "creationDate"] };
