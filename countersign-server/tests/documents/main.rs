//! What is written for people is true: the guide, the READMEs and the other documents of this repository.

mod commands;
mod generated;
mod links;
mod manual;
mod markdown;
mod metrics;
mod program;
mod programs_text;
mod settings;
mod summary;
mod translation;
