//! `replay drop-old`.

use std::process::ExitCode;

use serde_json::json;
use tidings_wiring::{StartError, counted};

use super::Done;
use super::places::Places;
use super::report::Report;

pub(crate) async fn run(places: &Places, report: &Report) -> Done {
    places.views_are_there().await?;
    let dropped = places.shadows().drop_old().await.map_err(StartError::new)?;
    report.say(
        format_args!("dropped {} not in use", counted(dropped, "read model that is", "read models that are")),
        || json!({ "dropped": dropped }),
    );
    Ok(ExitCode::SUCCESS)
}
