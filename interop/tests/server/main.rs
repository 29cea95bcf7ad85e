//! The server, used as people use it: clicked through in a browser, asked by curl, and by those who mean no good.

#[cfg(unix)]
mod acme;
mod admin;
mod admin_looks;
mod behind;
mod browser;
mod caddy;
mod commands;
mod curl;
mod doctor;
#[cfg(target_os = "linux")]
mod health;
mod hostile;
mod imports;
mod lifetime;
mod limits;
mod links;
mod log;
mod looks;
mod metrics;
mod nginx;
mod packaging;
mod proxy;
mod site;
mod socket;
mod start;
#[cfg(unix)]
mod stop;
mod tls;
mod traces;
mod words;
