//! `#[derive(AuthUser)]`.
