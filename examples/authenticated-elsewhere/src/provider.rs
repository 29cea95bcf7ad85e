//! Stands for an identity provider, which is another site. What it does is the heart of OAuth's authorization code grant (RFC
//! 6749, section 4.1): it sends people back with a code, and tells the application who has it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::response::Redirect;
use axum::routing::get;
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use uuid::Uuid;

/// Whom the provider vouches for.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) subject: String,
    pub(crate) name: String,
}

#[derive(Clone, Default)]
pub(crate) struct Provider {
    /// Codes that nobody has redeemed yet.
    codes: Arc<Mutex<HashMap<String, Issued>>>,
}

struct Issued {
    identity: Identity,
    at: Instant,
}

impl Provider {
    /// Where the application sends people.
    pub(crate) fn authorization_url(&self, state: &str) -> String {
        format!("/provider?state={state}")
    }

    /// Tells the application who came back with a code, once.
    pub(crate) fn redeem(&self, code: &str) -> Option<Identity> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let issued = codes.remove(code)?;
        (issued.at.elapsed() < CODE_LIFETIME).then_some(issued.identity)
    }

    fn issue(&self, identity: Identity) -> String {
        let code = Uuid::new_v4().simple().to_string();
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, issued| issued.at.elapsed() < CODE_LIFETIME);
        let at = Instant::now();
        codes.insert(code.clone(), Issued { identity, at });
        code
    }
}

pub(crate) fn routes(provider: Provider) -> Router {
    Router::new()
        .route("/provider", get(ask).post(send_back))
        .with_state(provider)
}

#[derive(Deserialize)]
struct Request {
    state: String,
}

#[derive(Deserialize)]
struct Choice {
    state: String,
    /// `None` when the visitor thinks better of it.
    name: Option<String>,
}

async fn ask(Query(request): Query<Request>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "The provider" } }
            body {
                p { "Who are you?" }
                form method="post" {
                    input type="hidden" name="state" value=(request.state);
                    @for name in ["Ada", "Bob"] {
                        button name="name" value=(name) { (name) }
                    }
                    button { "Nobody" }
                }
            }
        }
    }
}

async fn send_back(State(provider): State<Provider>, Form(choice): Form<Choice>) -> Redirect {
    // A provider knows its clients' callbacks, and sends nobody anywhere else. Here every state is of letters and digits.
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let state = Some(choice.state).filter(|state| is_plain(state));
    let state = state.unwrap_or_default();
    let Some(name) = choice.name else {
        return Redirect::to(&format!("/callback?error=access_denied&state={state}"));
    };
    let subject = format!("user-{}", name.to_lowercase());
    let code = provider.issue(Identity { subject, name });
    Redirect::to(&format!("/callback?code={code}&state={state}"))
}

/// RFC 6749 recommends ten minutes at most (section 4.1.2); one is plenty for a redirect.
const CODE_LIFETIME: Duration = Duration::from_secs(60);
