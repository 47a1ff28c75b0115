//! A whole social network, read from LDBC's files and told to Tidings as one history.
//!
//! | a row of | becomes |
//! |---|---|
//! | `post.csv` with `content` | `CreatePost` |
//! | `post.csv` with `imageFile` | `StageClip`, then `PublishClip`: title and media key are the file's name, 10 s, one rendition `original` |
//! | `comment.csv` | `AddComment` on the post or clip at the root of its thread, with `parent` where it answers a comment |
//! | `person_likes_post.csv`, `person_likes_comment.csv` | `Like` |
//! | `person_knows_person.csv` | `Follow`, both ways |
//!
//! Every id is a UUID version 5 of a kind and a number ([`ids`]), also every command's, so a second run tells
//! the same things under the same names and changes nothing. `occurred_at` is `creationDate`; all commands
//! of one thread share a correlation id, and so do the two of a friendship.
//!
//! The way through the files: [`folder`] reads rows, [`network`] makes sense of them, [`plan`] turns them into
//! commands in order of time, [`window`] says which may go next, [`import`] sends them through [`client`].
//! [`census`] counts the same rows without any of that, and [`checks`] holds the answers against it.

pub mod census;
pub mod checks;
pub mod client;
mod fields;
pub mod folder;
pub mod ids;
pub mod import;
pub mod network;
mod order;
pub mod plan;
pub mod queries;
pub mod report;
pub mod shapes;
mod threads;
pub mod window;
