use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use sha2::{Digest as _, Sha256};

use super::Pages;

/// What pages are dressed with: the style sheet, the script and the icon.
#[derive(Clone, Debug)]
pub(super) struct Assets {
    all: Arc<[Asset; 3]>,
}

#[derive(Debug)]
struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: String,
    /// Changes with the text, so that browsers may keep what has this address for ever.
    version: String,
}

impl Assets {
    pub(super) fn new(style: Option<String>, theme: Option<String>, icon: Option<String>) -> Self {
        let mut style = style.unwrap_or_else(|| STYLE.to_owned());
        if let Some(theme) = theme {
            style.push('\n');
            style.push_str(&theme);
        }
        let icon = icon.unwrap_or_else(|| ICON.to_owned());
        let script = SCRIPT.to_owned();
        Self {
            all: Arc::new([
                Asset::new("countersign.css", "text/css; charset=utf-8", style),
                Asset::new("countersign.js", "text/javascript; charset=utf-8", script),
                Asset::new("countersign.svg", "image/svg+xml", icon),
            ]),
        }
    }

    /// Where an asset is.
    pub(super) fn address(&self, name: &str) -> Option<String> {
        let asset = self.find(name)?;
        Some(format!("/{}?v={}", asset.name, asset.version))
    }

    fn answer(&self, name: &str) -> Response {
        match self.find(name) {
            Some(asset) => asset.answer(),
            None => http::StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn find(&self, name: &str) -> Option<&Asset> {
        self.all.iter().find(|asset| asset.name == name)
    }
}

impl Asset {
    fn new(name: &'static str, media_type: &'static str, text: String) -> Self {
        let hash = Sha256::digest(text.as_bytes());
        Self {
            name,
            media_type,
            version: URL_SAFE_NO_PAD.encode(&hash[..9]),
            text,
        }
    }

    fn answer(&self) -> Response {
        let headers = [
            (CONTENT_TYPE, self.media_type),
            (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        (headers, self.text.clone()).into_response()
    }
}

pub(super) async fn style(State(pages): State<Pages>) -> Response {
    pages.engine().assets.answer("countersign.css")
}

pub(super) async fn script(State(pages): State<Pages>) -> Response {
    pages.engine().assets.answer("countersign.js")
}

pub(super) async fn icon(State(pages): State<Pages>) -> Response {
    pages.engine().assets.answer("countersign.svg")
}

/// The picture on the page where a logout leads. It makes the browser forget the pages that it keeps for its Back button.
///
/// Chromium keeps even those that must not be stored (`no-store`), and drops them when a cookie changes; but not the
/// page that the answer to a login form led to. A header of the logout's own answer comes too early: the page that is
/// left is put aside after that. So this header (Clear Site Data, section 3.1) comes with something that the next page
/// shows.
pub(super) async fn farewell(State(pages): State<Pages>) -> Response {
    let mut response = pages.engine().assets.answer("countersign.svg");
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let clear = HeaderName::from_static("clear-site-data");
    headers.insert(clear, HeaderValue::from_static("\"cache\""));
    response
}

const STYLE: &str = include_str!("assets/countersign.css");
const SCRIPT: &str = include_str!("assets/countersign.js");
const ICON: &str = include_str!("assets/countersign.svg");
