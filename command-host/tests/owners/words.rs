//! What a host says of an owner that is gone.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use tidings_command_host::SharingOptions;
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;

use crate::stage::{Stage, shared_among, until};

/// All that the hosts of this process say.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Said {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Said {
    /// Listens from now on.
    fn listen() -> Self {
        static SAID: OnceLock<Said> = OnceLock::new();
        let said = SAID.get_or_init(|| {
            let said = Self::default();
            let subscriber = tracing_subscriber::fmt().with_writer(said.clone()).with_ansi(false).finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            said
        });
        said.clone()
    }

    /// The lines that name all of these.
    fn with(&self, words: &[&str]) -> Vec<String> {
        let all = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let fits = |line: &&str| words.iter().all(|words| line.contains(words));
        all.lines().filter(fits).map(str::to_owned).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_an_owner_is_gone_is_one_line_whatever_number_of_connections_led_to_it() {
    let (said, stage) = (Said::listen(), Stage::default());
    let one = stage.host().await;
    let two = stage.host().await;
    shared_among(&[&one, &two]).await;
    let (two_at, address) = (two.address, two.address.to_string());
    two.kill();
    until(|| async { !said.with(&["cannot be passed on", &address]).is_empty() }).await;
    // Each connection is tried again, and fails in another way.
    let elsewhere = TcpListener::bind(two_at).await.unwrap();
    for _ in 0..3 * SharingOptions::default().links {
        drop(elsewhere.accept().await.unwrap());
    }
    let lines = said.with(&["cannot be passed on", &address]);
    assert_eq!(lines.len(), 1, "{lines:#?}");
}
