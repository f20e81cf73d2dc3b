//! The RPCs of offers; each has a file of its name.

mod accept_offer;
mod accept_offer_by_link;
mod link;
mod make_offer;
mod offers_service;
mod record_counter_offer;
mod reject_offer;
mod withdraw_offer;
