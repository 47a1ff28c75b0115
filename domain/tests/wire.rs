mod any_data;
mod bad_data;
mod good_data;

use tidings_domain::testing::sample::{user, uuid};
use tidings_domain::{CommandError, SocialCommand};

/// Parses as the host would: user 1 gives the command, whose id is id 5.
fn parse(name: &str, data: &str) -> Result<SocialCommand, CommandError> {
    SocialCommand::parse(name, data, user(1), uuid(5))
}
