//! A connection, in the clear or in TLS.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::wire;

/// Where TLS begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tls {
    /// After the greeting, its beginning in packets: TDS 7.
    AfterGreeting,
    /// With the first byte: TDS 8.
    First,
}

/// A server's key, and its certificate, which it has signed itself.
pub(crate) struct Identity {
    /// The certificate, in PEM.
    pub(crate) pem: String,
    config: [Arc<ServerConfig>; 2],
}

impl Identity {
    pub(crate) fn new(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let config = |versions: &[&'static rustls::SupportedProtocolVersion]| {
            let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let builder =
                ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
            let config = builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key);
            let mut config = config.unwrap();
            config.alpn_protocols = vec![b"tds/8.0".to_vec()];
            Arc::new(config)
        };
        // As SQL Server: TLS 1.3 only where TLS comes first.
        Self { pem: made.cert.pem(), config: [config(&[&TLS12]), config(&[&TLS13])] }
    }
}

pub(crate) struct Line {
    stream: TcpStream,
    tls: Option<Box<ServerConnection>>,
}

impl Line {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, tls: None }
    }

    /// Begins with TLS.
    pub(crate) async fn begin_tls(&mut self, tls: Tls, identity: &Identity) -> io::Result<()> {
        let config = identity.config[usize::from(tls == Tls::First)].clone();
        let mut connection = Box::new(ServerConnection::new(config).map_err(io::Error::other)?);
        while connection.is_handshaking() || connection.wants_write() {
            if connection.wants_write() {
                let mut said = Vec::new();
                while connection.wants_write() {
                    connection.write_tls(&mut said)?;
                }
                match tls {
                    Tls::AfterGreeting => wire::send(self, wire::GREETING, &said).await?,
                    Tls::First => self.stream.write_all(&said).await?,
                }
                continue;
            }
            let heard = match tls {
                Tls::AfterGreeting => wire::receive(self).await?.1,
                Tls::First => self.some().await?,
            };
            hear(&mut connection, &heard)?;
        }
        self.tls = Some(connection);
        Ok(())
    }

    /// What comes next, however much it is.
    async fn some(&mut self) -> io::Result<Vec<u8>> {
        let mut heard = vec![0; 4_096];
        let length = self.stream.read(&mut heard).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        heard.truncate(length);
        Ok(heard)
    }

    pub(crate) async fn read_exact(&mut self, mut to: &mut [u8]) -> io::Result<()> {
        while !to.is_empty() {
            let Some(tls) = &mut self.tls else {
                return self.stream.read_exact(to).await.map(drop);
            };
            match tls.reader().read(to) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => to = &mut to[length..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let heard = self.some().await?;
                    hear(self.tls.as_mut().unwrap(), &heard)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(crate) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else { return self.stream.write_all(bytes).await };
        let mut said = Vec::new();
        tls.writer().write_all(bytes)?;
        while tls.wants_write() {
            tls.write_tls(&mut said)?;
        }
        self.stream.write_all(&said).await
    }
}

fn hear(tls: &mut ServerConnection, mut heard: &[u8]) -> io::Result<()> {
    while !heard.is_empty() {
        tls.read_tls(&mut heard)?;
        tls.process_new_packets().map_err(io::Error::other)?;
    }
    Ok(())
}
