//! Flask's signed values: what the real libraries wrote and judged, and what nobody should be able to do.

#[allow(unreachable_pub, reason = "the fuzz targets call it too")]
#[path = "../../../../fuzz/src/lib.rs"]
mod checks;
mod corpus;
mod hostile;
mod passwords;
mod vectors;
