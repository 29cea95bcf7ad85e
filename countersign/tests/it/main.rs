//! The integration tests, in one program: one file for each topic.

mod module_edges;
