//! Events as they are stored, of any version: read or refused; what is read survives being stored, and a projection
//! either takes it or says why not.

use tidings_domain::testing::sample;
use tidings_domain::{
    Encoded, Event, Fact, Recorded, StreamId, Subject, clip, comment, follow, like, post, view,
};
use tidings_eventstore::private::events;
use tidings_projections::social;

/// The events of a commit as the log has them: a JSON text.
pub(crate) fn run(data: &[u8]) {
    let Ok(json) = std::str::from_utf8(data) else { return };
    let Ok(stored) = events::read(json) else { return };
    let mut written = String::new();
    events::write(&stored, &mut written).expect("what was read can be written");
    assert_eq!(events::read(&written).expect("and read again"), stored);
    for event in &stored {
        lifted::<post::Event>(event);
        lifted::<comment::Event>(event);
        lifted::<like::Event>(event);
        lifted::<clip::Event>(event);
        lifted::<view::Event>(event);
        lifted::<follow::Event>(event);
        let _ = Subject::default().learn(event);
        for kind in ["post", "comment", "like", "clip", "view", "follow"] {
            let stream: StreamId = format!("{kind}-1").parse().expect("a stream");
            let recorded = sample::recorded(&sample::post_created(1, sample::user(1)), stream);
            let _ = social::group().project(&Recorded { event: event.clone(), ..recorded });
        }
    }
}

fn lifted<E: Event>(stored: &Encoded) {
    if let Ok(event) = E::decode(stored) {
        let encoded = event.encode();
        assert_eq!(E::decode(&encoded).as_ref(), Ok(&event), "stored again");
    }
}
