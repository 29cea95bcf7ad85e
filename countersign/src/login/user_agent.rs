use crate::session::ClientRecord;

/// The browser and the operating system behind a `User-Agent`, without their versions.
///
/// An update changes nothing in it; another browser, or another system, does. So it tells a session that has wandered
/// to another machine from one whose browser was updated overnight. It is a hint and no proof: whoever steals a
/// cookie can send any `User-Agent`.
///
/// Only the first [`ClientRecord::USER_AGENT_LIMIT`] bytes count, so the family of what a record keeps is that of the
/// header which it was made from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct UserAgentFamily {
    browser: Browser,
    system: Option<&'static str>,
}

impl UserAgentFamily {
    /// The family of a `User-Agent` as it came. Total: every sequence of bytes has one. Allocates nothing.
    pub(crate) fn of(user_agent: Option<&[u8]>) -> Self {
        let Some(user_agent) = user_agent else {
            return Self {
                browser: Browser::Unstated,
                system: None,
            };
        };
        let user_agent = &user_agent[..user_agent.len().min(ClientRecord::USER_AGENT_LIMIT)];
        Self {
            browser: first_listed(BROWSERS, user_agent)
                .map_or_else(|| Browser::of_program(user_agent), Browser::Known),
            system: first_listed(SYSTEMS, user_agent),
        }
    }
}

#[cfg(feature = "pages")]
impl UserAgentFamily {
    /// The browser's name, when it is one of the known ones.
    pub(crate) fn browser(&self) -> Option<&'static str> {
        match self.browser {
            Browser::Known(name) => Some(name),
            Browser::Unstated | Browser::Program(_) => None,
        }
    }

    /// The operating system's name, when it is one of the known ones.
    pub(crate) fn system(&self) -> Option<&'static str> {
        self.system
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Browser {
    /// There is no `User-Agent`.
    Unstated,
    /// A browser of the list below.
    Known(&'static str),
    /// Another program: the FNV-1a hash of the name that it begins with.
    Program(u64),
}

impl Browser {
    /// A program that is in no list: known by the first product's name, which ends before the version (RFC 9110,
    /// section 10.1.5).
    fn of_program(user_agent: &[u8]) -> Self {
        let name = names(user_agent).next().unwrap_or_default();
        Self::Program(name.iter().fold(FNV_OFFSET_BASIS, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME)
        }))
    }
}

