//! The gateway and this service, and short forms of calls.

use kefu_api_common::v1::Money;
use kefu_api_events::v1::{Channel, OrderCheckKind, OrderCheckResult, PaymentTerms};
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::{CreateBranchRequest, CreateDepartmentRequest, CreatePersonRequest};
use kefu_api_orders::v1::orders_service_client::OrdersServiceClient;
use kefu_api_orders::v1::*;
use kefu_runtime::Suite;
use kefu_testkit::{Transport, World};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The way to orders.
pub type Client = OrdersServiceClient<Transport>;

/// A world of the gateway and orders.
pub async fn world() -> World {
    let roles = kefu_gateway::shipped::role_table().unwrap();
    World::start(&Suite::new(vec![kefu_gateway::service(), kefu_orders::service()], roles)).await
}

/// The administrator's way to orders.
pub fn client(world: &World) -> Client {
    OrdersServiceClient::new(world.admin())
}

/// A salesperson and a distribution centre.
pub async fn sales(world: &World) -> (String, String) {
    let mut directory = DirectoryServiceClient::new(world.admin());
    let (code, name, time_zone) = ("sh".into(), "Shanghai".into(), "Asia/Shanghai".into());
    let branch = CreateBranchRequest { code, name, time_zone, ..Default::default() };
    let branch = directory.create_branch(branch).await.unwrap().into_inner().id;
    let department = CreateDepartmentRequest {
        code: "hub".into(),
        name: "Hub".into(),
        branch_id: Some(branch.clone()),
        ..Default::default()
    };
    let department = directory.create_department(department).await.unwrap().into_inner().id;
    let person = CreatePersonRequest {
        name: "Li Wei".into(),
        roles: vec!["salesperson".into()],
        branch_ids: vec![branch],
        ..Default::default()
    };
    (directory.create_person(person).await.unwrap().into_inner().id, department)
}

pub fn cny(minor_units: i64) -> Option<Money> {
    Some(Money { minor_units, currency: "CNY".into() })
}

/// An id of the right form.
pub fn id(prefix: &str, number: u128) -> String {
    kefu_kernel::id::encode(prefix, uuid::Uuid::from_u128(number))
}

pub fn party(role: PartyRole, name: &str, phone: &str) -> OrderParty {
    let lines = vec!["1 Century Avenue".into(), "Floor 3".into()];
    let (country, city) = ("CN".into(), "Shanghai".into());
    OrderParty {
        role: role.into(),
        name: name.into(),
        phone: phone.into(),
        address: Some(PostalAddress { country, city, lines, ..Default::default() }),
        ..Default::default()
    }
}

/// A prepaid transport for 100 yuan.
pub fn transport() -> CreateOrderRequest {
    let line = GoodsLine {
        description: "Green tea".into(),
        sku: "T-1".into(),
        pieces: 2,
        weight_grams: 3_000,
        handling: vec!["upright".into(), "fragile".into()],
        ..Default::default()
    };
    CreateOrderRequest {
        r#type: "transport".into(),
        channel: Channel::Phone.into(),
        source: "customer_line".into(),
        customer_id: Some(id("customer", 7)),
        parties: vec![
            party(PartyRole::Sender, "Hua", "+8613800000001"),
            party(PartyRole::Receiver, "Chen", "+8613800000002"),
        ],
        goods: vec![line],
        price: cny(10_000),
        payment_terms: PaymentTerms::Prepaid.into(),
        language: "zh".into(),
        ..Default::default()
    }
}

pub async fn taken(client: &mut Client, request: CreateOrderRequest) -> Order {
    client.create_order(request).await.unwrap().into_inner()
}

/// Passes every check.
pub async fn checked(client: &mut Client, order: &Order) -> Order {
    let mut order = order.clone();
    for kind in [
        OrderCheckKind::Address,
        OrderCheckKind::Contact,
        OrderCheckKind::ServiceArea,
        OrderCheckKind::Remarks,
    ] {
        let request = RecordOrderCheckRequest {
            order_id: order.id.clone(),
            kind: kind.into(),
            result: OrderCheckResult::Passed.into(),
            etag: order.etag.clone(),
            ..Default::default()
        };
        order = client.record_order_check(request).await.unwrap().into_inner();
    }
    order
}

pub fn confirm(order: &Order) -> ConfirmOrderRequest {
    let not_duplicate_of_ids = order.possible_duplicate_ids.clone();
    ConfirmOrderRequest { order_id: order.id.clone(), not_duplicate_of_ids, ..Default::default() }
}

/// Why a call was refused.
pub fn reason<T: std::fmt::Debug>(answer: Result<tonic::Response<T>, Status>) -> (Code, String) {
    let status = answer.unwrap_err();
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
    (status.code(), reason)
}
