//! Commands of one connection on one stream happen in the order sent, whoever owns the stream when.

use tidings_domain::{PostId, post};

use crate::stage::{Setting, Stage, create, edit, patient, post_in, shared_among};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_on_one_stream_keep_their_order_while_owners_come_and_go() {
    let stage = Stage::default();
    let (one, two) = (stage.host().await, stage.host().await);
    shared_among(&[&one, &two]).await;
    let posts: Vec<_> = (0..8).map(post_in).collect();
    for post in &posts {
        assert_eq!(one.call(&create(*post)).await["ok"], true);
    }
    const EDITS: usize = 400;
    let client = one.client().await;
    let (mut sender, mut receiver) = client.split();
    let sending = async {
        for number in 0..EDITS {
            for post in &posts {
                sender.send(&edit(*post, &format!("edit {number:04}")).to_string()).await.unwrap();
            }
        }
        sender.flush().await.unwrap();
    };
    let receiving = async {
        for _ in 0..EDITS * posts.len() {
            let reply = receiver.next_reply().await.unwrap().unwrap();
            assert!(reply.contains(r#""ok":true"#), "{reply}");
        }
    };
    let changing = async {
        let three = stage.host().await;
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        two.kill();
        let options = patient();
        let four = stage.host_with(Setting { options, ..Setting::default() }).await;
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        three.stop().await;
        four
    };
    let ((), (), four) = tokio::join!(sending, receiving, changing);
    for post in posts {
        let stream = post::stream(PostId(post));
        let mut texts = Vec::new();
        let read = one.store.fold_stream(&stream, 2, |commit| -> Result<(), tidings_eventstore::ReadError> {
            texts.extend(commit.events.iter().map(|event| event.data.clone()));
            Ok(())
        });
        read.await.unwrap();
        assert_eq!(texts.len(), EDITS);
        assert!(texts.is_sorted(), "{texts:?}");
    }
    shared_among(&[&one, &four]).await;
}
