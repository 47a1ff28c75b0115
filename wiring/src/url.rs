//! The URLs that tell which adapter runs.

/// A URL names no adapter that this program has. It is told without the secrets in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is no {what}: {why}")]
pub struct UrlError {
    url: String,
    what: &'static str,
    why: String,
}

/// Splits `scheme:rest`.
pub(crate) fn split<'a>(
    what: &'static str,
    url: &'a str,
    known: &str,
) -> Result<(&'a str, &'a str), UrlError> {
    let fail = || refuse(what, url, format!("it begins with no scheme; known are {known}"));
    url.split_once(':').filter(|(scheme, _)| !scheme.is_empty()).ok_or_else(fail)
}

pub(crate) fn refuse(what: &'static str, url: &str, why: impl Into<String>) -> UrlError {
    UrlError { url: crate::shown(url), what, why: why.into() }
}

/// The folder of `sqlite:FOLDER`.
pub(crate) fn folder(what: &'static str, url: &str, rest: &str) -> Result<std::path::PathBuf, UrlError> {
    match rest.strip_prefix("//").unwrap_or(rest) {
        "" => Err(refuse(what, url, "the folder is missing; write sqlite:./tidings-data")),
        folder => Ok(folder.into()),
    }
}
