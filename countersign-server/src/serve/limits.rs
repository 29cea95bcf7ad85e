use std::time::Duration;

/// How much strangers may ask of the server. Every connection and every request is held to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limits {
    /// How many connections there may be at once. Further ones wait in the operating system's queue: most of those who
    /// come in a burst are then served a moment later, and the deadlines below make room.
    pub(crate) connections: usize,
    /// How many of them one client may have: one IPv4 address, or one /64 of IPv6. Further ones are closed at once. It
    /// does not hold for trusted proxies, who speak for many.
    pub(crate) connections_per_client: usize,
    /// How long a TLS handshake may take, and how long the head of a request, counted from its first byte. A new
    /// connection that sends nothing is closed after it, too.
    pub(crate) head: Duration,
    /// How long a request may take until its answer begins: its body, and the wait for the hashing of a password,
    /// included.
    pub(crate) request: Duration,
    /// How long a connection may stay without a request, and an answer without being read: whoever reads less than
    /// 16 KiB of what waits in that time is cut off.
    pub(crate) idle: Duration,
    /// The longest head of a request, in bytes: its line and its header fields.
    pub(crate) head_size: u32,
    /// The longest body of a request, in bytes.
    pub(crate) body_size: usize,
    /// How long requests that are under way may take after the signal to stop.
    pub(crate) shutdown: Duration,
}

impl Limits {
    /// Enough for those who watch a server: some that ask for metrics, some for health, and the operator's browser.
    pub(super) fn for_watchers() -> Self {
        Self {
            connections: 64,
            connections_per_client: 32,
            ..Self::default()
        }
    }
}

impl Default for Limits {
    /// Those of the settings.
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_client: 256,
            head: Duration::from_secs(10),
            request: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            head_size: 16 * 1024,
            body_size: 64 * 1024,
            shutdown: Duration::from_secs(10),
        }
    }
}

/// The longest target of a request, in bytes. RFC 9110, section 4.1, recommends to support 8,000 at least.
pub(super) const TARGET_SIZE: usize = 8_000;

/// The most header fields of a request: hyper's own limit for HTTP/1, and ours for HTTP/2.
pub(super) const HEADERS: usize = 100;

/// The most requests at once on one connection of HTTP/2. RFC 9113, section 6.5.2, recommends 100 at least.
pub(super) const STREAMS: u32 = 100;
