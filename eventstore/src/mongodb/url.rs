//! The URL of a log on MongoDB, which never shows its secrets.

use std::fmt;
use std::str::FromStr;

use mongodb::options::ConnectionString;

use super::ConnectError;

/// Where a log on MongoDB is: `mongodb://…` or `mongodb+srv://…` with the database as its path (`tidings` where it
/// has none). Shown and debugged, it is without user, password and options.
///
/// ```
/// use tidings_eventstore::MongoUrl;
/// let url: MongoUrl = "mongodb://ada:secret@one:27017,two:27017/shop?replicaSet=rs0".parse()?;
/// assert_eq!(url.to_string(), "mongodb://one:27017,two:27017/shop");
/// # Ok::<(), tidings_eventstore::ConnectError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MongoUrl {
    url: String,
    shown: String,
    database: String,
}

/// The database of a URL that names none.
const DATABASE: &str = "tidings";

const SCHEMES: [&str; 2] = ["mongodb://", "mongodb+srv://"];

impl MongoUrl {
    /// The database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// All of it, for the driver only.
    pub(crate) fn secret(&self) -> &str {
        &self.url
    }
}

impl FromStr for MongoUrl {
    type Err = ConnectError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let wrong = |cause: &str| ConnectError::Url { cause: cause.into() };
        let scheme = SCHEMES.into_iter().find(|scheme| url.starts_with(scheme));
        let scheme = scheme.ok_or_else(|| wrong("it begins with neither mongodb:// nor mongodb+srv://"))?;
        let rest = &url[scheme.len()..];
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        // Were this let through, a part of a password could be taken for a host, and be shown.
        if path.contains('@') || authority.matches('@').count() > 1 {
            return Err(wrong(
                "of `@ / ? : %` in a user, password or option, each must be written as %40 %2F %3F %3A %25",
            ));
        }
        let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
        if hosts.is_empty() {
            return Err(wrong("it names no host"));
        }
        let (path, options) = path.split_once('?').unwrap_or((path, ""));
        let database = match path.trim_start_matches('/') {
            "" => DATABASE,
            named => named,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !database.chars().all(plain) || database.len() > 63 {
            return Err(wrong(
                "its path, the database, is of other than 1 to 63 letters, digits, `_` and `-`",
            ));
        }
        if ["admin", "local", "config"].contains(&database) {
            return Err(wrong("its path names a database of MongoDB itself; name one for the log"));
        }
        if let Err(cause) = understood(url, hosts, options) {
            return Err(ConnectError::Url { cause });
        }
        let shown = format!("{scheme}{hosts}/{database}");
        Ok(Self { url: url.into(), shown, database: database.into() })
    }
}

/// Whether the driver understands a URL. What it says itself of one that it does not may quote it.
fn understood(url: &str, hosts: &str, options: &str) -> Result<(), String> {
    let options = || options.split('&').filter(|option| !option.is_empty());
    if options().any(|option| !option.contains('=')) {
        return Err("an option is written OPTION=VALUE".into());
    }
    let direct = |option: &str| option.eq_ignore_ascii_case("directConnection=true");
    if hosts.contains(',') && options().any(direct) {
        return Err("its options contradict its hosts: directConnection=true is for one host".into());
    }
    if ConnectionString::parse(url).is_ok() {
        return Ok(());
    }
    let wrong = |option: &&str| ConnectionString::parse(format!("mongodb://host/?{option}")).is_err();
    Err(match options().find(wrong).and_then(|option| option.split_once('=')) {
        Some((name, _)) => format!("`{name}` is no option of the driver, or has another kind of value"),
        None => {
            "the driver does not understand it; write mongodb://USER:PASSWORD@HOST:PORT/DATABASE, several \
                 HOST:PORT with commas, or mongodb+srv://USER:PASSWORD@HOST/DATABASE"
                .into()
        }
    })
}

impl fmt::Display for MongoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for MongoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MongoUrl").field(&self.shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_database_are_shown_and_nothing_else() {
        for (url, shown) in [
            ("mongodb://localhost", "mongodb://localhost/tidings"),
            ("mongodb://localhost:1/?directConnection=true", "mongodb://localhost:1/tidings"),
            ("mongodb://[::1]:27017?tls=true", "mongodb://[::1]:27017/tidings"),
            ("mongodb+srv://u:secret@x.example.org/log-1", "mongodb+srv://x.example.org/log-1"),
            ("mongodb://secret@a,b:2/log?authSource=secret", "mongodb://a,b:2/log"),
            ("mongodb://u:secret%40%2F@a/log", "mongodb://a/log"),
        ] {
            let parsed: MongoUrl = url.parse().unwrap();
            assert_eq!(parsed.to_string(), shown);
            assert!(!format!("{parsed:?}").contains("secret"), "{parsed:?}");
        }
    }

    #[test]
    fn a_wrong_url_is_refused_without_being_shown() {
        for url in [
            "mongo://secret@a/log",
            "mongodb://",
            "mongodb://u:secret@/log",
            "mongodb://u:secret@secret@a/log",
            "mongodb://u:secret/secret@a/log",
            "mongodb://u:secret?secret@a/log",
            "mongodb://a/secret secret",
            "mongodb://a/secret.secret",
            "mongodb://u:secret@a/admin",
        ] {
            let error = url.parse::<MongoUrl>().unwrap_err();
            assert!(!error.may_pass());
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
}
