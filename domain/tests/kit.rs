mod lamp;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidings_domain::post::{Command, Event, Post};
use tidings_domain::testing::sample::{post, post_created, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{StreamId, Subject};

use lamp::Lamp;

/// The hook is one for the whole process.
static HOOK: Mutex<()> = Mutex::new(());

fn exclusive() -> MutexGuard<'static, ()> {
    HOOK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The message with which `test` fails, and the file and line that it blames.
fn failure(test: impl FnOnce()) -> (String, String, u32) {
    let _alone = exclusive();
    let place = Arc::new(Mutex::new((String::new(), 0)));
    let before = std::panic::take_hook();
    let seen = Arc::clone(&place);
    let me = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if let (Some(at), true) = (info.location(), std::thread::current().id() == me) {
            *seen.lock().unwrap() = (at.file().into(), at.line());
        }
    }));
    let outcome = catch_unwind(AssertUnwindSafe(test));
    std::panic::set_hook(before);
    let message = *outcome.expect_err("the test should fail").downcast::<String>().unwrap();
    let (file, line) = place.lock().unwrap().clone();
    (message, file, line)
}

fn edit(text: &str) -> Outcome<Post> {
    given::<Post>([post_created(1, user(1))]).when(Command::EditPost { post: post(1), text: text.into() })
}

fn edited(text: &str) -> Event {
    Event::PostEdited { post: post(1), text: text.into() }
}

#[test]
fn a_failure_blames_the_line_of_the_test() {
    let expected_line = line!() + 1;
    let (_, file, line) = failure(|| _ = edit("a").then([edited("b")]));
    assert!(file.ends_with("kit.rs"), "{file}");
    assert_eq!(line, expected_line);

    let expected_line = line!() + 1;
    let (_, _, line) = failure(|| _ = edit("a").then_rejected("text_blank"));
    assert_eq!(line, expected_line);

    let expected_line = line!() + 1;
    let (_, _, line) = failure(|| _ = edit("a").then_nothing());
    assert_eq!(line, expected_line);
}

#[test]
fn a_failure_shows_expected_and_got_line_by_line() {
    let (message, ..) = failure(|| _ = edit("a").then([edited("b")]));
    let created =
        format!("PostCreated {{ post: PostId({}), author: UserId({}), text: \"hello\" }}", post(1), user(1));
    let id = format!("post: PostId({})", post(1));
    assert_eq!(
        message,
        format!(
            "the aggregate decided otherwise\n\
             given:\n    {created}\n\
             when:\n    EditPost {{ {id}, text: \"a\" }}\n\
             expected:\n  > PostEdited {{ {id}, text: \"b\" }}\n\
             got:\n  > PostEdited {{ {id}, text: \"a\" }}\n"
        )
    );
}

#[test]
fn lines_that_agree_are_not_marked() {
    let (message, ..) = failure(|| _ = edit("a").then([edited("a"), edited("b")]));
    assert!(
        message.contains("expected:\n    PostEdited") && message.contains("\n  > PostEdited"),
        "{message}"
    );
}

#[test]
fn a_rejection_is_shown_with_its_code_class_and_message() {
    let (message, ..) = failure(|| _ = edit(" ").then([edited("b")]));
    assert!(
        message.ends_with(
            "got:\n  > rejected: text_blank (Invalid): the text is blank; write 1 to 2200 characters\n"
        ),
        "{message}"
    );
    let (message, ..) = failure(|| _ = edit("hello").then_rejected("text_blank"));
    assert!(message.ends_with("expected:\n  > rejected: text_blank\ngot:\n    (nothing)\n"), "{message}");
}

#[test]
fn facts_that_were_not_asked_for_do_not_reach_the_decision() {
    let shade: StreamId = "post-of-the-shade".parse().unwrap();
    let known = || given::<Lamp>([]).knowing(shade.clone(), Subject::by(user(1)));
    known().when(lamp::Command::TurnOn { asks: true }).then([lamp::Event::TurnedOn {}]);
    known().when(lamp::Command::TurnOn { asks: false }).then_rejected("no_shade");
}

#[test]
fn samples_are_the_same_every_time() {
    assert_eq!(user(1).to_string(), "019b76da-a801-7100-8000-000000000001");
    assert!(user(1) < user(2) && user(255) < user(256));
    assert_ne!(user(1).0, post(1).0);
}
