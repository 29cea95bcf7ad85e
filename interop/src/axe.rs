//! axe-core, which finds what keeps people from using a page: <https://github.com/dequelabs/axe-core>.

use anyhow::Context as _;

use crate::target_folder;

/// The library itself, as JavaScript.
pub(crate) fn source() -> anyhow::Result<String> {
    let file = target_folder().join("npm/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file).with_context(|| {
        format!(
            "axe-core is missing at {}; `cargo xtask test` puts it there",
            file.display()
        )
    })
}

/// Runs all its rules, and makes a line of every violation.
pub(crate) const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => \
    violations.map(({ id, help, nodes }) => `${id}: ${help}: ` + nodes.map(node => node.html).join(' ')))";
