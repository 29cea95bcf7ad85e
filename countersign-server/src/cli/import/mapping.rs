//! Which column means what.

use clap::Args;

use super::ImportError;
use super::source::Source;
use super::sql::Link;
use crate::cli::output;

/// What is known of an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Field {
    Id,
    Name,
    Email,
    Password,
    Active,
    Created,
    Confirmed,
    Roles,
    Administrator,
}

/// What somebody said of the columns. An empty name leaves one out.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "The columns")]
pub(super) struct Chosen {
    /// What tells each account from all others; most often a number
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// The login name; it is made of the e-mail address where there is none
    #[arg(long, value_name = "COLUMN")]
    name: Option<String>,
    /// The e-mail address
    #[arg(long, value_name = "COLUMN")]
    email: Option<String>,
    /// The password's hash
    #[arg(long, value_name = "COLUMN")]
    password: Option<String>,
    /// Whether the account may log in; with a ! before the name, whether it may not
    #[arg(long, value_name = "COLUMN")]
    active: Option<String>,
    /// When the account was made: RFC 3339, as databases write it (UTC), or seconds since 1970
    #[arg(long, value_name = "COLUMN")]
    created: Option<String>,
    /// When, or whether, the e-mail address was confirmed
    #[arg(long, value_name = "COLUMN")]
    confirmed: Option<String>,
    /// The names of the roles: a column (a JSON array, or separated by commas), or a table that links accounts and roles
    #[arg(long, value_name = "COLUMN")]
    roles: Option<String>,
    /// Whether the account becomes an administrator here, such as Django's is_superuser; none unless it is said
    #[arg(long, value_name = "COLUMN")]
    administrator: Option<String>,
}

/// Which column means what.
#[derive(Debug)]
pub(super) struct Mapping {
    columns: [Option<Column>; Field::ALL.len()],
    /// The tables that the roles are in.
    pub(super) link: Option<Link>,
}

/// A column that means something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Its place among the columns of the source.
    pub(super) index: usize,
    /// Whether it says the contrary.
    pub(super) is_negated: bool,
    was_guessed: bool,
}

impl Field {
    pub(super) const ALL: [Self; 9] = [
        Self::Id,
        Self::Name,
        Self::Email,
        Self::Password,
        Self::Active,
        Self::Created,
        Self::Confirmed,
        Self::Roles,
        Self::Administrator,
    ];

    /// Its flag.
    pub(super) fn flag(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Email => "email",
            Self::Password => "password",
            Self::Active => "active",
            Self::Created => "created",
            Self::Confirmed => "confirmed",
            Self::Roles => "roles",
            Self::Administrator => "administrator",
        }
    }

    /// What such a column is called in the applications that there are; the likeliest first.
    fn usual_names(self) -> &'static [&'static str] {
        match self {
            Self::Id => &["id", "user_id", "uid", "uuid", "pk"],
            Self::Name => &[
                "username",
                "user_name",
                "login",
                "login_name",
                "nickname",
                "name",
            ],
            Self::Email => &["email", "email_address", "e_mail", "mail"],
            Self::Password => &[
                "password_hash",
                "hashed_password",
                "encrypted_password",
                "pw_hash",
                "password_digest",
                "_password",
                "password",
                "hash",
            ],
            Self::Active => &[
                "active",
                "is_active",
                "enabled",
                "is_enabled",
                "!disabled",
                "!is_disabled",
                "!banned",
                "!is_banned",
                "!blocked",
            ],
            Self::Created => &[
                "created_at",
                "date_joined",
                "create_datetime",
                "created",
                "created_on",
                "date_created",
                "registered_at",
                "registered_on",
            ],
            Self::Confirmed => &[
                "confirmed_at",
                "email_confirmed_at",
                "email_verified_at",
                "email_confirmed",
                "email_verified",
                "confirmed",
            ],
            Self::Roles => &["roles", "role"],
            Self::Administrator => &[],
        }
    }
}

impl Chosen {
    fn of(&self, field: Field) -> Option<&str> {
        let chosen = match field {
            Field::Id => &self.id,
            Field::Name => &self.name,
            Field::Email => &self.email,
            Field::Password => &self.password,
            Field::Active => &self.active,
            Field::Created => &self.created,
            Field::Confirmed => &self.confirmed,
            Field::Roles => &self.roles,
            Field::Administrator => &self.administrator,
        };
        chosen.as_deref()
    }
}

impl Mapping {
    /// What was said, and for the rest what the names of columns let guess.
    pub(super) fn of(source: &Source, chosen: &Chosen) -> Result<Self, ImportError> {
        let links = source
            .table()
            .map(|table| &*table.links)
            .unwrap_or_default();
        Self::new(source.columns(), links, chosen)
    }

    fn new(names: &[String], links: &[Link], chosen: &Chosen) -> Result<Self, ImportError> {
        let mut mapping = Self {
            columns: Default::default(),
            link: None,
        };
        for field in Field::ALL {
            let column = match chosen.of(field) {
                Some("") => None,
                Some(link) if field == Field::Roles && mapping.take_link(links, Some(link)) => None,
                Some(name) => Some(said(names, name)?),
                None if field == Field::Roles && mapping.take_link(links, None) => None,
                None => field
                    .usual_names()
                    .iter()
                    .find_map(|name| column(names, name, true)),
            };
            mapping.columns[field as usize] = column;
        }
        if mapping.column(Field::Name).is_none() && mapping.column(Field::Email).is_none() {
            return Err(ImportError::Nameless(names.to_vec()));
        }
        for (_, column) in mapping.columns() {
            let name = &names[column.index];
            if names.iter().filter(|other| *other == name).count() > 1 {
                return Err(ImportError::TwoColumns(name.clone()));
            }
        }
        Ok(mapping)
    }

