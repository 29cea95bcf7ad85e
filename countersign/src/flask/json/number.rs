//! Numbers as Python writes and reads them.

use std::fmt::Write as _;

/// Writes a float as Python's `repr` does: the fewest digits that read back as the same float, an exponent of at least
/// two digits below 1e-4 and from 1e16 on, and always a `.` or an exponent.
pub(in crate::flask) fn write_float(float: f64, json: &mut String) {
    if !float.is_finite() {
        json.push_str(match (float.is_nan(), float > 0.0) {
            (true, _) => "NaN",
            (false, true) => "Infinity",
            (false, false) => "-Infinity",
        });
        return;
    }
    if float.is_sign_negative() {
        json.push('-');
    }
    let (digits, exponent) = shortest_digits(float.abs());
    match usize::try_from(exponent) {
        Ok(exponent @ ..16) => {
            let (whole, fraction) = digits.split_at(digits.len().min(exponent + 1));
            let fraction = if fraction.is_empty() { "0" } else { fraction };
            let width = exponent + 1;
            write!(json, "{whole:0<width$}.{fraction}").expect(INTO_A_STRING);
        }
        Err(_) if exponent >= -4 => {
            let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
            write!(json, "0.{:0<zeros$}{digits}", "").expect(INTO_A_STRING);
        }
        _ => {
            let (first, others) = digits.split_at(1);
            let point = if others.is_empty() { "" } else { "." };
            write!(json, "{first}{point}{others}e{exponent:+03}").expect(INTO_A_STRING);
        }
    }
}

/// The fewest digits that read back as the same float, and the exponent of the first one.
///
/// Where two numbers of so many digits are equally near, Rust takes one and Python the even one. So the digits are made
/// anew by rounding, unless what that gives is another float, as it can be beside a power of two.
fn shortest_digits(float: f64) -> (String, i32) {
    let shortest = format!("{float:e}");
    let (digits, _) = shortest.split_once('e').expect(HAS_EXPONENT);
    let decimals = digits.len().saturating_sub("1.".len());
    let rounded = format!("{float:.decimals$e}");
    let scientific = match rounded.parse::<f64>() {
        Ok(same) if float == same => rounded,
        _ => shortest,
    };
    let (digits, exponent) = scientific.split_once('e').expect(HAS_EXPONENT);
    let exponent = exponent.parse().expect(HAS_EXPONENT);
    (digits.replace('.', ""), exponent)
}

/// How many bytes of a number stand at the beginning, and whether it is a float. `None` when there is no number.
pub(super) fn scan(text: &[u8]) -> Option<(usize, bool)> {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let sign = usize::from(text.first() == Some(&b'-'));
    let mut end = sign
        + match text.get(sign)? {
            b'0' => 1,
            b'1'..=b'9' => digits(sign),
            _ => return None,
        };
    let mut is_float = false;
    if text.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
        is_float = true;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
            is_float = true;
        }
    }
    Some((end, is_float))
}

const INTO_A_STRING: &str = "writing into a string can't fail";
const HAS_EXPONENT: &str = "scientific notation has an exponent";

#[cfg(test)]
mod tests {
    use super::*;

    /// Each made by Python 3.11's `repr`.
    #[test]
    fn a_float_is_written_as_python_writes_it() {
        for (float, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (1e-4, "0.0001"),
            (0.00012345, "0.00012345"),
            (9.999e-5, "9.999e-05"),
            (1e-5, "1e-05"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (9999999999999998.0, "9999999999999998.0"),
            // Exactly between two numbers of so many digits.
            (1234567123456789.0 + 0.25, "1234567123456789.2"),
            (1234567123456789.0 + 0.75, "1234567123456789.8"),
            // Beside a power of two.
            (2_f64.powi(-44), "5.684341886080802e-14"),
            (2_f64.powi(-77), "6.617444900424222e-24"),
            (9007199254740994.0, "9007199254740994.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            let mut json = String::new();
            write_float(float, &mut json);
            assert_eq!(json, expected);
        }
    }

    #[test]
    fn a_number_ends_where_python_ends_it() {
        for (text, expected) in [
            ("0", Some((1, false))),
            ("-12,", Some((3, false))),
            ("01", Some((1, false))),
            ("1.", Some((1, false))),
            ("1.5e", Some((3, true))),
            ("1e+", Some((1, false))),
            ("-1.5E+07]", Some((8, true))),
            ("-", None),
            (".5", None),
            ("+1", None),
            ("", None),
        ] {
            assert_eq!(scan(text.as_bytes()), expected, "{text:?}");
        }
    }
}
