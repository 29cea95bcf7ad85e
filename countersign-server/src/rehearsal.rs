//! What a start would find wrong beyond the settings themselves: in the files that they name, and in what this program can do.

use countersign::pages::Pages;

use crate::configuration::{Configuration, ConfigurationError};
use crate::error::with_causes;
use crate::observe;
use crate::server;

/// Reads what a start would read, except the database. Nothing is made and nothing is listened on. Answers what is no
/// reason not to start, but to look at.
pub(crate) fn rehearse(configuration: &Configuration) -> Result<Vec<String>, ConfigurationError> {
    let mut mistakes = Vec::new();
    if let Some(folder) = &configuration.templates
        && let Err(error) = Pages::check_templates(folder)
    {
        mistakes.push(("templates", with_causes(&error)));
    }
    if let Some(endpoint) = &configuration.traces_endpoint
        && let Err(error) = observe::check_traces(endpoint)
    {
        mistakes.push(("traces.endpoint", with_causes(&error)));
    }
    let complaints = server::transport(configuration).rehearse();
    let complaints = complaints.unwrap_or_else(|error| {
        // The sentence names the file.
        mistakes.push(("https", with_causes(&error)));
        Vec::new()
    });
    configuration.refuse(mistakes)?;
    Ok(complaints)
}
