//! The RPCs of the ledger; each has a file of its name.

mod add_claim_payee;
mod check_ledger;
mod close_recovery;
mod confirm_claim_payment;
mod decode;
mod encode;
mod fail_claim_payment;
mod get_claim_balances;
mod get_claim_payment;
mod ledger_service;
mod list_accounts;
mod list_claim_payments;
mod list_postings;
mod list_recoveries;
mod open_recovery;
mod order_claim_payment;
mod prepare_settlement;
mod record_recovery;
mod resource;
mod reverse_posting;
mod set_reserve;
