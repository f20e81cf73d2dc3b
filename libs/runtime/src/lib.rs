//! What turns libraries and services into a running process: configuration, tasks, clock, data folder,
//! keys, composition and the orderly end.

pub mod clock;
pub mod config;
pub mod data;
pub mod drain;
pub mod keys;
pub mod systemd;
pub mod tasks;
