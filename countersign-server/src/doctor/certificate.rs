//! The certificate that the public URL shows, and the files that it comes from.

use std::time::Duration;

use countersign::clock::{Clock as _, SystemClock, Timestamp};
use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

use super::Finding;
use super::clocks::day;
use super::probe::Probe;
use super::trust::Shown;
use crate::configuration::Certificate;

/// Judges the certificate that was shown last. Answers also whether it can be trusted.
pub(super) fn examine(probe: &Probe<'_>) -> (Vec<Finding>, bool) {
    let Some(shown) = probe.web.shown() else {
        return (Vec::new(), true);
    };
    if let Some(objection) = &shown.objection {
        let leaf = Leaf::read(&shown);
        return (vec![refused(objection, leaf.as_ref(), &shown)], false);
    }
    let mut findings: Vec<_> = Leaf::read(&shown).iter().map(Leaf::lasts).collect();
    findings.extend(same_as_file(probe, &shown));
    (findings, true)
}

/// What is read from the site's own certificate (RFC 5280).
struct Leaf {
    from: Timestamp,
    until: Timestamp,
    names: Vec<String>,
}

impl Leaf {
    fn read(shown: &Shown) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(shown.chain.first()?).ok()?;
        let validity = certificate.validity();
        let moment = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1_000));
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map_or_else(Vec::new, |names| {
            names.value.general_names.iter().filter_map(name).collect()
        });
        Some(Self {
            from: moment(validity.not_before.timestamp()),
            until: moment(validity.not_after.timestamp()),
            names,
        })
    }

    /// A certificate that is not renewed in time would end the site.
    fn lasts(&self) -> Finding {
        let (left, life) = (
            self.until.since(SystemClock::new().now()),
            self.until.since(self.from),
        );
        let found = format!(
            "The certificate is valid until {}: {}.",
            day(self.until),
            in_days(left)
        );
        match left < life / 6 {
            true => Finding::warning(
                CHECK,
                found,
                "It should have been renewed by now: see in the log of whatever renews it (this server with `https.acme`, \
                 certbot, Caddy) why it was not.",
            ),
            false => Finding::ok(CHECK, found),
        }
    }
}

/// Why clients refuse the certificate, and what to do about it.
fn refused(objection: &rustls::Error, leaf: Option<&Leaf>, shown: &Shown) -> Finding {
    let rustls::Error::InvalidCertificate(error) = objection else {
        return other(objection);
    };
    match (error, leaf) {
        (CertificateError::Expired | CertificateError::ExpiredContext { .. }, Some(leaf)) => {
            Finding::mistake(
                CHECK,
                format!("The certificate expired on {}.", day(leaf.until)),
                format!("Renew it, and have it loaded. {RELOAD}"),
            )
        }
        (
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
            Some(leaf),
        ) => Finding::mistake(
            CHECK,
            format!("The certificate is not valid before {}.", day(leaf.from)),
            "Set this machine's clock right (`timedatectl`); or wait, if it is.",
        ),
        (
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            Some(leaf),
        ) => Finding::mistake(
            CHECK,
            format!(
                "The certificate is not for the public URL's host but for {}.",
                listed(&leaf.names)
            ),
            "Get a certificate for the host of `public_url`, and name it in `ssl_certificate` and `ssl_certificate_key` \
             (nginx), in the site's address (Caddy) or in `https.certificate`; or correct `public_url`.",
        ),
        (CertificateError::UnknownIssuer | CertificateError::BadSignature, _) => {
            let alone = match shown.chain.len() {
                1 => {
                    " It came alone: if somebody signed it whose certificate should come with it, serve the file that holds \
                       both (certbot's `fullchain.pem`)."
                }
                _ => "",
            };
            Finding::mistake(
                CHECK,
                "Nobody whom this machine trusts signed the certificate.",
                format!(
                    "Use one of an authority that browsers know.{alone} If it is of an authority of your own, name that \
                     one's certificate with `--root`."
                ),
            )
        }
        _ => other(objection),
    }
}

fn other(objection: &rustls::Error) -> Finding {
    Finding::mistake(
        CHECK,
        format!("Clients refuse the certificate: {objection}."),
        "Replace it by one that browsers accept.",
    )
}

/// Whether the certificate is the one in the file, where this server itself reads it from there.
fn same_as_file(probe: &Probe<'_>, shown: &Shown) -> Option<Finding> {
    let Certificate::Files { certificate, .. } = &probe.configuration.https.certificate else {
        return None;
    };
    let check = "certificate.file";
    let in_file = CertificateDer::pem_file_iter(certificate).ok();
    let in_file = in_file.and_then(|mut certificates| certificates.next()?.ok());
    Some(match in_file {
        None => Finding::mistake(
            check,
            format!("{certificate:?} can't be read as a certificate."),
            "Correct `https.certificate`: it names a file in PEM, readable for this server's user.",
        ),
        Some(in_file) if shown.chain.first() == Some(&in_file) => Finding::ok(
            check,
            "The certificate in the file is the one that is served.",
        ),
        Some(_) => Finding::warning(
            check,
            format!("Another certificate is served than the one in {certificate:?}."),
            "Have the server read it again (SIGHUP, or `systemctl reload`); or a proxy in front speaks https with one of its \
             own.",
        ),
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(std::net::IpAddr::from);
            let sixteen = || <[u8; 16]>::try_from(*bytes).map(std::net::IpAddr::from);
            let address = four.or_else(|_| sixteen()).ok()?;
            Some(address.to_string())
        }
        _ => None,
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "no name".to_owned(),
        names => names.join(", "),
    }
}

fn in_days(left: Duration) -> String {
    match left.as_secs() / (24 * 3_600) {
        0 => "less than a day".to_owned(),
        1 => "one day".to_owned(),
        days => format!("{days} days"),
    }
}

const CHECK: &str = "certificate";

const RELOAD: &str = "This server reads `https.certificate` again by itself; nginx needs `nginx -s reload`; Caddy renews and loads on its own.";
