use maud::{DOCTYPE, Markup, html};

pub(crate) fn index() -> Markup {
    page(html! {
        p { a href="/staff" { "For staff" } }
        p { a href="/shop" { "For customers" } }
    })
}

pub(crate) fn home(area: &str, name: &str) -> Markup {
    page(html! {
        p { "Hello, " (name) "! This is " (area) "." }
        form method="post" action={ (area) "/logout" } { button { "Log out" } }
        p { a href="/" { "All areas" } }
    })
}

pub(crate) fn login(problem: Option<&str>) -> Markup {
    page(html! {
        @if let Some(problem) = problem { p role="alert" { (problem) } }
        // No action: the form goes to the page's own address, and `next` with it.
        form method="post" {
            p { label { "Name " input name="username" autocomplete="username" required; } }
            p { label { "Password " input name="password" type="password" autocomplete="current-password" required; } }
            p { label { input name="remember" type="checkbox"; " Remember me" } }
            button { "Log in" }
        }
    })
}

fn page(main: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Two user types" }
            }
            body { (main) }
        }
    }
}
