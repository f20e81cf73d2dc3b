//! The RPCs of timelines; each has a file of its name.

mod cursor;
mod list_timeline;
mod timelines_service;
mod watch_timeline;
