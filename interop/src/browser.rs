use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use chromiumoxide::browser::{Browser as Chromium, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
};
use chromiumoxide::cdp::browser_protocol::network::{Headers, SetExtraHttpHeadersParams};
use chromiumoxide::page::ScreenshotParams;
use chromiumoxide::{Element, Page as Tab};
use futures_util::StreamExt as _;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

pub use chromiumoxide::cdp::browser_protocol::network::Cookie;

use crate::{PATIENCE, PAUSE, target_folder};

/// Chromium without a window and with a profile of its own, which goes when this value goes.
#[derive(Debug)]
pub struct Browser {
    chromium: Chromium,
    messages: JoinHandle<()>,
    _profile: TempDir,
}

impl Browser {
    /// Starts Chromium: the program that the variable `CHROMIUM` names, or else the first of the usual names in
    /// `PATH`. An error says how to get one.
    pub async fn launch() -> anyhow::Result<Self> {
        let profile = tempfile::tempdir().context("a folder for Chromium's profile")?;
        let configuration = configuration(&program()?, profile.path())?;
        let (chromium, mut handler) = Chromium::launch(configuration)
            .await
            .context("Chromium did not start")?;
        let messages = tokio::spawn(async move { while handler.next().await.is_some() {} });
        Ok(Self {
            chromium,
            messages,
            _profile: profile,
        })
    }

    /// Opens a page in a new tab. All tabs of one browser share its cookies.
    pub async fn open(&self, url: &str) -> anyhow::Result<Page> {
        let tab = self.chromium.new_page("about:blank").await?;
        let page = Page { tab };
        page.goto(url).await?;
        Ok(page)
    }

    /// Opens a page in a new tab whose reader speaks a language, given as the header `Accept-Language` has it.
    pub async fn open_in(&self, url: &str, accept_language: &str) -> anyhow::Result<Page> {
        let tab = self.chromium.new_page("about:blank").await?;
        let headers = serde_json::json!({ "Accept-Language": accept_language });
        let headers = SetExtraHttpHeadersParams::new(Headers::new(headers));
        tab.execute(headers).await?;
        let page = Page { tab };
        page.goto(url).await?;
        Ok(page)
    }

    /// Closes every tab, and waits until Chromium has ended.
    pub async fn close(mut self) -> anyhow::Result<()> {
        self.chromium.close().await?;
        self.chromium.wait().await?;
        self.messages.await?;
        Ok(())
    }
}

/// A tab, used as a person uses it: by what stands on the page.
#[derive(Debug)]
pub struct Page {
    tab: Tab,
}

impl Page {
    /// Goes to an address and waits until the page has loaded.
    pub async fn goto(&self, url: &str) -> anyhow::Result<()> {
        self.tab
            .goto(url)
            .await
            .with_context(|| format!("no page at {url}"))?;
        Ok(())
    }

    /// The address, after all redirects.
    pub async fn url(&self) -> anyhow::Result<String> {
        self.evaluate("location.href").await
    }

    /// The language that the page says it is written in (BCP 47).
    pub async fn language(&self) -> anyhow::Result<String> {
        self.evaluate("document.documentElement.lang").await
    }

    /// The text a reader sees.
    pub async fn text(&self) -> anyhow::Result<String> {
        self.evaluate("document.body.innerText").await
    }

    /// The status of the answer that this page came with (RFC 9110, section 15).
    pub async fn status(&self) -> anyhow::Result<u16> {
        self.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
            .await
    }

    /// Types a text into the field of a label or name, in place of what it held.
    pub async fn fill(&self, field: &str, text: &str) -> anyhow::Result<()> {
        let element = self.find("field", field, &field_path(field)).await?;
        element
            .call_js_fn("function() { this.value = '' }", false)
            .await?;
        self.click_on(&element).await?;
        element.type_str(text).await?;
        Ok(())
    }

    /// Clicks the checkbox or radio button of a label or name.
    pub async fn tick(&self, field: &str) -> anyhow::Result<()> {
        let element = self.find("field", field, &field_path(field)).await?;
        self.click_on(&element).await
    }

    /// Clicks the button or link of a text. For what changes the page without leaving it; see [`Page::wait_for_text`].
    pub async fn click(&self, text: &str) -> anyhow::Result<()> {
        let element = self
            .find("button or link", text, &button_path(text))
            .await?;
        self.click_on(&element).await
    }

    /// Clicks the button or link of a text, and waits until the page it leads to has loaded.
    pub async fn follow(&self, text: &str) -> anyhow::Result<()> {
        self.leave_by(self.click(text))
            .await
            .with_context(|| format!("behind “{text}”"))
    }

