use std::sync::LazyLock;

use axum::response::Html;
use countersign::Auth;
use minijinja::{Environment, Value, context};

use crate::error::Error;
use crate::users::User;

/// A page, with what all pages show: who is logged in, and the messages that wait. Templates escape what they are given.
pub(crate) async fn page(
    auth: &Auth<User>,
    template: &str,
    values: Value,
) -> Result<Html<String>, Error> {
    let user = auth.current_user().await?;
    let flashes = auth.session().flashes().await?;
    let news: Vec<String> = flashes.into_iter().map(|flash| flash.message).collect();
    let frame = context! { user => user.as_ref().map(|user| &user.name), news };
    let page = TEMPLATES.get_template(template)?;
    Ok(Html(page.render(context! { ..values, ..frame })?))
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    for (name, source) in [
        ("base.html", include_str!("../templates/base.html")),
        ("home.html", include_str!("../templates/home.html")),
        ("login.html", include_str!("../templates/login.html")),
        ("password.html", include_str!("../templates/password.html")),
        ("register.html", include_str!("../templates/register.html")),
    ] {
        templates
            .add_template(name, source)
            .expect("the templates were read when they were tested");
    }
    templates
});
