//! The RPCs of customers; each has a file of its name.

mod add_contact_point;
mod assign_customer;
mod create_customer;
mod customers_service;
mod decode;
mod dismiss_duplicate;
pub(crate) mod encode;
mod erase_customer;
mod find_customers;
pub(crate) mod get_customer;
mod import_customers;
mod list_consent_history;
mod list_customer_history;
mod list_customers;
mod list_duplicate_candidates;
mod merge_customers;
mod put_customer_on_list;
mod record_consent;
mod remove_contact_point;
mod set_lifecycle_stage;
mod take_customer_off_list;
mod undo_customer_merge;
mod update_customer;
mod verify_contact_point;
