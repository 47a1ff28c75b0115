//! Counts the rows of the files by themselves, with no part of what reads and sends them: a row counts unless
//! its place is among those that were told as left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use super::folder::Place;
use super::shapes::{COMMENT, KNOWS, LIKES_COMMENT, LIKES_POST, PERSON, POST, Shape};

/// What there must be, by the numbers of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// What each person has made and has.
    pub people: BTreeMap<String, Person>,
    /// Posts, by what is on them.
    pub posts: BTreeMap<String, Reactions>,
    /// Clips, by what is on them.
    pub clips: BTreeMap<String, Reactions>,
    /// Comments, by what is on them: likes, and direct replies.
    pub comments: BTreeMap<String, Reactions>,
    /// Likes of all.
    pub likes: u64,
    /// Follows of all: two a friendship.
    pub follows: u64,
}

/// The counts of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Posts written.
    pub posts: u64,
    /// Clips published.
    pub clips: u64,
    /// Comments written.
    pub comments: u64,
    /// Who follows, as many as are followed.
    pub friends: u64,
}

/// The counts of one post, clip or comment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reactions {
    /// Comments in its thread; of a comment its direct replies.
    pub comments: u64,
    /// Likes.
    pub likes: u64,
}

/// Counts a folder.
///
/// # Errors
/// When a file cannot be read.
pub fn census(folder: &Path, left_out: &BTreeSet<Place>) -> io::Result<Census> {
    let lines = |shape: Shape| lines(folder, shape, left_out);
    let mut census = Census::default();
    for row in lines(PERSON)? {
        census.people.insert(row[0].clone(), Person::default());
    }
    for row in lines(POST)? {
        let person = census.people.entry(row[8].clone()).or_default();
        if row[1].is_empty() {
            person.posts += 1;
            census.posts.insert(row[0].clone(), Reactions::default());
        } else {
            person.clips += 1;
            census.clips.insert(row[0].clone(), Reactions::default());
        }
    }
    let comments = lines(COMMENT)?;
    let parents: BTreeMap<&str, &str> = comments.iter().map(|row| (&*row[0], &*row[9])).collect();
    let posts: BTreeMap<&str, &str> = comments.iter().map(|row| (&*row[0], &*row[8])).collect();
    for row in &comments {
        census.people.entry(row[6].clone()).or_default().comments += 1;
        census.comments.entry(row[0].clone()).or_default();
        if !row[9].is_empty() {
            census.comments.entry(row[9].clone()).or_default().comments += 1;
        }
        let mut top = &*row[0];
        // No thread is longer than there are comments, unless it goes round in a circle.
        for _ in 0..comments.len() {
            match parents.get(top) {
                Some(parent) if !parent.is_empty() => top = parent,
                _ => break,
            }
        }
        census.on(posts.get(top).copied().unwrap_or_default()).comments += 1;
    }
    for row in lines(LIKES_POST)? {
        census.on(&row[1]).likes += 1;
        census.likes += 1;
    }
    for row in lines(LIKES_COMMENT)? {
        census.comments.entry(row[1].clone()).or_default().likes += 1;
        census.likes += 1;
    }
    for row in lines(KNOWS)? {
        for person in &row[..2] {
            census.people.entry(person.clone()).or_default().friends += 1;
            census.follows += 1;
        }
    }
    Ok(census)
}

impl Census {
    /// The reactions to a row of the posts, be it a post or a clip.
    fn on(&mut self, post: &str) -> &mut Reactions {
        match self.clips.contains_key(post) {
            true => self.clips.entry(post.to_owned()).or_default(),
            false => self.posts.entry(post.to_owned()).or_default(),
        }
    }
}

/// The lines after the first as columns, without those left out and the empty ones.
fn lines(folder: &Path, shape: Shape, left_out: &BTreeSet<Place>) -> io::Result<Vec<Vec<String>>> {
    let bytes = fs::read(folder.join(shape.file))?;
    let text = String::from_utf8_lossy(&bytes);
    let numbered = (1..).zip(text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)));
    let counted = numbered.skip(1).filter(|(line, text)| {
        !text.is_empty() && !left_out.contains(&Place { file: shape.file, line: *line })
    });
    let columns = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
    let mut rows: Vec<Vec<String>> = counted.map(|(_, text)| columns(text)).collect();
    // A row that is too short was told as left out; if not, the counts will differ.
    rows.iter_mut().for_each(|row| row.resize(shape.columns.len(), String::new()));
    Ok(rows)
}
