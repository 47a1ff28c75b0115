//! A host that listens before all that it needs is there.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use tidings_wire::{Code, ErrorReply, Limits, Reply, Request, Service};
use tokio::net::TcpListener;

use crate::{StartError, Waits, counted};

/// A service with all that it runs on, open.
pub struct Opened<S> {
    /// Answers the requests.
    pub service: S,
    /// Runs beside it; ends only where the host cannot go on.
    pub beside: Boxed<StartError>,
    /// Runs when it is told to stop, before connections are drained.
    pub leave: Boxed<()>,
    /// Closes what was opened, once the service is gone.
    pub close: Boxed<()>,
}

/// A future of any kind.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// What `help` says.
type Help = fn(Option<&str>) -> String;

/// A service that may not be there yet: each request is then answered `unavailable`, with the part that is waited for.
struct Late<S> {
    service: OnceLock<S>,
    waits: Waits,
    help: Help,
}

impl<S: Service> Service for Late<S> {
    async fn call(&self, request: Request) -> Reply {
        match self.service.get() {
            Some(service) => service.call(request).await,
            None => ErrorReply::new(Code::Unavailable, self.waits.what()).reply(request.id()),
        }
    }

    fn help(&self, topic: Option<&str>) -> String {
        self.service.get().map_or_else(|| (self.help)(topic), |service| service.help(topic))
    }
}

/// Serves from now on until `shutdown`, then drains and closes. Until `open` is done, `ping` and `help` are answered,
/// and every request `unavailable`.
///
/// # Errors
/// What `open`, or what runs beside the service, ends with.
pub async fn serve<S: Service>(
    listener: TcpListener,
    limits: Limits,
    (waits, help): (Waits, Help),
    open: impl Future<Output = Result<Opened<S>, StartError>>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let late = Arc::new(Late { service: OnceLock::new(), waits: waits.clone(), help });
    let (mut leave, mut close, mut failed) = (None, None, None);
    let until = async {
        let going_on = async {
            let opened = match open.await {
                Ok(opened) => opened,
                Err(error) => return error,
            };
            let _ = late.service.set(opened.service);
            (leave, close) = (Some(opened.leave), Some(opened.close));
            waits.begin();
            opened.beside.await
        };
        tokio::select! { biased;
            () = shutdown => {}
            error = going_on => failed = Some(error),
        }
        if let Some(leave) = leave {
            leave.await;
        }
    };
    let drained = tidings_wire::run(listener, late.clone(), limits, until).await;
    drop(late);
    if let Some(close) = close {
        close.await;
    }
    if drained.cut_off_requests > 0 {
        eprintln!("{}", counted(drained.cut_off_requests, "request was cut off", "requests were cut off"));
    }
    failed.map_or(Ok(()), Err)
}
