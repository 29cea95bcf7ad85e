use std::fmt;

/// A Python `int`, exactly, however large.
///
/// ```
/// use countersign::flask::Integer;
///
/// let large: Integer = "-456497448136184196251".parse()?;
/// assert_eq!(large.to_string(), "-456497448136184196251");
/// assert_eq!(large.as_i64(), None);
/// assert_eq!("-0".parse::<Integer>()?, Integer::from(0));
/// assert!("1_000".parse::<Integer>().is_err());
/// # Ok::<(), countersign::flask::NotAnInteger>(())
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Integer(Form);

/// One integer has one form, so that equal integers compare equal.
#[derive(Clone, Eq, Hash, PartialEq)]
enum Form {
    Small(i64),
    /// Beyond `i64`: a sign if it is negative, and digits of which the first is not 0.
    Large(Box<str>),
}

impl Integer {
    /// The most digits: Python reads and writes no more (`sys.int_info.default_max_str_digits`).
    pub const MOST_DIGITS: usize = 4300;

    /// The integer, if it fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Small(small) => Some(small),
            Form::Large(_) => None,
        }
    }
}

impl std::str::FromStr for Integer {
    type Err = NotAnInteger;

    /// Reads decimal digits, with a `-` before them if it is negative.
    fn from_str(text: &str) -> Result<Self, NotAnInteger> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text),
        };
        if digits.is_empty()
            || digits.len() > Self::MOST_DIGITS
            || !digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(NotAnInteger(()));
        }
        Ok(match text.parse() {
            Ok(small) => Self(Form::Small(small)),
            Err(_) => Self(Form::Large(
                format!("{sign}{}", digits.trim_start_matches('0')).into(),
            )),
        })
    }
}

impl From<i64> for Integer {
    fn from(integer: i64) -> Self {
        Self(Form::Small(integer))
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Small(small) => fmt::Display::fmt(small, f),
            Form::Large(digits) => f.pad(digits),
        }
    }
}

impl fmt::Debug for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is no decimal integer, or one of more than [`Integer::MOST_DIGITS`] digits.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an integer is written with decimal digits, at most 4300, after a `-` if it is negative")]
pub struct NotAnInteger(());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_has_one_form() {
        let read = |text: &str| text.parse::<Integer>().unwrap();
        assert_eq!(read("-9223372036854775808").as_i64(), Some(i64::MIN));
        assert_eq!(read("9223372036854775808").as_i64(), None);
        assert_eq!(
            read("00018446744073709551705"),
            read("18446744073709551705")
        );
        assert_eq!(read("-000"), Integer::from(0));
    }

    #[test]
    fn what_python_does_not_write_is_refused() {
        for text in ["", "-", "+1", "1.0", "1e5", " 1", "١", "0x10", "--1"] {
            assert!(text.parse::<Integer>().is_err(), "{text:?}");
        }
        assert!("9".repeat(4300).parse::<Integer>().is_ok());
        assert!(format!("-{}", "9".repeat(4300)).parse::<Integer>().is_ok());
        assert!("9".repeat(4301).parse::<Integer>().is_err());
    }
}