    /// Takes the roles from a table: that one, or the first that there is.
    fn take_link(&mut self, links: &[Link], wanted: Option<&str>) -> bool {
        let mut links = links.iter();
        self.link = links
            .find(|link| wanted.is_none_or(|wanted| link.table == wanted))
            .cloned();
        self.link.is_some()
    }

    pub(super) fn column(&self, field: Field) -> Option<&Column> {
        self.columns[field as usize].as_ref()
    }

    pub(super) fn has_active(&self) -> bool {
        self.column(Field::Active).is_some()
    }

    /// The fields that have a column, with it.
    pub(super) fn columns(&self) -> impl Iterator<Item = (Field, &Column)> {
        Field::ALL
            .into_iter()
            .filter_map(|field| Some((field, self.column(field)?)))
    }

    /// Says what is read as what, and by which flags that is changed.
    pub(super) fn tell(&self, source: &Source, table_was_said: bool) {
        if let Some(table) = source.table() {
            let guess = if table_was_said {
                ""
            } else {
                " (--table says another)"
            };
            output::note(format!("The table is {}{guess}.", table.shown()));
        }
        let names = source.columns();
        let told = |(field, column): (Field, &Column)| {
            let negation = if column.is_negated { "!" } else { "" };
            format!("--{} {negation}{}", field.flag(), names[column.index])
        };
        let (guessed, said): (Vec<_>, Vec<_>) =
            self.columns().partition(|(_, column)| column.was_guessed);
        let said: Vec<_> = said.into_iter().map(told).collect();
        let mut guessed: Vec<_> = guessed.into_iter().map(told).collect();
        guessed.extend(
            self.link
                .iter()
                .map(|link| format!("--roles {}", link.table)),
        );
        if !said.is_empty() {
            output::note(format!("As you said: {}", said.join(" ")));
        }
        if !guessed.is_empty() {
            output::note(format!("As the names say: {}", guessed.join(" ")));
        }
        let used: Vec<usize> = self.columns().map(|(_, column)| column.index).collect();
        let unused = (0..names.len()).filter(|index| !used.contains(index));
        let unused: Vec<_> = unused.map(|index| &*names[index]).collect();
        if !unused.is_empty() {
            output::note(format!("Not read: {}", unused.join(", ")));
        }
    }
}

fn said(names: &[String], wanted: &str) -> Result<Column, ImportError> {
    column(names, wanted, false).ok_or_else(|| ImportError::NoColumn {
        wanted: wanted.to_owned(),
        found: names.to_vec(),
    })
}

/// The column of a name, in any case where it is guessed.
fn column(names: &[String], wanted: &str, was_guessed: bool) -> Option<Column> {
    let at = |wanted: &str| {
        let same = |name: &String| match was_guessed {
            true => name.eq_ignore_ascii_case(wanted),
            false => name == wanted,
        };
        names.iter().position(same)
    };
    let (index, is_negated) = match (at(wanted), wanted.strip_prefix('!')) {
        (Some(index), _) => (index, false),
        (None, Some(contrary)) => (at(contrary)?, true),
        (None, None) => return None,
    };
    Some(Column {
        index,
        is_negated,
        was_guessed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_the_usual_applications_are_known() {
        let mapping = guessed("id email username password active fs_uniquifier confirmed_at");
        assert_eq!(
            flags(&mapping),
            "id=0 name=2 email=1 password=3 active=4 confirmed=6"
        );
        let django = "id password last_login is_superuser username last_name email is_staff is_active date_joined first_name";
        assert_eq!(
            flags(&guessed(django)),
            "id=0 name=4 email=6 password=1 active=8 created=9"
        );
        assert_eq!(
            flags(&guessed("ID Login Password_Hash DISABLED role")),
            "id=0 name=1 password=2 active=!3 roles=4"
        );
    }

    #[test]
    fn what_is_said_counts_and_what_is_empty_is_left_out() {
        let chosen = Chosen {
            name: Some("nick".to_owned()),
            email: Some(String::new()),
            active: Some("!gone".to_owned()),
            ..Chosen::default()
        };
        let mapping = Mapping::new(&names("id name nick email gone"), &[], &chosen).unwrap();
        assert_eq!(flags(&mapping), "id=0 name=2 active=!4");
    }

    #[test]
    fn a_column_that_is_not_there_is_refused() {
        let chosen = Chosen {
            name: Some("nick".to_owned()),
            ..Chosen::default()
        };
        let error = Mapping::new(&names("id name"), &[], &chosen).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no column `nick`, but these: id, name"
        );
        let error = Mapping::new(&names("id colour"), &[], &Chosen::default()).unwrap_err();
        assert!(matches!(error, ImportError::Nameless(_)));
    }

    #[test]
    fn a_column_of_a_name_that_another_one_has_is_refused() {
        let error = Mapping::new(&names("id name email email"), &[], &Chosen::default());
        let error = error.unwrap_err();
        assert!(
            matches!(&error, ImportError::TwoColumns(name) if name == "email"),
            "{error}"
        );
        // Those that are not read may be called whatever they are.
        assert_eq!(flags(&guessed("id name x x")), "id=0 name=1");
    }

    fn guessed(columns: &str) -> Mapping {
        Mapping::new(&names(columns), &[], &Chosen::default()).unwrap()
    }

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn flags(mapping: &Mapping) -> String {
        let columns = mapping.columns().map(|(field, column)| {
            let negation = if column.is_negated { "!" } else { "" };
            format!("{}={negation}{}", field.flag(), column.index)
        });
        columns.collect::<Vec<_>>().join(" ")
    }
}
