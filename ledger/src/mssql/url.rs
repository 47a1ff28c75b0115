//! Where a SQL Server is, without user and password wherever it is shown.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use tiberius::{AuthMethod, Config, EncryptionLevel};

use super::MssqlError;

/// `mssql://USER:PASSWORD@HOST:PORT/DATABASE`, and after `?`:
///
/// - `encrypt=yes` (as without it), TLS for all that is said; `encrypt=strict`, TLS from the first byte (TDS 8, SQL
///   Server 2022 and Azure); `encrypt=no`, none, also for the password: for a server on the same machine.
/// - `trust=FILE`, a certificate authority's certificate, in PEM or DER, that vouches for the server, beside those
///   that the system trusts; `trust=any`, no look at the server's certificate.
///
/// What in user, password or database is none of `A-Z a-z 0-9 - . _ ~` may be written `%` and two hexadecimal digits.
///
/// ```
/// use tidings_ledger::MssqlUrl;
/// let url: MssqlUrl = "mssql://tidings:s3cr%40t@db.example/social?encrypt=strict".parse()?;
/// assert_eq!(url.to_string(), "mssql://db.example:1433/social");
/// assert!("mssql://tidings:s3cret@db.example".parse::<MssqlUrl>().is_err(), "of which database?");
/// # Ok::<(), tidings_ledger::MssqlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MssqlUrl {
    pub(super) host: String,
    pub(super) port: u16,
    database: String,
    user: String,
    password: String,
    encrypt: Encrypt,
    trust: Trust,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encrypt {
    Yes,
    Strict,
    No,
}

#[derive(Clone, PartialEq, Eq)]
enum Trust {
    System,
    Authority(String),
    Any,
}

/// SQL Server's port.
const PORT: u16 = 1433;

impl FromStr for MssqlUrl {
    type Err = MssqlError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let rest = url
            .strip_prefix("mssql://")
            .ok_or_else(|| wrong("write mssql://USER:PASSWORD@HOST:PORT/DATABASE"))?;
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (login, place) = place
            .rsplit_once('@')
            .ok_or_else(|| wrong("the user is missing: mssql://USER:PASSWORD@HOST:PORT/DATABASE"))?;
        let (user, password) = login
            .split_once(':')
            .ok_or_else(|| wrong("the password is missing: mssql://USER:PASSWORD@HOST:PORT/DATABASE"))?;
        if login.contains(['@', '/']) {
            return Err(wrong("in user and password write @ as %40 and / as %2F"));
        }
        let (server, database) = place.split_once('/').unwrap_or((place, ""));
        if database.is_empty() || database.contains('/') {
            return Err(wrong("name the database: mssql://USER:PASSWORD@HOST:PORT/DATABASE"));
        }
        let (host, port) = host_and_port(server)?;
        let mut url = Self {
            host,
            port,
            database: decoded(database)?,
            user: decoded(user)?,
            password: decoded(password)?,
            encrypt: Encrypt::Yes,
            trust: Trust::System,
        };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            url.set(option)?;
        }
        Ok(url)
    }
}

fn wrong(cause: &str) -> MssqlError {
    MssqlError::Url { cause: cause.into() }
}

fn host_and_port(server: &str) -> Result<(String, u16), MssqlError> {
    // An IPv6 address stands in brackets.
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            (host, port.parse().map_err(|_| wrong("the port is no number from 1 to 65535"))?)
        }
        _ => (server, PORT),
    };
    let (host, is_host) = match host.strip_prefix('[').and_then(|address| address.strip_suffix(']')) {
        Some(address) => (address, address.parse::<Ipv6Addr>().is_ok()),
        None => (host, host.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c))),
    };
    if host.is_empty() || !is_host || port == 0 {
        return Err(wrong("name the host: mssql://USER:PASSWORD@HOST:PORT/DATABASE"));
    }
    Ok((host.into(), port))
}

