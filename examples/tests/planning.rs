//! Which commands the rows become, under which names, in which order.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

use std::collections::BTreeSet;
use std::path::Path;

use tidings_domain::{Command, Limits, SocialCommand, Timestamp};
use tidings_examples::social_network::{ids, network, plan};

fn planned(name: &str) -> plan::Plan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    plan::plan(&network::read(&folder).unwrap().0)
}

fn place(plan: &plan::Plan, name: &str, about: &str) -> usize {
    let id = ids::command(name, about);
    plan.commands.iter().position(|command| command.id == id).unwrap()
}

#[test]
fn a_second_plan_is_the_same_as_the_first() {
    assert_eq!(planned("small").commands, planned("small").commands);
}

#[test]
fn rows_that_were_left_out_change_no_other() {
    let ids = |name| -> Vec<_> { planned(name).commands.iter().map(|command| command.id).collect() };
    assert_eq!(ids("small"), ids("malformed"));
}

#[test]
fn no_two_commands_share_an_id_or_a_first_event() {
    let plan = planned("small");
    let ids: BTreeSet<_> = plan.commands.iter().map(|command| command.id).collect();
    assert_eq!(ids.len(), plan.commands.len());
    let opened = plan.commands.iter().filter(|planned| planned.command.opens());
    let streams: BTreeSet<_> = opened.clone().map(|planned| planned.command.stream()).collect();
    assert_eq!(streams.len(), opened.count());
}

#[test]
fn an_image_post_is_staged_then_published() {
    let plan = planned("small");
    let (staged, published) = (place(&plan, "StageClip", "13"), place(&plan, "PublishClip", "13"));
    assert!(published > staged);
    let (stage, publish) = (&plan.commands[staged], &plan.commands[published]);
    assert_eq!((publish.after, publish.causation), (Some(staged), Some(stage.id)));
    assert_eq!(stage.occurred_at, publish.occurred_at);
    let json = stage.command.to_json();
    assert!(json.contains("\"title\":\"photo13.jpg\",\"description\":\"the harbour at noon\""), "{json}");
}

#[test]
fn a_friendship_is_a_follow_both_ways_under_one_correlation() {
    let plan = planned("small");
    let there = &plan.commands[place(&plan, "Follow", "2 4")];
    let back = &plan.commands[place(&plan, "Follow", "4 2")];
    assert_eq!((there.actor, back.actor), (ids::user(2), ids::user(4)));
    assert_eq!(there.correlation, back.correlation);
}

#[test]
fn a_thread_shares_the_correlation_of_its_first_command() {
    let plan = planned("small");
    let first = ids::command("StageClip", "13");
    let of_thread = [("StageClip", "13"), ("PublishClip", "13"), ("AddComment", "23"), ("AddComment", "24")];
    for (name, about) in of_thread {
        assert_eq!(plan.commands[place(&plan, name, about)].correlation, first, "{name} {about}");
    }
    let like = plan.commands.iter().find(|planned| planned.place.to_string() == "person_likes_post.csv:4");
    assert_eq!(like.unwrap().correlation, first);
}

#[test]
fn a_reply_names_its_parent_and_the_root_of_its_thread() {
    let plan = planned("small");
    let reply = &plan.commands[place(&plan, "AddComment", "24")];
    let json = reply.command.to_json();
    assert!(json.contains(&format!("\"target\":\"clip-{}\"", ids::clip(13))), "{json}");
    assert!(json.contains(&format!("\"parent\":\"{}\"", ids::comment(23))), "{json}");
    assert_eq!(reply.after, Some(place(&plan, "AddComment", "23")));
}

#[test]
fn all_is_in_order_of_time_but_for_what_bears_a_time_before_its_parent() {
    let plan = planned("small");
    let slow = place(&plan, "AddComment", "27");
    assert_eq!(plan.early, 1);
    assert_eq!(slow, place(&plan, "AddComment", "22") + 1, "it comes right after what it answers");
    assert_eq!(plan.commands[slow].occurred_at.to_string(), "2024-03-02T01:00:00.000Z", "and keeps its time");
    let others = plan.commands.iter().enumerate().filter(|(index, _)| *index != slow);
    let times: Vec<Timestamp> = others.map(|(_, planned)| planned.occurred_at).collect();
    assert!(times.is_sorted());
    for (index, planned) in plan.commands.iter().enumerate() {
        assert!(planned.after.is_none_or(|above| above < index), "{index}");
    }
}

#[test]
fn what_is_planned_reads_back_from_its_json() {
    for planned in planned("small").commands {
        let (name, json) = (planned.command.name(), planned.command.to_json());
        let read = SocialCommand::parse(name, &json, planned.actor, planned.id);
        assert_eq!(read.as_ref(), Ok(&planned.command), "{name} {json}");
    }
    assert_eq!(Limits::default().clip_duration_s, 600, "the fixed duration is far below");
}