    /// Clicks the button of a text, which sends a form, and waits until the answer has loaded. A link of the same text is
    /// left alone.
    pub async fn send(&self, button: &str) -> anyhow::Result<()> {
        let path = format!("//button[normalize-space(.)={}]", xpath_string(button));
        let element = self.find("button", button, &path).await?;
        self.leave_by(async {
            self.click_on(&element).await?;
            Ok(())
        })
        .await
        .with_context(|| format!("behind “{button}”"))
    }

    /// Does what leads to another page, and waits until that page has loaded.
    pub async fn leave_by(
        &self,
        action: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        self.tab.evaluate_expression("window.isLeft = true").await?;
        action.await?;
        let arrived = "document.readyState === 'complete' && window.isLeft === undefined";
        self.wait_until("no other page", arrived).await
    }

    /// Goes back, as by the browser's own button, and waits until the page before has loaded.
    pub async fn back(&self) -> anyhow::Result<()> {
        // The page before may come out of the browser's memory, variables and all.
        let mark = "window.isLeftBackwards";
        self.tab
            .evaluate_expression(format!("{mark} = true; history.back()"))
            .await?;
        let arrived = format!("document.readyState === 'complete' && {mark} === undefined");
        self.wait_until("no page to go back to", &arrived).await
    }

    /// Gives the page another size, in CSS pixels, and its reader a taste for light or dark.
    pub async fn look(&self, width: u32, dark: bool) -> anyhow::Result<()> {
        let size = SetDeviceMetricsOverrideParams::new(width, 800, 1.0, width < 600);
        self.tab.execute(size).await?;
        let scheme = MediaFeature {
            name: "prefers-color-scheme".to_owned(),
            value: if dark { "dark" } else { "light" }.to_owned(),
        };
        // What changes slowly would be looked at while it does.
        let motion = MediaFeature {
            name: "prefers-reduced-motion".to_owned(),
            value: "reduce".to_owned(),
        };
        let media = SetEmulatedMediaParams::builder()
            .features([scheme, motion])
            .build();
        self.tab.execute(media).await?;
        Ok(())
    }

    /// How many CSS pixels of the page stand out on the right: above zero, a reader has to scroll sideways.
    pub async fn overhang(&self) -> anyhow::Result<i64> {
        self.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            .await
    }

    /// Waits until the keyboard acts on the field of a label, or on the button or link of a text.
    pub async fn wait_for_focus(&self, text: &str) -> anyhow::Result<()> {
        let quoted = serde_json::to_string(text)?;
        let condition = format!(
            "document.activeElement !== document.body && \
             (document.activeElement.ariaLabel \
              ?? (document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()) === {quoted}"
        );
        self.wait_until(
            &format!("the keyboard does not act on “{text}”"),
            &condition,
        )
        .await
    }

    /// Presses a key, such as `Tab` or `Enter`.
    pub async fn press(&self, key: &str) -> anyhow::Result<()> {
        self.tab
            .find_element(":focus")
            .await?
            .press_key(key)
            .await?;
        Ok(())
    }

    /// Types a text wherever the keyboard acts.
    pub async fn type_text(&self, text: &str) -> anyhow::Result<()> {
        self.tab
            .find_element(":focus")
            .await?
            .type_str(text)
            .await?;
        Ok(())
    }

    /// Waits until a text stands on the page.
    pub async fn wait_for_text(&self, text: &str) -> anyhow::Result<()> {
        let quoted = serde_json::to_string(text)?;
        let condition = format!("document.body.innerText.includes({quoted})");
        self.wait_until(&format!("no text “{text}”"), &condition)
            .await
    }

    /// Waits until a text does not stand on the page any more.
    pub async fn wait_until_text_is_gone(&self, text: &str) -> anyhow::Result<()> {
        let quoted = serde_json::to_string(text)?;
        let condition = format!(
            "document.readyState === 'complete' && !document.body.innerText.includes({quoted})"
        );
        self.wait_until(&format!("still a text “{text}”"), &condition)
            .await
    }

    /// The cookies that the browser would send to this page, `HttpOnly` ones included.
    pub async fn cookies(&self) -> anyhow::Result<Vec<Cookie>> {
        Ok(self.tab.get_cookies().await?)
    }

    /// The cookie of a name among [`Page::cookies`].
    pub async fn cookie(&self, name: &str) -> anyhow::Result<Option<Cookie>> {
        let mut cookies = self.cookies().await?.into_iter();
        Ok(cookies.find(|cookie| cookie.name == name))
    }