fn decoded(text: &str) -> Result<String, MssqlError> {
    let fail = || wrong("after % two hexadecimal digits stand for a byte of UTF-8; write % itself as %25");
    let (mut bytes, mut left) = (Vec::with_capacity(text.len()), text.bytes());
    while let Some(byte) = left.next() {
        let mut digit = || left.next().and_then(|digit| char::from(digit).to_digit(16));
        bytes.push(match byte {
            b'%' => {
                let (high, low) = (digit().ok_or_else(fail)?, digit().ok_or_else(fail)?);
                u8::try_from(high * 16 + low).map_err(|_| fail())?
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| fail())
}

impl MssqlUrl {
    fn set(&mut self, option: &str) -> Result<(), MssqlError> {
        match option.split_once('=') {
            Some(("encrypt", "yes")) => self.encrypt = Encrypt::Yes,
            Some(("encrypt", "strict")) => self.encrypt = Encrypt::Strict,
            Some(("encrypt", "no")) => self.encrypt = Encrypt::No,
            Some(("encrypt", _)) => return Err(wrong("encrypt is yes, strict or no")),
            Some(("trust", "any")) => self.trust = Trust::Any,
            Some(("trust", file)) if !file.is_empty() => self.trust = Trust::Authority(decoded(file)?),
            _ => return Err(wrong("known after ? are encrypt=yes, strict or no, and trust=FILE or any")),
        }
        Ok(())
    }

    /// Whether all is said without TLS, if the server takes that.
    pub(super) fn is_in_the_clear(&self) -> bool {
        self.encrypt == Encrypt::No
    }

    /// What the driver is told.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::new();
        config.host(&self.host);
        config.port(self.port);
        config.database(&self.database);
        config.application_name("tidings");
        config.authentication(AuthMethod::sql_server(&self.user, &self.password));
        config.encryption(match self.encrypt {
            Encrypt::Yes => EncryptionLevel::Required,
            Encrypt::Strict => EncryptionLevel::Strict,
            Encrypt::No => EncryptionLevel::NotSupported,
        });
        match &self.trust {
            Trust::System => {}
            Trust::Authority(file) => config.trust_cert_ca(file),
            Trust::Any => config.trust_cert(),
        }
        config
    }
}

impl fmt::Display for MssqlUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mssql://{}:{}/{}", self.host, self.port, self.database)
    }
}

impl fmt::Debug for MssqlUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_how() {
        let url: MssqlUrl =
            "mssql://ann:p%40%3A%25s@[::1]:1434/so%20cial?encrypt=no&trust=%2Fca.pem".parse().unwrap();
        assert_eq!((url.host.as_str(), url.port, url.database.as_str()), ("::1", 1434, "so cial"));
        assert_eq!((url.user.as_str(), url.password.as_str()), ("ann", "p@:%s"));
        assert!(url.encrypt == Encrypt::No && url.trust == Trust::Authority("/ca.pem".into()));
        let plain: MssqlUrl = "mssql://ann:p@h/d".parse().unwrap();
        assert_eq!((plain.port, plain.to_string().as_str()), (1433, "mssql://h:1433/d"));
        assert!(plain.encrypt == Encrypt::Yes && plain.trust == Trust::System);
    }

    #[test]
    fn what_is_wrong_is_told_and_no_secret_is() {
        for (url, told) in [
            ("mysql://u:s3cret@h/d", "write mssql://"),
            ("mssql://h/d", "the user is missing"),
            ("mssql://s3cret@h/d", "the password is missing"),
            ("mssql://u:s3?cret@h/d", "the user is missing"),
            ("mssql://u:s3cret@h", "name the database"),
            ("mssql://u:s3cret@h/", "name the database"),
            ("mssql://u:s3cret@h/d/e", "name the database"),
            ("mssql://u:s3cret@/d", "name the host"),
            ("mssql://u:s3cret@h:0/d", "name the host"),
            ("mssql://u:s3cret@h:s3cret/d", "the port is no number"),
            ("mssql://u:s3@cret@h/d", "write @ as %40"),
            ("mssql://u:s3/cret@h/d", "write @ as %40 and / as %2F"),
            ("mssql://u:s3cret%4@h/d", "write % itself as %25"),
            ("mssql://u:s3cret%zz@h/d", "write % itself as %25"),
            ("mssql://u:s3cret@h/d?encrypt=s3cret", "encrypt is yes, strict or no"),
            ("mssql://u:s3cret@h/d?trust=", "known after ? are"),
            ("mssql://u:s3cret@h/d?password=s3cret", "known after ? are"),
        ] {
            let error = url.parse::<MssqlUrl>().unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("s3"), "{url}: {error}");
        }
        let url: MssqlUrl = "mssql://u:s3cret@h/d?trust=any".parse().unwrap();
        assert!(!format!("{url} {url:?}").contains("s3cret"), "{url:?}");
    }
}
