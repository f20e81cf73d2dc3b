//! The RPCs of credit; each has a file of its name.

mod change;
mod check_credit;
mod credit_service;
mod encode;
mod get_credit;
mod hold_credit;
mod list_credit_history;
mod record_credit_investigation;
mod release_credit_hold;
mod set_arrears;
