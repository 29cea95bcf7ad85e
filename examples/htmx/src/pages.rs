use maud::{DOCTYPE, Markup, html};

/// The page around the notes, which htmx fetches.
pub(crate) fn home(name: &str) -> Markup {
    frame(
        "Notes",
        html! {
            p { "These are the notes of " b { (name) } "." }
            ul id="notes" hx-get="/notes" hx-trigger="load" {}
            form hx-post="/notes" hx-target="#notes" {
                p { label { "Note " input name="text" required; } }
                button { "Add" }
            }
            form method="post" action="/logout" { button { "Log out" } }
        },
    )
}

/// The part that comes by htmx.
pub(crate) fn notes(notes: &[String]) -> Markup {
    html! {
        @for note in notes { li { (note) } }
        @if notes.is_empty() { li { "nothing yet" } }
    }
}

pub(crate) fn login(problem: Option<&str>) -> Markup {
    frame(
        "Log in",
        html! {
            @if let Some(problem) = problem { p role="alert" { (problem) } }
            // No action: the form goes to the page's own address, and `next` with it.
            form method="post" {
                p { label { "Name " input name="username" autocomplete="username" required; } }
                p { label { "Password " input name="password" type="password" autocomplete="current-password" required; } }
                p { label { input name="remember" type="checkbox"; " Remember me" } }
                button { "Log in" }
            }
        },
    )
}

fn frame(title: &str, main: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                script src="/htmx.js" {}
            }
            body {
                h1 { (title) }
                (main)
            }
        }
    }
}
