//! Where a PostgreSQL database is, without its password wherever it is shown.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. Shown without the password.
///
/// ```
/// use tidings_projections::postgres::PostgresUrl;
/// let url: PostgresUrl = "postgres://writer:secret@db.example/social".parse()?;
/// assert_eq!(url.to_string(), "postgres://writer@db.example:5432/social");
/// # Ok::<(), tidings_projections::postgres::PostgresUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    pub(super) config: Box<Config>,
    /// Whether others want the processors.
    pub(super) gentle: bool,
    shown: String,
}

/// A text is no URL of a PostgreSQL database. The text itself is not repeated: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PostgresUrlError(String);

/// How long a connection may take to be made, and an unanswered packet to end it.
const CONNECT: Duration = Duration::from_secs(2);
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

impl FromStr for PostgresUrl {
    type Err = PostgresUrlError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        const WRITE: &str = "write postgres://USER:PASSWORD@HOST:PORT/DATABASE";
        const NO_TLS: &str = "its sslmode needs TLS, which is not built in, or is none; write sslmode=disable or \
                              sslmode=prefer, and reach the server over a private network or a tunnel";
        let fail = |why: &str| Err(PostgresUrlError(why.into()));
        let Some(("postgres" | "postgresql", rest)) = url.split_once("://") else {
            return fail(WRITE);
        };
        // Were this let through, a part of a password could be taken for an option, and be shown.
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.matches('@').count() > 1 || path.contains('@') {
            return fail("in a user, password or option write @ as %40, / as %2F and ? as %3F");
        }
        for option in path.split_once('?').map_or("", |(_, options)| options).split('&') {
            match option.split_once('=') {
                Some(("sslmode", mode)) if !["disable", "prefer"].contains(&mode) => return fail(NO_TLS),
                None if !option.is_empty() => return fail("an option is written name=value"),
                _ => {}
            }
        }
        let mut config: Config = match url.parse() {
            Ok(config) => config,
            Err(error) => return fail(&format!("{}; {WRITE}", describe(&error))),
        };
        if config.get_ports().contains(&0) {
            return fail(&format!("the port is a number from 1 to 65535; {WRITE}"));
        }
        let [Host::Tcp(host)] = config.get_hosts() else {
            return fail("name one host: postgres://USER:PASSWORD@HOST:PORT/DATABASE");
        };
        let Some(user) = config.get_user() else {
            return fail("the user is missing; write postgres://USER:PASSWORD@HOST:PORT/DATABASE");
        };
        let database = config.get_dbname().unwrap_or(user);
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let shown = format!("postgres://{user}@{host}:{port}/{database}");
        config.connect_timeout(CONNECT).tcp_user_timeout(UNACKNOWLEDGED).keepalives_idle(UNACKNOWLEDGED);
        Ok(Self { config: Box::new(config), gentle: false, shown })
    }
}

impl PostgresUrl {
    /// The same database, beside whose server others want the processors: each session takes no more than one of them, unless
    /// the URL's options say so, and fills a shadow with little at a time.
    #[must_use]
    pub fn gently(mut self) -> Self {
        self.gentle = true;
        let before = self.config.get_options().unwrap_or_default().to_owned();
        self.config.options(format!(
            "-c max_parallel_maintenance_workers=0 -c max_parallel_workers_per_gather=0 {before}"
        ));
        self
    }
}

fn describe(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_session_may_take_stands_before_the_options_of_the_url_which_win() {
        let url: PostgresUrl = "postgres://u@h/d?options=-c%20work_mem%3D8MB".parse().unwrap();
        let options = url.clone().gently().config.get_options().unwrap().to_owned();
        assert!(options.starts_with("-c max_parallel_maintenance_workers=0 "), "{options}");
        assert!(options.ends_with(" -c work_mem=8MB"), "{options}");
        assert_eq!(url.clone().gently().to_string(), url.to_string());
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://u:s3cret@h/d",
            "postgresql://u:s3cret@h:1/d?connect_timeout=3",
            "postgres://u@h/d?password=s3cret",
        ] {
            let url: PostgresUrl = url.parse().unwrap();
            assert!(!format!("{url} {url:?}").contains("s3cret"), "{url}");
        }
        for wrong in [
            "postgres://u:s3c@ret@h/d",
            "postgres://u:s3cret@h:port/d",
            "postgres://u:s3cret@h/d?sslmode=require",
            "postgres://u:s3cret@h/d?sslmode=s3cret",
            "postgres://u:s3cret@",
            "postgres://u:s3cret",
            "mysql://u:s3cret@h/d",
        ] {
            let error = wrong.parse::<PostgresUrl>().unwrap_err().to_string();
            assert!(!error.contains("s3c") && !error.contains("ret@h"), "{wrong}: {error}");
        }
    }

    #[test]
    fn tls_that_is_not_built_in_is_not_pretended() {
        let error = "postgres://u@h/d?sslmode=require".parse::<PostgresUrl>().unwrap_err();
        assert!(error.to_string().contains("not built in"), "{error}");
    }
}
