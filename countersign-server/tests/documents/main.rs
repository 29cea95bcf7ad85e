//! What is written for people is true: the guide, the READMEs and the other documents of this repository.

mod commands;
mod examples;
mod generated;
mod links;
mod manual;
mod markdown;
mod metrics;
mod moving;
mod program;
mod settings;
mod summary;
mod translation;
