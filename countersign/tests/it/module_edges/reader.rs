//! Reads one source file and finds what it imports, however that is written.

use std::fmt;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, File, Item, ItemMod, ItemUse, Macro, UseTree};

use super::{TESTING, allowed, may_not_name_crate};

/// Something that the table forbids.
#[derive(Debug, PartialEq)]
pub(super) struct Violation {
    pub(super) file: PathBuf,
    pub(super) line: usize,
    pub(super) complaint: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(formatter, "src/{file}:{}: {}", self.line, self.complaint)
    }
}

/// Every violation in a file, whose name is relative to `src`.
pub(super) fn violations_in(file: &Path, code: &str) -> Vec<Violation> {
    let module = module_of(file);
    let tree: File = syn::parse_str(code).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    let mut reader = Reader {
        file,
        in_tests: module.iter().any(|name| name == "tests"),
        module,
        violations: Vec::new(),
    };
    reader.check_own_place();
    reader.visit_file(&tree);
    reader.violations
}

/// The path of the module that a file holds: `session/memory.rs` is `["session", "memory"]`, `lib.rs` is the root.
fn module_of(file: &Path) -> Vec<String> {
    let without_extension = file.with_extension("");
    let mut module: Vec<String> = without_extension
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

/// Walks through one file and keeps what the table forbids.
struct Reader<'a> {
    file: &'a Path,
    /// Where the walk is, from the crate's root.
    module: Vec<String>,
    in_tests: bool,
    violations: Vec<Violation>,
}

impl Reader<'_> {
    fn check_own_place(&mut self) {
        let Some(own) = self.module.first().cloned() else {
            return;
        };
        if own != TESTING && allowed(&own).is_none() {
            self.complain(
                Span::call_site(),
                format!("`{own}` is not in the table of this test; say there what it may import"),
            );
        }
    }

    /// Checks a path as it was written, segment by segment; a use of several names comes once for each.
    fn check(&mut self, segments: &[String], span: Span) {
        let Some(own) = self.module.first().cloned() else {
            return;
        };
        let first = segments.first().map_or("", String::as_str);
        match self.resolve(segments) {
            Some(path) => self.check_edge(&own, &path, span),
            None if may_not_name_crate(&own, first) => {
                self.complain(span, format!("`{own}` must not name the crate `{first}`"));
            }
            None => {}
        }
    }

    fn check_edge(&mut self, own: &str, path: &[String], span: Span) {
        let rule = allowed(own).unwrap_or_default();
        let Some(target) = path.first() else {
            let complaint =
                format!("`{own}` must not import all of the crate's root; name its module");
            return self.complain(span, complaint);
        };
        let is_free = own == TESTING
            || own == target
            || rule.contains(&target.as_str())
            || (target == TESTING && self.in_tests);
        if is_free {
            return;
        }
        self.complain(
            span,
            if allowed(target).is_some() || target == TESTING {
                format!("`{own}` must not import `{target}`")
            } else {
                format!(
                    "`{own}` must not import `{target}` by way of the crate's root; name its module"
                )
            },
        );
    }

    /// The path from the crate's root, or `None` for a path that does not say that it is of this crate: it names
    /// another crate, or something that a `use` has brought, and that `use` is checked where it stands.
    fn resolve(&self, segments: &[String]) -> Option<Vec<String>> {
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" | "countersign" => Some(rest.to_vec()),
            "self" | "super" => {
                let mut path = self.module.clone();
                let mut rest = segments;
                while let Some((step, further)) = rest.split_first() {
                    match step.as_str() {
                        "self" => {}
                        "super" => drop(path.pop()),
                        _ => break,
                    }
                    rest = further;
                }
                path.extend_from_slice(rest);
                Some(path)
            }
            _ => None,
        }
    }

    /// Keeps a complaint, once for each line.
    fn complain(&mut self, span: Span, complaint: String) {
        let violation = Violation {
            file: self.file.to_owned(),
            line: span.start().line,
            complaint,
        };
        if !self.violations.contains(&violation) {
            self.violations.push(violation);
        }
    }

    fn check_use(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.check_use(&with(path.ident.to_string()), &path.tree),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.check_use(before, tree)),
            // `use x::{self}` is `use x`.
            UseTree::Name(name) if name.ident == "self" && !before.is_empty() => {
                self.check(before, name.ident.span());
            }
            UseTree::Name(name) => self.check(&with(name.ident.to_string()), name.ident.span()),
            UseTree::Rename(rename) => {
                self.check(&with(rename.ident.to_string()), rename.ident.span());
            }
            UseTree::Glob(glob) => {
                self.check(&with("*".to_owned()), glob.star_token.spans[0]);
            }
        }
    }

    /// The inside of a macro is no syntax tree yet: every run of names joined by `::` counts as a path.
    fn check_tokens(&mut self, tokens: TokenStream, strings: Strings) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut position = 0;
        while position < tokens.len() {
            match &tokens[position] {
                TokenTree::Group(group) => self.check_tokens(group.stream(), strings),
                TokenTree::Ident(name) => {
                    let path = path_at(&tokens, position);
                    let is_inner = position > 0 && is_colon(&tokens[position - 1]);
                    if path.len() > 1 && !is_inner || path[0] == "crate" {
                        self.check(&path, name.span());
                    }
                    position += 3 * (path.len() - 1);
                }
                TokenTree::Literal(literal) if strings == Strings::MayBePaths => {
                    self.check_literal(literal);
                }
                TokenTree::Literal(_) | TokenTree::Punct(_) => {}
            }
            position += 1;
        }
    }

    /// A path in an attribute's string, as `#[serde(with = "crate::x")]` has it.
    fn check_literal(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        let Ok(path) = syn::parse_str::<syn::Path>(text.trim_matches('"')) else {
            return;
        };
        if path.segments.len() > 1 {
            self.check(&names_of(&path), literal.span());
        }
    }
}

