//! What the texts of a row say of an account.

use countersign::accounts::{ADMINISTRATOR, ForeignAccount};
use countersign::clock::Timestamp;

use super::hashes::Hashes;
use super::mapping::Field;
use super::record::{BadRow, Record};

/// How rows are understood.
pub(super) struct Understanding {
    pub(super) hashes: Hashes,
    pub(super) emails_are_confirmed: bool,
    /// Whether a row says if an account is active.
    pub(super) has_active: bool,
    /// Whether a row says what its e-mail address is. Where none does, people logged in by their address, and that is the name.
    pub(super) has_email: bool,
    pub(super) renamed_roles: Vec<(String, String)>,
    pub(super) now: Timestamp,
}

impl Understanding {
    /// The account of a row.
    pub(super) fn account(&mut self, record: &Record) -> Result<ForeignAccount, BadRow> {
        // Without the value: it may be a hash, where the wrong column was named.
        let bad = |what: &str, field: Field| {
            record.bad(format!("the value for --{} is no {what}", field.flag()))
        };
        if let Some(field) = Field::ALL
            .into_iter()
            .find(|field| record.get(*field).is_some_and(|text| text.len() > LONGEST))
        {
            let reason = format!("the value for --{} is too long", field.flag());
            return Err(match field {
                Field::Id => BadRow::new(record.position, reason),
                _ => record.bad(reason),
            });
        }
        let id = record.id().ok_or_else(|| record.bad("it has no id"))?;
        let created_at = match record.get(Field::Created) {
            Some(text) => Some(moment(text).ok_or_else(|| bad("moment", Field::Created))?),
            None => None,
        };
        let is_active = match record.get(Field::Active) {
            Some(text) => truth(text).ok_or_else(|| bad("yes or no", Field::Active))?,
            // As Python understands an empty value.
            None => !self.has_active,
        };
        let confirmed_at = match record
            .get(Field::Confirmed)
            .map(|text| (truth(text), moment(text)))
        {
            _ if self.emails_are_confirmed => Some(created_at.unwrap_or(self.now)),
            None | Some((Some(false), _)) => None,
            Some((Some(true), _)) => Some(created_at.unwrap_or(self.now)),
            // Beginnings of calendars are what some write instead of nothing.
            Some((None, Some(at))) => Some(at).filter(|at| at.as_millis() > 0),
            Some((None, None)) => return Err(bad("moment, yes or no", Field::Confirmed)),
        };
        let password_hash = self.hashes.judge(record)?;
        let mut account = ForeignAccount::new(id);
        account.name = record.get(Field::Name).map(str::to_owned);
        account.email = match record.get(Field::Name) {
            Some(name) if !self.has_email && name.contains('@') => Some(name.to_owned()),
            _ => record.get(Field::Email).map(str::to_owned),
        };
        account.email_confirmed_at = confirmed_at;
        account.password_hash = password_hash;
        account.created_at = created_at;
        account.is_active = is_active;
        account.roles = self.roles(record)?;
        Ok(account)
    }

    /// The roles under their new names. What happens to be called `administrator` elsewhere looks after nobody's accounts here.
    fn roles(&self, record: &Record) -> Result<Vec<String>, BadRow> {
        let found = match record.get(Field::Roles) {
            Some(text) => roles(text)
                .ok_or_else(|| record.bad("the value for --roles is no list of names"))?,
            None => Vec::new(),
        };
        let mut roles: Vec<String> = Vec::with_capacity(found.len());
        for role in found {
            let renamed = self.renamed_roles.iter().filter(|(old, _)| *old == role);
            let mut renamed = renamed.map(|(_, new)| new.clone()).peekable();
            match renamed.peek() {
                Some(_) => roles.extend(renamed),
                None if role == ADMINISTRATOR => {}
                None => roles.push(role),
            }
        }
        if let Some(text) = record.get(Field::Administrator) {
            match truth(text) {
                Some(true) => roles.push(ADMINISTRATOR.to_owned()),
                Some(false) => {}
                None => return Err(record.bad("the value for --administrator is no yes or no")),
            }
        }
        Ok(roles)
    }
}

/// The contrary of a truth, as a text; of other texts, one that is no value at all.
pub(super) fn contrary(text: &str) -> String {
    match truth(text.trim()) {
        Some(true) => "false".to_owned(),
        Some(false) => "true".to_owned(),
        None if text.trim().is_empty() => "true".to_owned(),
        None => format!("!{text}"),
    }
}

/// Names in a JSON array, or between commas or semicolons.
fn roles(text: &str) -> Option<Vec<String>> {
    if text.starts_with(['[', '{']) {
        let names = serde_json::from_str::<Vec<Option<String>>>(text).ok()?;
        return Some(names.into_iter().flatten().collect());
    }
    let names = text.split([',', ';']).map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    Some(names.map(str::to_owned).collect())
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "1.0" | "true" | "t" | "yes" | "y" | "on" => Some(true),
        "0" | "0.0" | "false" | "f" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

/// A moment as databases, frameworks and people write it. What has no offset is in UTC, which frameworks keep unless they are told otherwise.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<f64>() {
        // Whoever counts milliseconds comes by numbers that are no year of seconds.
        let millis = if seconds.abs() < SECONDS {
            seconds * 1_000.0
        } else {
            seconds
        };
        return (millis.abs() < LATEST).then(|| Timestamp::from_millis(millis as i64));
    }
    let moment = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
    });
    moment.map(|moment| Timestamp::from_millis(moment.as_millisecond()))
}

/// In bytes; far beyond every name, hash and list of roles. A batch of the longest ones still has room in memory.
const LONGEST: usize = 1 << 16;

/// Beyond the year 5138 in seconds, and before 1973 in milliseconds.
const SECONDS: f64 = 1e11;

/// The end of the year 9999, in milliseconds.
const LATEST: f64 = 253_402_300_799_999.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_everybody_writes_them() {
        let wanted = Some(Timestamp::from_millis(1_700_000_000_500));
        for text in [
            "2023-11-14T22:13:20.5Z",
            "2023-11-14T23:13:20.500+01:00",
            "2023-11-14 22:13:20.500000",
            "2023-11-14 22:13:20.5+00",
            "2023-11-14 22:13:20.500000+00:00",
            "1700000000.5",
            "1700000000500",
        ] {
            assert_eq!(moment(text), wanted, "{text}");
        }
        let midnight = Some(Timestamp::from_millis(1_699_920_000_000));
        assert_eq!(moment("2023-11-14"), midnight);
        for text in [
            "yesterday",
            "2023-02-30",
            "1e300",
            "NaN",
            "inf",
            "14.11.2023",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn roles_are_an_array_or_a_list() {
        let names = |text| roles(text).unwrap();
        assert_eq!(names(r#"["editor", null, "a, b"]"#), ["editor", "a, b"]);
        assert_eq!(names("editor; reports,,"), ["editor", "reports"]);
        for text in [
            r#"[{"name": "editor", "id": 1}]"#,
            "[1, 2]",
            "[editor",
            "{editor,reports}",
        ] {
            assert_eq!(roles(text), None, "{text}");
        }
    }

    #[test]
    fn the_contrary_of_nothing_is_true() {
        assert_eq!(
            ["1", "f", "", "2020-01-01"].map(contrary),
            ["false", "true", "true", "!2020-01-01"]
        );
    }
}
