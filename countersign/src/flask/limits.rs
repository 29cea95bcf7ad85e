/// How large a signed value may be. What is larger is refused before the work is done; what is written is held to the
/// same limits, so that whatever was written can be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes of the signed text; 65,536 unless set. Browsers keep cookies of up to 4096 bytes (RFC 6265,
    /// section 6.1).
    pub input: usize,
    /// The most bytes of JSON after inflation; 262,144 unless set. Flask itself has no limit: 50 kB can become 50 MB.
    pub inflated: usize,
    /// How deeply lists and dicts may be in one another; 256 unless set. A tuple counts twice, as it is a list under a
    /// tag. Python gives up at 490 to 1000, as its version has it.
    pub depth: usize,
}

impl Limits {
    /// Sets [`Limits::input`].
    pub const fn input(mut self, bytes: usize) -> Self {
        self.input = bytes;
        self
    }

    /// Sets [`Limits::inflated`].
    pub const fn inflated(mut self, bytes: usize) -> Self {
        self.inflated = bytes;
        self
    }

    /// Sets [`Limits::depth`]. Each level takes some hundred bytes of the stack, so stay below 1000; what is above counts
    /// as 1000.
    pub const fn depth(mut self, levels: usize) -> Self {
        self.depth = if levels < MOST_LEVELS {
            levels
        } else {
            MOST_LEVELS
        };
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input: 64 * 1024,
            inflated: 256 * 1024,
            depth: 256,
        }
    }
}

/// A thread of 2 MiB holds this many, in a build for debugging too.
const MOST_LEVELS: usize = 1000;
