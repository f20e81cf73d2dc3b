//! The RPCs of orders; each has a file of its name.

mod cancel_order;
mod confirm_order;
mod create_order;
mod decode;
pub(crate) mod encode;
mod get_order;
mod hand_over_order;
mod import_orders;
mod list_order_history;
mod list_order_types;
mod list_orders;
mod orders_service;
mod record_order_check;
mod record_order_payment;
mod reverse_order_payment;
mod update_order;
mod watch_orders;
