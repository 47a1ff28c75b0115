//! The rows as people, posts, comments, likes and friendships, with every reference known to lead somewhere.

use std::collections::BTreeMap;
use std::path::Path;

use tidings_domain::{Limits, Timestamp, text};

use super::fields::{fit, number, time};
use super::folder::{self, FolderError, Place, Row, Skipped};
use super::{shapes, threads};

/// All that the files tell, in the order of the files.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// People's names by number.
    pub people: BTreeMap<u64, String>,
    /// Posts by number.
    pub posts: BTreeMap<u64, Post>,
    /// Comments by number.
    pub comments: BTreeMap<u64, Comment>,
    /// Likes.
    pub likes: Vec<Like>,
    /// Friendships.
    pub friendships: Vec<Friendship>,
}

/// A text post, or an image post.
#[derive(Clone, Debug)]
pub struct Post {
    /// Its row.
    pub place: Place,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub creator: u64,
    /// What it says; of an image post what is said of the image, perhaps nothing.
    pub content: String,
    /// The image's file of an image post.
    pub image: Option<String>,
}

/// A comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Its row.
    pub place: Place,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub creator: u64,
    /// What it says.
    pub content: String,
    /// What it answers.
    pub reply_of: ReplyOf,
    /// The post at the root of its thread.
    pub root: u64,
}

/// What a comment answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplyOf {
    /// A post.
    Post(u64),
    /// A comment.
    Comment(u64),
}

/// A person likes a post or a comment.
#[derive(Clone, Copy, Debug)]
pub struct Like {
    /// Its row.
    pub place: Place,
    /// Since when.
    pub at: Timestamp,
    /// The person.
    pub person: u64,
    /// What is liked.
    pub of: ReplyOf,
}

/// Two people know each other.
#[derive(Clone, Copy, Debug)]
pub struct Friendship {
    /// Its row.
    pub place: Place,
    /// Since when.
    pub at: Timestamp,
    /// The two.
    pub people: (u64, u64),
}

/// Reads a folder. Rows that make no sense, or that refer to such, are left out and told.
///
/// # Errors
/// When a file is missing or of another shape.
pub fn read(folder: &Path) -> Result<(Network, Vec<Skipped>), FolderError> {
    let (mut network, mut skipped) = (Network::default(), Vec::new());
    let files = [
        (shapes::PERSON, Network::person as fn(&mut Network, &Row) -> Result<(), String>),
        (shapes::POST, Network::post),
        (shapes::COMMENT, Network::comment),
        (shapes::LIKES_POST, Network::like_of_post),
        (shapes::LIKES_COMMENT, Network::like_of_comment),
        (shapes::KNOWS, Network::friendship),
    ];
    for (shape, take) in files {
        for row in folder::read(folder, shape, &mut skipped)? {
            if let Err(why) = take(&mut network, &row) {
                skipped.push(Skipped { place: row.place, why });
            }
        }
        if shape.file == shapes::COMMENT.file {
            threads::find_roots(&mut network, &mut skipped);
        }
    }
    network.drop_repeats(&mut skipped);
    skipped.sort_by_key(|skipped| skipped.place);
    Ok((network, skipped))
}

impl Network {
    fn person(&mut self, row: &Row) -> Result<(), String> {
        let id = number(row.field(0), "id")?;
        if self.people.contains_key(&id) {
            return Err(format!("person {id} was there before"));
        }
        time(row.field(5))?;
        self.people.insert(id, format!("{} {}", row.field(1), row.field(2)));
        Ok(())
    }

