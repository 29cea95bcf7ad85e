//! A value as the first part of a signed text: JSON, compressed if that is shorter, in base64.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::base64;
use super::error::{Malformed, Unwritable};
use super::json::{self, PayloadFormat};
use super::limits::Limits;
use super::value::Value;

/// Writes a payload. It is marked by a `.` if it is compressed.
pub(super) fn write(
    value: &Value,
    format: PayloadFormat,
    limits: &Limits,
) -> Result<String, Unwritable> {
    let json = json::write(value, format, limits.depth)?;
    if json.len() > limits.inflated {
        return Err(Unwritable::TooLong);
    }
    let mut payload = String::with_capacity(json.len() / 3 * 4 + 4);
    match deflated(json.as_bytes()) {
        Some(deflated) => {
            payload.push('.');
            base64::encode_url_safe(&deflated, &mut payload);
        }
        None => base64::encode_url_safe(json.as_bytes(), &mut payload),
    }
    Ok(payload)
}

/// Reads a payload.
pub(super) fn read(
    payload: &[u8],
    format: PayloadFormat,
    limits: &Limits,
) -> Result<Value, Malformed> {
    let (text, is_deflated) = match payload.strip_prefix(b".") {
        Some(text) => (text, true),
        None => (payload, false),
    };
    let mut json = base64::decode_url_safe(text).ok_or(Malformed::Base64)?;
    if is_deflated {
        json = inflated(&json, limits.inflated)?;
    }
    if json.len() > limits.inflated {
        return Err(Malformed::Inflated {
            limit: limits.inflated,
        });
    }
    json::read(&json, format, limits.depth)
}

/// The JSON as a zlib stream (RFC 1950), if that spares two bytes or more: the `.` takes one.
fn deflated(json: &[u8]) -> Option<Vec<u8>> {
    let most = json.len().checked_sub(2)?;
    let mut deflated = Vec::with_capacity(most);
    let mut compress = Compress::new(Compression::new(LEVEL), true);
    let status = compress
        .compress_vec(json, &mut deflated, FlushCompress::Finish)
        .ok()?;
    if status != Status::StreamEnd || deflated.len() > most {
        return None;
    }
    deflated[..HEADER.len()].copy_from_slice(&HEADER);
    Some(deflated)
}

/// What a zlib stream holds, as long as it is no more than `limit` bytes. What follows the stream does not count.
fn inflated(deflated: &[u8], limit: usize) -> Result<Vec<u8>, Malformed> {
    let mut inflate = Decompress::new(true);
    let mut json = Vec::with_capacity(deflated.len().saturating_mul(4).clamp(256, 4096));
    loop {
        let read = usize::try_from(inflate.total_in()).expect("it reads what is in memory");
        let written = json.len();
        let status = inflate
            .decompress_vec(&deflated[read..], &mut json, FlushDecompress::None)
            .map_err(|_| Malformed::Zlib)?;
        if json.len() > limit {
            return Err(Malformed::Inflated { limit });
        }
        if status == Status::StreamEnd {
            return Ok(json);
        }
        if json.len() < json.capacity() && json.len() == written {
            // There was room, and nothing came: the stream is cut off.
            return Err(Malformed::Zlib);
        }
        json.reserve(json.capacity());
    }
}

/// At this level zlib-rs finds what zlib finds at its own level 6, which Python compresses at, but for a match of three bytes
/// at the very end: in 5,989 of 6,000 sessions the same bytes, and in all of them the same choice whether to compress. Where
/// many values end in `}}}}`, that match can decide the choice: 6 of 15,438 were left as they are and Python compresses them.
/// At its own level 6 it passes over every match of three bytes.
const LEVEL: u32 = 9;
/// What begins a stream of level 6 (RFC 1950, section 2.2): deflate, a window of 32 KiB, and the level, which nobody needs
/// for inflating.
const HEADER: [u8; 2] = [0x78, 0x9c];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_is_read_again_up_to_the_limit() {
        let text = Value::from("x".repeat(10_000));
        let limits = Limits::default();
        let payload = write(&text, PayloadFormat::Tagged, &limits).unwrap();
        assert!(payload.starts_with('.') && payload.len() < 100, "{payload}");
        assert_eq!(
            read(payload.as_bytes(), PayloadFormat::Tagged, &limits),
            Ok(text.clone())
        );
        let limit = 10_001;
        let refused = read(
            payload.as_bytes(),
            PayloadFormat::Tagged,
            &limits.inflated(limit),
        );
        assert_eq!(refused, Err(Malformed::Inflated { limit }));
        let refused = write(&text, PayloadFormat::Tagged, &limits.inflated(limit));
        assert_eq!(refused, Err(Unwritable::TooLong));
        assert!(
            read(
                payload.as_bytes(),
                PayloadFormat::Tagged,
                &limits.inflated(10_002)
            )
            .is_ok()
        );
    }

    #[test]
    fn what_would_not_be_shorter_is_not_compressed() {
        for text in ["", "a", "no repetition"] {
            let payload = write(&text.into(), PayloadFormat::Tagged, &Limits::default()).unwrap();
            assert!(!payload.starts_with('.'), "{payload}");
        }
    }

    #[test]
    fn a_stream_that_is_cut_off_or_changed_anywhere_is_refused() {
        let json = br#"["aaaaaaaaaaaaaaaaaaaa","bbbbbbbbbbbbbbbbbbbb","aaaaaaaaaaaaaaaaaaaa"]"#;
        let whole = deflated(json).unwrap();
        assert_eq!(inflated(&whole, 1000).as_deref(), Ok(&json[..]));
        for length in 0..whole.len() {
            assert_eq!(
                inflated(&whole[..length], 1000),
                Err(Malformed::Zlib),
                "{length}"
            );
        }
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 0x10;
            assert!(inflated(&changed, 1000).is_err(), "{place}");
        }
        assert_eq!(
            inflated(&[&whole[..], b"more"].concat(), 1000).as_deref(),
            Ok(&json[..])
        );
    }

    #[test]
    fn a_bomb_is_refused_before_it_has_gone_off() {
        let mut bomb = Vec::with_capacity(1 << 20);
        let zeros = vec![b'0'; 64 << 20];
        Compress::new(Compression::best(), true)
            .compress_vec(&zeros, &mut bomb, FlushCompress::Finish)
            .unwrap();
        assert!(bomb.len() < 100_000);
        let limit = 256 * 1024;
        assert_eq!(inflated(&bomb, limit), Err(Malformed::Inflated { limit }));
    }

    #[test]
    fn what_is_no_payload_is_told_apart() {
        let read = |payload: &[u8]| read(payload, PayloadFormat::Tagged, &Limits::default());
        assert_eq!(read(b"a"), Err(Malformed::Base64));
        assert_eq!(read(b""), Err(Malformed::Json { offset: 0 }));
        assert_eq!(read(b"."), Err(Malformed::Zlib));
        assert_eq!(read(b".eHh4eA"), Err(Malformed::Zlib));
        assert_eq!(read(b"eyJhIjoi_yJ9"), Err(Malformed::Utf8));
        assert_eq!(read(b"e25vcGU"), Err(Malformed::Json { offset: 1 }));
    }
}
