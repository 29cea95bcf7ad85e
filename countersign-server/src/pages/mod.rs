//! The pages. Each answers with a template of `templates/`, filled in.

pub(crate) mod account;
pub(crate) mod assets;
mod error;
pub(crate) mod error_page;
mod form;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod password;
pub(crate) mod register;
mod template;

use error::PageError;
use form::PageForm;
use template::{moment, page};