    fn post(&mut self, row: &Row) -> Result<(), String> {
        let id = number(row.field(0), "id")?;
        let (image, content, limits) = (row.field(1), row.field(6).to_owned(), Limits::default());
        let image = (!image.is_empty()).then(|| image.to_owned());
        match &image {
            None => drop(fit("content", &content, limits.post_text)?),
            Some(image) => {
                fit("imageFile", image, limits.clip_title.min(limits.clip_media_key))?;
                text::clean_or_blank("content", &content, limits.clip_description)
                    .map_err(|e| e.to_string())?;
            }
        }
        let (at, creator) = (time(row.field(2))?, self.known_person(row.field(8), "creator")?);
        if let Some(before) = self.posts.get(&id) {
            return Err(format!("post {id} was there before, in line {}", before.place.line));
        }
        self.posts.insert(id, Post { place: row.place, at, creator, content, image });
        Ok(())
    }

    fn comment(&mut self, row: &Row) -> Result<(), String> {
        let id = number(row.field(0), "id")?;
        let (at, content) =
            (time(row.field(1))?, fit("content", row.field(4), Limits::default().comment_text)?);
        let creator = self.known_person(row.field(6), "creator")?;
        let reply_of = match (row.field(8), row.field(9)) {
            ("", "") => return Err("neither replyOfPost nor replyOfComment is set".into()),
            (post, "") => ReplyOf::Post(number(post, "replyOfPost")?),
            ("", comment) => ReplyOf::Comment(number(comment, "replyOfComment")?),
            _ => return Err("both replyOfPost and replyOfComment are set".into()),
        };
        if let Some(before) = self.comments.get(&id) {
            return Err(format!("comment {id} was there before, in line {}", before.place.line));
        }
        self.comments.insert(id, Comment { place: row.place, at, creator, content, reply_of, root: 0 });
        Ok(())
    }

    fn like_of_post(&mut self, row: &Row) -> Result<(), String> {
        let post = number(row.field(1), "Post.id")?;
        if !self.posts.contains_key(&post) {
            return Err(format!("Post.id: there is no post {post}"));
        }
        self.like(row, ReplyOf::Post(post))
    }

    fn like_of_comment(&mut self, row: &Row) -> Result<(), String> {
        let comment = number(row.field(1), "Comment.id")?;
        if !self.comments.contains_key(&comment) {
            return Err(format!("Comment.id: there is no comment {comment}"));
        }
        self.like(row, ReplyOf::Comment(comment))
    }

    fn like(&mut self, row: &Row, of: ReplyOf) -> Result<(), String> {
        let (person, at) = (self.known_person(row.field(0), "Person.id")?, time(row.field(2))?);
        self.likes.push(Like { place: row.place, at, person, of });
        Ok(())
    }

    fn friendship(&mut self, row: &Row) -> Result<(), String> {
        let one = self.known_person(row.field(0), "Person.id")?;
        let other = self.known_person(row.field(1), "Person.id")?;
        if one == other {
            return Err(format!("person {one} cannot follow oneself"));
        }
        let at = time(row.field(2))?;
        self.friendships.push(Friendship { place: row.place, at, people: (one.min(other), one.max(other)) });
        Ok(())
    }

    fn known_person(&self, text: &str, column: &str) -> Result<u64, String> {
        let id = number(text, column)?;
        if self.people.contains_key(&id) { Ok(id) } else { Err(format!("{column}: there is no person {id}")) }
    }

    /// A like or a friendship told twice is one; the second row is left out.
    fn drop_repeats(&mut self, skipped: &mut Vec<Skipped>) {
        let mut likes = BTreeMap::new();
        self.likes.retain(|like| {
            let first = *likes.entry((like.person, like.of)).or_insert(like.place);
            is_first(first, like.place, "like", skipped)
        });
        let mut friendships = BTreeMap::new();
        self.friendships.retain(|friendship| {
            let first = *friendships.entry(friendship.people).or_insert(friendship.place);
            is_first(first, friendship.place, "friendship", skipped)
        });
    }
}

fn is_first(first: Place, place: Place, what: &str, skipped: &mut Vec<Skipped>) -> bool {
    if first != place {
        skipped.push(Skipped {
            place,
            why: format!("the same {what} was there before, in line {}", first.line),
        });
    }
    first == place
}
