use std::sync::Arc;

use fluent_bundle::{FluentArgs, FluentValue};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, context};

use super::TemplateError;
use super::asset::Assets;
use super::folder::Folder;
use super::messages::{Locale, Messages};
use super::moment;
use crate::clock::Timestamp;

/// Makes pages of templates and messages.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    environment: Arc<Environment<'static>>,
    pub(super) messages: Messages,
    pub(super) assets: Assets,
}

impl Engine {
    /// The pages' own templates, messages and styles, with those of a folder in their place or beside them.
    pub(super) fn new(folder: Folder) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        // Lines that hold nothing but a tag of the template's language leave no empty lines.
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        environment.set_syntax(syntax.expect("these two do not exclude each other"));
        // A form that is shown for the first time has no errors, and no values that were typed.
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        let own = OWN.map(|(name, source)| (name.to_owned(), source.to_owned()));
        for (name, source) in own.into_iter().chain(folder.templates) {
            environment
                .add_template_owned(name.clone(), source)
                .map_err(|source| TemplateError::Template { name, source })?;
        }
        let assets = Assets::new(folder.style, folder.theme, folder.icon);
        let addresses = assets.clone();
        environment.add_function("asset", move |name: &str| match addresses.address(name) {
            Some(address) => Ok(Value::from_safe_string(address)),
            None => Err(Error::new(
                ErrorKind::InvalidOperation,
                format!("there is no asset `{name}`"),
            )),
        });
        environment.add_function("iso", |moment: i64| {
            moment::iso(Timestamp::from_millis(moment))
        });
        Ok(Self {
            environment: Arc::new(environment),
            messages: Messages::new(&folder.messages)?,
            assets,
        })
    }

    /// The template of that name, filled in with values, and with what every page has of its language. What is filled in is
    /// escaped.
    pub(super) fn render(
        &self,
        locale: Locale,
        template: &str,
        values: Value,
    ) -> Result<String, Error> {
        let messages = self.messages.clone();
        let text = move |key: &str, arguments: Kwargs| -> Result<String, Error> {
            Ok(messages.text(locale, key, &fluent(&arguments)?))
        };
        let messages = self.messages.clone();
        let moment =
            move |moment: i64| moment::in_words(&messages, locale, Timestamp::from_millis(moment));
        let values = context! {
            t => Value::from_function(text),
            moment => Value::from_function(moment),
            locale => self.messages.tag(locale),
            locales => self.languages(locale),
            ..values
        };
        self.environment.get_template(template)?.render(values)
    }

    /// All languages, by their own names.
    fn languages(&self, present: Locale) -> Vec<Value> {
        let messages = &self.messages;
        let none = FluentArgs::new();
        messages
            .locales()
            .map(|locale| {
                context! {
                    tag => messages.tag(locale),
                    name => messages.text(locale, "language-name", &none),
                    is_present => locale == present,
                }
            })
            .collect()
    }
}

/// A template's named arguments, as messages take them: numbers stay numbers, because words depend on them.
fn fluent<'a>(arguments: &Kwargs) -> Result<FluentArgs<'a>, Error> {
    let mut taken = FluentArgs::new();
    for name in arguments.args() {
        let value: Value = arguments.get(name)?;
        let value = match i64::try_from(value.clone()) {
            Ok(number) if value.is_number() => FluentValue::from(number),
            _ => FluentValue::from(value.to_string()),
        };
        taken.set(name.to_owned(), value);
    }
    Ok(taken)
}

/// The names end with `.html`, by which the engine knows that it has to escape.
const OWN: [(&str, &str); 28] = [
    ("account.html", include_str!("templates/account.html")),
    ("admin.html", include_str!("templates/admin.html")),
    (
        "admin-audit.html",
        include_str!("templates/admin-audit.html"),
    ),
    (
        "admin-fields.html",
        include_str!("templates/admin-fields.html"),
    ),
    (
        "admin-invite.html",
        include_str!("templates/admin-invite.html"),
    ),
    ("admin-link.html", include_str!("templates/admin-link.html")),
    (
        "admin-overview.html",
        include_str!("templates/admin-overview.html"),
    ),
    (
        "admin-sessions.html",
        include_str!("templates/admin-sessions.html"),
    ),
    ("admin-user.html", include_str!("templates/admin-user.html")),
    (
        "admin-users.html",
        include_str!("templates/admin-users.html"),
    ),
    ("base.html", include_str!("templates/base.html")),
    ("confirm.html", include_str!("templates/confirm.html")),
    ("delete.html", include_str!("templates/delete.html")),
    ("fields.html", include_str!("templates/fields.html")),
    ("history.html", include_str!("templates/history.html")),
    ("home.html", include_str!("templates/home.html")),
    ("invitation.html", include_str!("templates/invitation.html")),
    ("link-gone.html", include_str!("templates/link-gone.html")),
    ("logged-out.html", include_str!("templates/logged-out.html")),
    ("login.html", include_str!("templates/login.html")),
    ("mine.html", include_str!("templates/mine.html")),
    ("password.html", include_str!("templates/password.html")),
    ("problem.html", include_str!("templates/problem.html")),
    ("profile.html", include_str!("templates/profile.html")),
    ("register.html", include_str!("templates/register.html")),
    (
        "registration-closed.html",
        include_str!("templates/registration-closed.html"),
    ),
    ("sessions.html", include_str!("templates/sessions.html")),
    (
        "set-password.html",
        include_str!("templates/set-password.html"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_filled_in() {
        let engine = Engine::new(Folder::default()).unwrap();
        let it = context! {
            at => 0, created_at => 0, last_used_at => 0, failures => 0, throttled => 0,
            // The keys of messages.
            words => "language", what => "language", title => "language",
        };
        for (name, _) in OWN {
            for locale in engine.messages.locales() {
                let values = context! {
                    current_user => it.clone(),
                    sessions => match name {
                        "account.html" => Value::from(2),
                        _ => Value::from(vec![it.clone(), it.clone()]),
                    },
                    history => vec![it.clone()],
                    ends_at => 0,
                    user => it.clone(),
                    users => vec![it.clone()],
                    events => vec![it.clone()],
                    activity => vec![it.clone()],
                    charts => vec![it.clone()],
                    kinds => vec![it.clone()],
                    counters => it.clone(),
                    expires_at => 0,
                    title => "language",
                };
                let text = engine.render(locale, name, values).unwrap();
                assert!(!text.contains("undefined"), "{text}");
            }
        }
    }
}
