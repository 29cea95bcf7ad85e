use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Subcommand;
use countersign::secret::{OperatingSystemRandom, Random as _};
use zeroize::Zeroizing;

use super::{CommandError, output};

/// `countersign secret …`
#[derive(Debug, Subcommand)]
pub(crate) enum Secret {
    /// Print a new random key: 32 bytes in base64url, for `secret_key`
    Generate,
}

impl Secret {
    pub(super) fn run(&self) -> Result<(), CommandError> {
        match self {
            Self::Generate => {
                let mut key = Zeroizing::new([0; 32]);
                OperatingSystemRandom.fill(&mut *key);
                output::line(Zeroizing::new(URL_SAFE_NO_PAD.encode(*key)).as_str())
            }
        }
    }
}
