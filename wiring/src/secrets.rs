//! URLs without the secrets in them: what may be shown, logged, and told to a person.

/// A URL as it may be shown: `***` stands for user and password, and for the values of options whose names speak
/// of secrets. Also for what is no URL: everything before the last `@` goes, whatever it was meant to be.
///
/// ```
/// use tidings_wiring::shown;
/// let url = "postgres://ann:s3cret@db.example/tidings?sslpassword=s3cret&sslmode=require";
/// assert_eq!(shown(url), "postgres://***@db.example/tidings?sslpassword=***&sslmode=require");
/// ```
pub fn shown(url: &str) -> String {
    let (scheme, rest) = match url.split_once(':') {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("sqlite") => return url.into(),
        Some((scheme, rest)) if rest.starts_with("//") => (&url[..scheme.len() + 3], &rest[2..]),
        _ => ("", url),
    };
    // A password may hold any of `:/?#@` though it should not: only what comes after the last `@` is none of it.
    let (user, place) = rest.rsplit_once('@').map_or(("", rest), |(_, place)| ("***@", place));
    let Some((place, options)) = place.split_once('?') else { return format!("{scheme}{user}{place}") };
    let options: Vec<String> = options.split('&').map(option).collect();
    format!("{scheme}{user}{place}?{}", options.join("&"))
}

fn option(option: &str) -> String {
    const SECRET: [&str; 5] = ["pass", "secret", "token", "key", "authmechanismproperties"];
    match option.split_once('=') {
        Some((name, _)) if SECRET.iter().any(|part| name.to_ascii_lowercase().contains(part)) => {
            format!("{name}=***")
        }
        _ => option.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown_however_odd_the_url() {
        for (url, may_be_shown) in [
            ("mongodb://u:s3cret@h:1/db", "mongodb://***@h:1/db"),
            ("mongodb://u:s3cret@h:1,h:2/db?replicaSet=r", "mongodb://***@h:1,h:2/db?replicaSet=r"),
            ("mongodb://u:s3/cr?et@h:1/db", "mongodb://***@h:1/db"),
            ("postgres://u:s3@cret@h/db", "postgres://***@h/db"),
            ("postgres://h/db?password=s3cret", "postgres://h/db?password=***"),
            (
                "kafka://h:1?sasl.password=s3cret&ssl.Key.pem=s3cret",
                "kafka://h:1?sasl.password=***&ssl.Key.pem=***",
            ),
            ("u:s3cret@h:1", "***@h:1"),
            ("mongo//u:s3cret@h", "***@h"),
            ("s3cret@", "***@"),
        ] {
            assert_eq!(shown(url), may_be_shown);
        }
    }

    #[test]
    fn what_holds_no_secret_is_shown_as_it_is() {
        for url in
            ["mongodb://h:1/db?directConnection=true", "kafka://h:1,h:2/topic", "local", "sqlite:/a@b/c", ""]
        {
            assert_eq!(shown(url), url);
        }
    }
}
