//! axe-core, which finds what keeps people from using a page: <https://github.com/dequelabs/axe-core>.

use anyhow::Context as _;
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;

use crate::{Page, target_folder};

impl Page {
    /// What keeps somebody from using the page as it looks now: each rule of axe-core that it breaks, and where.
    pub async fn barriers(&self) -> anyhow::Result<Vec<String>> {
        // What a debugger evaluates is no script of the page, so its Content Security Policy does not keep it out.
        let is_there = self.tab().evaluate_expression("'axe' in window").await?;
        if !is_there.into_value::<bool>()? {
            self.tab().evaluate_expression(source()?).await?;
        }
        let run = EvaluateParams::builder()
            .expression(RUN)
            .await_promise(true)
            .return_by_value(true)
            .build()
            .map_err(anyhow::Error::msg)?;
        let result = self.tab().evaluate_expression(run).await?;
        result.into_value().context("what axe-core found")
    }
}

/// The library itself, as JavaScript.
fn source() -> anyhow::Result<String> {
    let file = target_folder().join("npm/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file).with_context(|| {
        format!(
            "axe-core is missing at {}; `cargo xtask test` puts it there",
            file.display()
        )
    })
}

/// Runs all its rules, and makes a line of every violation.
const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => \
    violations.map(({ id, help, nodes }) => `${id}: ${help}: ` + nodes.map(node => node.html).join(' ')))";
