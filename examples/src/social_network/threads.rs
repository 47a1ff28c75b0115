//! Finds the post at the root of every comment's thread.

use std::collections::{BTreeMap, BTreeSet};

use super::folder::Skipped;
use super::network::{Network, ReplyOf};

/// Sets the root of every comment; one whose thread leads to no post is left out and told.
pub(crate) fn find_roots(network: &mut Network, skipped: &mut Vec<Skipped>) {
    let mut roots: BTreeMap<u64, Result<u64, String>> = BTreeMap::new();
    for &first in network.comments.keys() {
        let (mut path, mut passed, mut at) = (Vec::new(), BTreeSet::new(), first);
        // Up the thread until something is known; what was passed on the way has the same root.
        let root = loop {
            if let Some(known) = roots.get(&at) {
                let lost = |_| format!("replyOfComment: comment {at} was left out");
                break if path.is_empty() { known.clone() } else { known.clone().map_err(lost) };
            }
            let Some(comment) = network.comments.get(&at) else {
                break Err(format!("replyOfComment: there is no comment {at}"));
            };
            path.push(at);
            passed.insert(at);
            match comment.reply_of {
                ReplyOf::Post(post) if network.posts.contains_key(&post) => break Ok(post),
                ReplyOf::Post(post) => break Err(format!("replyOfPost: there is no post {post}")),
                ReplyOf::Comment(parent) if passed.contains(&parent) => {
                    break Err("replyOfComment: the thread goes round in a circle".into());
                }
                ReplyOf::Comment(parent) => at = parent,
            }
        };
        // The last of the path says what is wrong; those before it only answer what was left out.
        let mut above: Option<u64> = None;
        for id in path.into_iter().rev() {
            let told = match (&root, above) {
                (Err(_), Some(above)) => Err(format!("replyOfComment: comment {above} was left out")),
                (root, _) => root.clone(),
            };
            roots.insert(id, told);
            above = Some(id);
        }
    }
    for (id, root) in roots {
        match (root, network.comments.get_mut(&id)) {
            (Ok(root), Some(comment)) => comment.root = root,
            (Err(why), Some(comment)) => {
                skipped.push(Skipped { place: comment.place, why });
                network.comments.remove(&id);
            }
            (_, None) => {}
        }
    }
}
