//! The gateway and this service, and short forms of calls.

use kefu_api_customers::v1::customers_service_client::CustomersServiceClient;
use kefu_api_customers::v1::find_customers_request::By;
use kefu_api_customers::v1::*;
use kefu_api_events::v1::{ContactKind, CustomerKind};
use kefu_runtime::Suite;
use kefu_testkit::{Transport, World};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The way to customers.
pub type Client = CustomersServiceClient<Transport>;

/// A world of the gateway and customers.
pub async fn world() -> World {
    let roles = kefu_gateway::shipped::role_table().unwrap();
    World::start(&Suite::new(vec![kefu_gateway::service(), kefu_customers::service()], roles)).await
}

/// A person with a phone that somebody proved, or not.
pub fn person(name: &str, phone: &str, verified: bool) -> CreateCustomerRequest {
    CreateCustomerRequest {
        kind: CustomerKind::Person.into(),
        name: name.into(),
        contact_points: vec![point(ContactKind::Phone, phone, verified)],
        ..Default::default()
    }
}

pub fn point(kind: ContactKind, value: &str, verified: bool) -> NewContactPoint {
    NewContactPoint { kind: kind.into(), value: value.into(), verified, ..Default::default() }
}

/// Registers it.
pub async fn registered(client: &mut Client, request: CreateCustomerRequest) -> Customer {
    client.create_customer(request).await.unwrap().into_inner()
}

/// Who is found, with the reason.
pub async fn found(client: &mut Client, by: By) -> Vec<(String, String)> {
    let request = FindCustomersRequest { by: Some(by), ..Default::default() };
    let matches = client.find_customers(request).await.unwrap().into_inner().matches;
    let told = |one: CustomerMatch| {
        let reason = one.reason().as_str_name().trim_start_matches("MATCH_REASON_").to_owned();
        (one.customer.unwrap().id, reason)
    };
    matches.into_iter().map(told).collect()
}

/// Why a call was refused.
pub fn reason<T: std::fmt::Debug>(answer: Result<tonic::Response<T>, Status>) -> (Code, String) {
    let status = answer.unwrap_err();
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
    (status.code(), reason)
}
