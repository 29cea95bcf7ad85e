//! The server, used as people use it: clicked through in a browser, asked by curl, and by those who mean no good.

mod browser;
mod curl;
mod lifetime;
mod looks;
mod site;
mod socket;
mod start;
mod words;
