//! What the standard library has for text only.

/// What stands before and after the last place at which a separator, which is not empty, stands.
pub(super) fn rsplit_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = match separator {
        [byte] => bytes.iter().rposition(|other| other == byte),
        _ => bytes
            .windows(separator.len())
            .rposition(|window| window == separator),
    }?;
    Some((&bytes[..start], &bytes[start + separator.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_split_at_the_last_separator() {
        assert_eq!(rsplit_once(b"a.b.c", b"."), Some((&b"a.b"[..], &b"c"[..])));
        assert_eq!(rsplit_once(b"a...", b".."), Some((&b"a."[..], &b""[..])));
        assert_eq!(rsplit_once(b"..", b".."), Some((&b""[..], &b""[..])));
        assert_eq!(rsplit_once(b".", b".."), None);
        assert_eq!(rsplit_once(b"", b"."), None);
    }
}
