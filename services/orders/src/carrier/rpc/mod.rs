//! The RPCs of carriers; each has a file of its name.

mod carriers_service;
mod convert;
mod create_carrier;
mod get_carrier;
mod list_carriers;
mod update_carrier;
