//! Tests of the whole: one program, so that it is linked once.

mod baseline;
mod check;
mod check_client;
mod command;
mod configuration;
mod defects;
mod detection;
mod doctor;
mod drivers;
mod hostile;
mod house;
mod interrupt;
mod mail;
#[cfg(unix)]
mod phase;
mod prove;
mod proxies;
mod registration;
mod reports;
#[cfg(unix)]
mod restart;
mod secrets;
mod shards;
mod support;
mod terminal;
mod tls;
mod tricks;
mod watch;
mod words;
