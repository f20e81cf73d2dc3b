//! The generated code of a fixture package: each rule passes and fails, under its path; the codec
//! refuses what fails; updates and mutations read their requests.

include!(concat!(env!("OUT_DIR"), "/fixture/api.rs"));

mod codec;
mod requests;
mod rules;
