//! The whole suite, by tiberius over a socket, with the double behind it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tidings_ledger::conformance::Adapter;
use tidings_ledger::{Ledger, MssqlLedger};
use tidings_world::System;
use tokio::sync::OnceCell;

use crate::double::Double;

#[derive(Default)]
struct Doubled {
    server: OnceCell<Double>,
    open: Mutex<Vec<MssqlLedger>>,
}

#[async_trait]
impl Adapter for Doubled {
    async fn open(&self) -> Arc<dyn Ledger> {
        let server = self.server.get_or_init(Double::start).await;
        let url = server.url().parse().unwrap();
        let ledger = MssqlLedger::create_or_open(&url, Arc::new(System::new())).await.unwrap();
        self.open.lock().unwrap().push(ledger.clone());
        Arc::new(ledger)
    }

    async fn end(&self) {
        let open: Vec<_> = self.open.lock().unwrap().drain(..).collect();
        for ledger in open {
            ledger.close().await;
        }
    }
}

tidings_ledger::conformance!(Doubled::default(), lasting);

async fn twice() -> (MssqlLedger, MssqlLedger, Double) {
    let server = Double::start().await;
    let open = async || {
        MssqlLedger::create_or_open(&server.url().parse().unwrap(), Arc::new(System::new())).await.unwrap()
    };
    (open().await, open().await, server)
}

tidings_ledger::progress_conformance!(twice().await);
