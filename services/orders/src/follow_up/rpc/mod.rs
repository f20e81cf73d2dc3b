//! The RPCs of follow-ups; each has a file of its name.

mod assign_follow_up;
mod cancel_follow_up;
pub(crate) mod create_follow_up;
pub(crate) mod encode;
mod explain_follow_up_clocks;
mod follow_ups_service;
mod get_follow_up;
mod list_follow_ups;
mod record_follow_up_check;