/// What string literals mean where names are looked for.
#[derive(Clone, Copy, PartialEq)]
enum Strings {
    AreTexts,
    MayBePaths,
}

impl<'tree> Visit<'tree> for Reader<'_> {
    fn visit_item(&mut self, item: &'tree Item) {
        let before = self.in_tests;
        self.in_tests |= attributes_of(item).iter().any(is_for_tests);
        visit::visit_item(self, item);
        self.in_tests = before;
    }

    fn visit_item_mod(&mut self, item: &'tree ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'tree ItemUse) {
        self.check_use(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'tree syn::Path) {
        // A single name is a variable, or what a `use` has brought.
        if path.segments.len() > 1 {
            self.check(&names_of(path), path.segments[0].ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'tree Macro) {
        visit::visit_macro(self, invocation);
        self.check_tokens(invocation.tokens.clone(), Strings::AreTexts);
    }

    fn visit_attribute(&mut self, attribute: &'tree Attribute) {
        visit::visit_attribute(self, attribute);
        if let syn::Meta::List(list) = &attribute.meta {
            self.check_tokens(list.tokens.clone(), Strings::MayBePaths);
        }
    }

    // `pub(in path)` imports nothing.
    fn visit_vis_restricted(&mut self, _: &'tree syn::VisRestricted) {}
}

fn names_of(path: &syn::Path) -> Vec<String> {
    let segments = path.segments.iter();
    segments.map(|segment| segment.ident.to_string()).collect()
}

/// The names that begin at a position and are joined by `::`.
fn path_at(tokens: &[TokenTree], start: usize) -> Vec<String> {
    let mut names = vec![tokens[start].to_string()];
    let mut rest = &tokens[start + 1..];
    while let [first, second, TokenTree::Ident(name), ..] = rest {
        if !is_colon(first) || !is_colon(second) {
            break;
        }
        names.push(name.to_string());
        rest = &rest[3..];
    }
    names
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    list.path.is_ident("cfg") && contains_name(list.tokens.clone(), "test")
}

fn contains_name(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => contains_name(group.stream(), name),
        _ => false,
    })
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &[],
    }
}