    /// Takes a picture of the whole page, for people to look at: `target/artefacts/<name>.png`.
    pub async fn screenshot(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = target_folder().join("artefacts");
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let path = folder.join(name).with_extension("png");
        let whole_page = ScreenshotParams::builder().full_page(true).build();
        self.tab.save_screenshot(whole_page, &path).await?;
        Ok(path)
    }

    /// The tab itself, for all that has no method here.
    pub fn tab(&self) -> &Tab {
        &self.tab
    }

    /// Clicks an element. A tab behind another is drawn nowhere, and would wait for its click for ever.
    pub async fn click_on(&self, element: &Element) -> anyhow::Result<()> {
        self.tab.bring_to_front().await?;
        element.click().await?;
        Ok(())
    }

    async fn evaluate<T: serde::de::DeserializeOwned>(
        &self,
        expression: &str,
    ) -> anyhow::Result<T> {
        let result = self.tab.evaluate_expression(expression).await?;
        result
            .into_value()
            .with_context(|| format!("the value of {expression}"))
    }

    async fn find(&self, kind: &str, name: &str, path: &str) -> anyhow::Result<Element> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.tab.find_xpath(path).await {
                Ok(element) => return Ok(element),
                Err(_) if Instant::now() < deadline => sleep(PAUSE).await,
                Err(_) => return Err(self.complaint(&format!("no {kind} “{name}”")).await),
            }
        }
    }

    async fn wait_until(&self, complaint: &str, condition: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        // While one page gives way to the next there is none to ask: an error is "not yet".
        while !self.evaluate(condition).await.unwrap_or(false) {
            if Instant::now() >= deadline {
                return Err(self.complaint(complaint).await);
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn complaint(&self, complaint: &str) -> anyhow::Error {
        let url = self.url().await.unwrap_or_default();
        let text = self.text().await.unwrap_or_default();
        anyhow!("{complaint} at {url}, where it says:\n{text}")
    }
}

fn configuration(program: &Path, profile: &Path) -> anyhow::Result<BrowserConfig> {
    BrowserConfig::builder()
        .chrome_executable(program)
        .user_data_dir(profile)
        .new_headless_mode()
        .no_sandbox()
        .window_size(1280, 800)
        .viewport(None)
        .launch_timeout(2 * PATIENCE)
        .request_timeout(PATIENCE)
        .args(SWITCHES)
        .build()
        .map_err(|complaint| anyhow!("Chromium's configuration: {complaint}"))
}

fn program() -> anyhow::Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM").map(PathBuf::from) {
        if path.is_file() {
            return Ok(path);
        }
        bail!(
            "CHROMIUM names {}, and there is no such file",
            path.display()
        );
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders)
        .flat_map(|folder| PROGRAMS.map(|program| folder.join(program)))
        .find(|path| path.is_file())
        .context("Chromium is missing; `cargo xtask test` installs it, or set CHROMIUM to its path")
}

fn field_path(field: &str) -> String {
    let field = xpath_string(field);
    format!(
        "//*[self::input or self::select or self::textarea][@name={field}] \
         | //*[@id=//label[normalize-space(.)={field}]/@for] \
         | //label[normalize-space(.)={field}]//*[self::input or self::select or self::textarea]"
    )
}

fn button_path(text: &str) -> String {
    let text = xpath_string(text);
    format!(
        "//*[self::button or self::a or self::summary][normalize-space(.)={text}] \
         | //input[@type='submit' or @type='button'][@value={text}]"
    )
}

/// A text as XPath writes it (XPath 1.0, section 3.7), where a string in quotes cannot hold its own quote.
fn xpath_string(text: &str) -> String {
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    let parts: Vec<String> = text.split('"').map(|part| format!("\"{part}\"")).collect();
    format!("concat({})", parts.join(", '\"', "))
}

const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// No sandbox for the machines that build, where the tests run as root; nothing that calls home; and no QUIC,
/// because what is tested is asked over TCP.
const SWITCHES: [&str; 8] = [
    "disable-background-networking",
    "disable-component-update",
    // Containers often have 64 MB of shared memory, which is too little for a page.
    "disable-dev-shm-usage",
    "disable-gpu",
    "disable-quic",
    "disable-sync",
    "no-default-browser-check",
    "no-first-run",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_quotes_stays_one_xpath_string() {
        assert_eq!(xpath_string("Ada's"), "\"Ada's\"");
        assert_eq!(
            xpath_string("say \"hello\""),
            "concat(\"say \", '\"', \"hello\", '\"', \"\")"
        );
    }
}
