/// A text for a cell of a table in CSV, of which no spreadsheet takes anything for a formula: strangers choose what stands in some
/// texts, such as their `User-Agent`, and a formula that somebody opens can send the table elsewhere or start programs
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
///
/// What would be a formula begins with `'` then. Spreadsheets part cells at semicolons where the decimal point is a comma, or at tabs,
/// and then also within what stands in quotes; so what follows one of these is looked at, too.
///
/// ```
/// use countersign::pages::no_formula;
///
/// assert_eq!(no_formula("=HYPERLINK(\"https://evil.example\")"), "'=HYPERLINK(\"https://evil.example\")");
/// assert_eq!(no_formula("Mozilla/5.0 (X11; Linux x86_64)"), "Mozilla/5.0 (X11; Linux x86_64)");
/// ```
pub fn no_formula(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len() + 1);
    for cell in text.split_inclusive(SEPARATORS) {
        if cell.trim_start().starts_with(BEGINNINGS) {
            harmless.push('\'');
        }
        harmless.push_str(cell);
    }
    harmless
}

/// Where a cell may end, whatever the file means to be.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];

/// With what formulas begin; some spreadsheets take the wide forms for the others.
const BEGINNINGS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula_whatever_parts_the_cells() {
        for (text, written) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            (" @SUM(A1)", "' @SUM(A1)"),
            ("＝1", "'＝1"),
            ("\t=1", "\t'=1"),
            ("\r\n=1", "\r\n'=1"),
            ("X11;=cmd|'/C calc'!A0", "X11;'=cmd|'/C calc'!A0"),
            ("a; +1;-1", "a;' +1;'-1"),
        ] {
            assert_eq!(no_formula(text), written);
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for text in [
            "",
            ";",
            "1.2.3.4",
            "::1",
            "a=b; c=d",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101",
        ] {
            assert_eq!(no_formula(text), text);
        }
    }
}