/// The family that stands first in `list` among those that the agent names.
fn first_listed(list: &[(&[u8], &'static str)], user_agent: &[u8]) -> Option<&'static str> {
    names(user_agent)
        .filter_map(|name| list.iter().position(|(listed, _)| *listed == name))
        .min()
        .map(|position| list[position].1)
}

/// The names in an agent, in order: of products, without their versions, and the words of comments.
fn names(user_agent: &[u8]) -> impl Iterator<Item = &[u8]> {
    user_agent
        .split(|byte| !byte.is_ascii_graphic() || b"()[];,:".contains(byte))
        .filter_map(|word| word.split(|byte| *byte == b'/').next())
        .filter(|name| !name.is_empty())
}

/// Browsers by the product that gives them away. The order matters: most of them also name Chrome, and Chrome also
/// names Safari.
const BROWSERS: &[(&[u8], &str)] = &[
    (b"Edg", "Edge"),
    (b"EdgA", "Edge"),
    (b"EdgiOS", "Edge"),
    (b"Edge", "Edge"),
    (b"OPR", "Opera"),
    (b"OPT", "Opera"),
    (b"OPX", "Opera"),
    (b"OPiOS", "Opera"),
    (b"Opera", "Opera"),
    (b"SamsungBrowser", "Samsung Internet"),
    (b"Vivaldi", "Vivaldi"),
    (b"YaBrowser", "Yandex"),
    (b"UCBrowser", "UC Browser"),
    (b"MiuiBrowser", "Mi Browser"),
    (b"HuaweiBrowser", "Huawei Browser"),
    (b"MQQBrowser", "QQ Browser"),
    (b"QQBrowser", "QQ Browser"),
    (b"Whale", "Whale"),
    (b"Silk", "Silk"),
    (b"DuckDuckGo", "DuckDuckGo"),
    (b"Ddg", "DuckDuckGo"),
    (b"Brave", "Brave"),
    (b"FBAN", "Facebook"),
    (b"FB_IAB", "Facebook"),
    (b"Instagram", "Instagram"),
    (b"MicroMessenger", "WeChat"),
    (b"GSA", "Google"),
    (b"Electron", "Electron"),
    (b"HeadlessChrome", "Headless Chrome"),
    (b"PaleMoon", "Pale Moon"),
    (b"SeaMonkey", "SeaMonkey"),
    (b"Firefox", "Firefox"),
    (b"FxiOS", "Firefox"),
    (b"Focus", "Firefox Focus"),
    (b"Chrome", "Chrome"),
    (b"CriOS", "Chrome"),
    (b"Chromium", "Chrome"),
    (b"MSIE", "Internet Explorer"),
    (b"Trident", "Internet Explorer"),
    (b"Epiphany", "Epiphany"),
    (b"Safari", "Safari"),
];

/// Systems by the word that gives them away. The order matters: Android also names Linux, iOS also names Mac OS X.
const SYSTEMS: &[(&[u8], &str)] = &[
    (b"iPhone", "iOS"),
    (b"iPad", "iOS"),
    (b"iPod", "iOS"),
    (b"Android", "Android"),
    (b"OpenHarmony", "HarmonyOS"),
    (b"CrOS", "ChromeOS"),
    (b"Tizen", "Tizen"),
    (b"Web0S", "webOS"),
    (b"Windows", "Windows"),
    (b"Macintosh", "macOS"),
    (b"Darwin", "Darwin"),
    (b"FreeBSD", "FreeBSD"),
    (b"OpenBSD", "OpenBSD"),
    (b"Linux", "Linux"),
    (b"X11", "Linux"),
];

/// The parameters of FNV-1a with 64 bits (draft-eastlake-fnv, section 5). The hash keeps nothing secret: it only
/// makes a name comparable without keeping it.
const FNV_OFFSET_BASIS: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01B3;

#[cfg(test)]
mod tests {
    use super::*;

    const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
    const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
    const ANDROID: &str =
        "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko)";

    fn family(user_agent: &str) -> UserAgentFamily {
        UserAgentFamily::of(Some(user_agent.as_bytes()))
    }

    fn known(user_agent: &str) -> (&'static str, Option<&'static str>) {
        let family = family(user_agent);
        match family.browser {
            Browser::Known(name) => (name, family.system),
            other => panic!("{user_agent}: {other:?}"),
        }
    }

    #[test]
    fn browsers_that_name_others_are_told_apart() {
        let cases = [
            (CHROME.to_owned(), "Chrome", "Windows"),
            (format!("{CHROME} Edg/141.0.3537.57"), "Edge", "Windows"),
            (
                CHROME.replace("Chrome", "Chrome/64 Edge/17"),
                "Edge",
                "Windows",
            ),
            (format!("{CHROME} OPR/122.0.0.0"), "Opera", "Windows"),
            (format!("{CHROME} Vivaldi/7.6"), "Vivaldi", "Windows"),
            (
                CHROME.replace("Chrome", "HeadlessChrome"),
                "Headless Chrome",
                "Windows",
            ),
            (
                CHROME.replace("Windows NT 10.0; Win64; x64", "X11; CrOS x86_64 14541.0.0"),
                "Chrome",
                "ChromeOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko".to_owned(),
                "Internet Explorer",
                "Windows",
            ),
            (
                "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16".to_owned(),
                "Opera",
                "Windows",
            ),
            (FIREFOX.to_owned(), "Firefox", "Linux"),
            (SAFARI.to_owned(), "Safari", "macOS"),
            (
                format!("{IPHONE} Version/17.6 Mobile/15E148 Safari/604.1"),
                "Safari",
                "iOS",
            ),
            (
                format!("{IPHONE} CriOS/141.0 Mobile/15E148 Safari/604.1"),
                "Chrome",
                "iOS",
            ),
            (
                format!("{IPHONE} FxiOS/143.0 Mobile/15E148 Safari/605.1"),
                "Firefox",
                "iOS",
            ),
            (
                format!("{IPHONE} Version/17.0 EdgiOS/141.0 Mobile/15E148 Safari/604.1"),
                "Edge",
                "iOS",
            ),
            (
                format!("{ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36"),
                "Chrome",
                "Android",
            ),
            (
                format!("{ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"),
                "Samsung Internet",
                "Android",
            ),
            (
                format!("{ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36 EdgA/141.0"),
                "Edge",
                "Android",
            ),
            (
                format!(
                    "{ANDROID} Version/4.0 Chrome/141.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/531.0]"
                ),
                "Facebook",
                "Android",
            ),
        ];
        for (user_agent, browser, system) in cases {
            assert_eq!(known(&user_agent), (browser, Some(system)), "{user_agent}");
        }
    }

    #[test]
    fn an_update_changes_nothing() {
        for (before, after) in [
            (
                CHROME.to_owned(),
                CHROME.replace("141.0.0.0", "142.0.7444.59"),
            ),
            (FIREFOX.to_owned(), FIREFOX.replace("143.0", "144.0.2")),
            (SAFARI.to_owned(), SAFARI.replace("17.6", "26.0")),
            (CHROME.to_owned(), CHROME.replace("NT 10.0", "NT 11.0")),
            ("curl/8.5.0".to_owned(), "curl/8.16.0-DEV".to_owned()),
            (
                "python-requests/2.31.0".to_owned(),
                "python-requests/2.32.5".to_owned(),
            ),
            ("MyApp 1.0 (a/b)".to_owned(), "MyApp 1.1 (b/c)".to_owned()),
            (
                "App/7 CFNetwork/1410.1 Darwin/22.6.0".to_owned(),
                "App/8 CFNetwork/1568.1 Darwin/24.0.0".to_owned(),
            ),
        ] {
            assert_eq!(family(&before), family(&after), "{before} | {after}");
        }
    }

    #[test]
    fn another_browser_system_or_program_is_another_family() {
        let on_linux = CHROME.replace("Windows NT 10.0; Win64; x64", "X11; Linux x86_64");
        let agents = [
            CHROME,
            &on_linux,
            FIREFOX,
            SAFARI,
            "curl/8.5.0",
            "Wget/1.21.4",
            "python-requests/2.31.0",
            "",
        ];
        let mut families: Vec<_> = agents.iter().map(|agent| family(agent)).collect();
        families.push(UserAgentFamily::of(None));
        for (position, one) in families.iter().enumerate() {
            for other in &families[position + 1..] {
                assert_ne!(one, other);
            }
        }
    }

    #[test]
    fn a_word_that_only_contains_a_name_is_not_that_name() {
        assert_ne!(family("NotChrome/1"), family("Chrome/1"));
        assert_ne!(family("Firefoxy/1"), family("Firefox/1"));
    }

    #[test]
    fn a_record_has_the_family_of_its_header() {
        let long = format!("{CHROME} {} Edg/1", "x".repeat(300));
        let cut_in_a_name = format!("{CHROME}{}Edg/141", " ".repeat(254 - CHROME.len()));
        let invalid = [CHROME.as_bytes(), &[0xFF; 100]].concat();
        let garbage = vec![0xC3; 100_000];
        for header in [
            CHROME.as_bytes(),
            long.as_bytes(),
            cut_in_a_name.as_bytes(),
            &invalid,
            &garbage,
            b"",
            b"/",
            b" / / ;;((",
            "\u{411}\u{440}\u{430}\u{443}\u{437}\u{435}\u{440}/1".as_bytes(),
        ] {
            let record = ClientRecord::new(None, Some(header));
            let kept = record.user_agent.as_deref().map(str::as_bytes);
            assert_eq!(
                UserAgentFamily::of(kept),
                UserAgentFamily::of(Some(header)),
                "{}",
                String::from_utf8_lossy(header)
            );
        }
    }

    #[test]
    fn the_hash_of_a_program_is_that_of_fnv() {
        // The test vector of "foobar" in draft-eastlake-fnv, appendix C.
        assert_eq!(
            family("foobar/1").browser,
            Browser::Program(0x8594_4171_F739_67E8)
        );
    }
}
