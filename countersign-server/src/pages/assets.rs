use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::response::IntoResponse;

/// The style sheet.
pub(crate) async fn style() -> impl IntoResponse {
    asset(
        "text/css; charset=utf-8",
        include_str!("../templates/style.css"),
    )
}

/// The icon that browsers show beside the title.
pub(crate) async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("../templates/icon.svg"))
}

/// The picture on the page where a logout leads. It makes the browser forget the pages that it keeps for its Back button.
///
/// Chromium keeps even those that must not be stored (`no-store`), and drops them when a cookie changes; but not the
/// page that the answer to a login form led to. A header of the logout's own answer comes too early: the page that is
/// left is put aside after that. So this header (Clear Site Data, section 3.1) comes with something that the next page
/// shows.
pub(crate) async fn farewell() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("clear-site-data"), "\"cache\""),
    ];
    (headers, include_str!("../templates/logged-out.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, text)
}
