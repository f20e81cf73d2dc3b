//! Orders from the first word to hand-over, and each way in which that is refused.

use std::time::Duration;

use kefu_api_common::v1::View;
use kefu_api_events::v1::{OrderPaymentKind, OrderPaymentMethod, OrderState, PaymentTerms};
use kefu_api_orders::v1::watch_orders_response::Item;
use kefu_api_orders::v1::*;
use prost_types::FieldMask;
use tonic::Code;

use super::world::{checked, client, cny, confirm, id, reason, sales, taken, transport, world};

fn pay(order: &Order, kind: OrderPaymentKind, minor: i64) -> RecordOrderPaymentRequest {
    RecordOrderPaymentRequest {
        order_id: order.id.clone(),
        kind: kind.into(),
        method: OrderPaymentMethod::BankTransfer.into(),
        amount: cny(minor),
        source: "bank".into(),
        external_id: Some(format!("slip-{minor}")),
        reference: "Invoice 17".into(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_taken_checked_confirmed_paid_and_handed_over() {
    let world = world().await;
    let mut client = client(&world);
    let (salesperson_id, department_id) = sales(&world).await;
    let order = taken(&mut client, transport()).await;
    assert_eq!((order.state(), order.number, order.pieces), (OrderState::Draft, 1, 2));
    let missing = reason(client.confirm_order(confirm(&order)).await);
    assert_eq!(missing, (Code::FailedPrecondition, "ORDER_CHECKS_MISSING".into()));
    let order = checked(&mut client, &order).await;
    let order = client.confirm_order(confirm(&order)).await.unwrap().into_inner();
    assert!(order.state() == OrderState::Confirmed && order.confirmed_at.is_some());
    let order_id = order.id.clone();
    let hand_over =
        HandOverOrderRequest { order_id, salesperson_id, department_id, ..Default::default() };
    let unpaid = reason(client.hand_over_order(hand_over.clone()).await);
    assert_eq!(unpaid, (Code::FailedPrecondition, "ORDER_NOT_PAID".into()));
    let part = pay(&order, OrderPaymentKind::Part, 4_000);
    client.record_order_payment(part.clone()).await.unwrap();
    let again = RecordOrderPaymentRequest { amount: cny(1_000), ..part };
    let twice = reason(client.record_order_payment(again).await);
    assert_eq!(twice, (Code::AlreadyExists, "RESOURCE_EXISTS".into()), "a slip is recorded once");
    let full = pay(&order, OrderPaymentKind::Full, 6_000);
    let order = client.record_order_payment(full).await.unwrap().into_inner();
    assert_eq!((order.paid.clone(), order.payments.len()), (cny(10_000), 2));
    let order = client.hand_over_order(hand_over).await.unwrap().into_inner();
    assert_eq!(order.state(), OrderState::HandedOver);
    let get = GetOrderRequest { order_id: order.id.clone(), ..Default::default() };
    let read = client.get_order(get.clone()).await.unwrap().into_inner();
    assert_eq!(read, order, "what is stored is what was answered");
    assert_eq!(read.parties[1].address.as_ref().unwrap().lines.len(), 2);
    let basic = GetOrderRequest { view: View::Basic.into(), ..get };
    let basic = client.get_order(basic).await.unwrap().into_inner();
    assert!(basic.parties.is_empty() && basic.payments.is_empty() && basic.paid == read.paid);
    let history = ListOrderHistoryRequest { order_id: order.id, ..Default::default() };
    let history = client.list_order_history(history).await.unwrap().into_inner();
    assert_eq!(history.entries.len(), 9);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_after_the_check_makes_a_draft_of_it_again() {
    let world = world().await;
    let mut client = client(&world);
    let order = taken(&mut client, transport()).await;
    let order = checked(&mut client, &order).await;
    let order = client.confirm_order(confirm(&order)).await.unwrap().into_inner();
    let update = |etag: &str, patch: OrderPatch, path: &str| UpdateOrderRequest {
        order_id: order.id.clone(),
        order: Some(patch),
        update_mask: Some(FieldMask { paths: vec![path.into()] }),
        etag: etag.into(),
        ..Default::default()
    };
    let ring = OrderPatch { instructions: "Ring twice".into(), ..Default::default() };
    let changed = client.update_order(update(&order.etag, ring.clone(), "instructions")).await;
    let changed = changed.unwrap().into_inner();
    assert_eq!((changed.state(), changed.checks.len()), (OrderState::Draft, 3));
    let stale = reason(client.update_order(update(&order.etag, ring, "instructions")).await);
    assert_eq!(stale, (Code::Aborted, "FIELD_CONFLICT".into()));
    let spanish = OrderPatch { language: "es".into(), ..Default::default() };
    client.update_order(update(&order.etag, spanish, "language")).await.unwrap();
    let nothing = OrderPatch::default();
    let cleared = client.update_order(update("", nothing, "price")).await.unwrap().into_inner();
    assert_eq!(cleared.price, None);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_may_be_the_same_has_to_be_named() {
    let world = world().await;
    let mut client = client(&world);
    let first = taken(&mut client, transport()).await;
    let second = taken(&mut client, transport()).await;
    assert_eq!(second.possible_duplicate_ids, [first.id.as_str()]);
    let second = checked(&mut client, &second).await;
    let unnamed = ConfirmOrderRequest { order_id: second.id.clone(), ..Default::default() };
    let refused = reason(client.confirm_order(unnamed).await);
    assert_eq!(refused, (Code::FailedPrecondition, "ORDER_MAYBE_DUPLICATE".into()));
    client.confirm_order(confirm(&second)).await.unwrap();
    world.advance(Duration::from_secs(25 * 3600)).await;
    let later = taken(&mut client, transport()).await;
    assert!(later.possible_duplicate_ids.is_empty(), "a day is over");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_on_account_while_customers_does_not_answer() {
    let world = world().await;
    let mut client = client(&world);
    let on_account = PaymentTerms::OnAccount.into();
    let order = CreateOrderRequest { payment_terms: on_account, ..transport() };
    let order = taken(&mut client, order).await;
    assert_eq!(order.credit, None, "and a draft is taken all the same");
    let order = checked(&mut client, &order).await;
    let refused = reason(client.confirm_order(confirm(&order)).await);
    assert_eq!(refused, (Code::Unavailable, "DEPENDENCY_UNAVAILABLE".into()));
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_called_off_stays_so() {
    let world = world().await;
    let mut client = client(&world);
    let order = taken(&mut client, transport()).await;
    let cancel = CancelOrderRequest {
        order_id: order.id.clone(),
        reason: "too_dear".into(),
        by_customer: true,
        note: "Found another".into(),
        ..Default::default()
    };
    let cancelled = client.cancel_order(cancel.clone()).await.unwrap().into_inner();
    assert_eq!(cancelled.state(), OrderState::Cancelled);
    let state = (Code::FailedPrecondition, "ORDER_STATE_REFUSES".to_owned());
    assert_eq!(reason(client.cancel_order(cancel).await), state);
    let payment = pay(&order, OrderPaymentKind::Deposit, 1);
    assert_eq!(reason(client.record_order_payment(payment).await), state);
    let reverse = ReverseOrderPaymentRequest {
        order_id: id("order", 99),
        payment_id: id("orderpayment", 1),
        reason: "mistake".into(),
        ..Default::default()
    };
    let unknown = reason(client.reverse_order_payment(reverse).await);
    assert_eq!(unknown, (Code::NotFound, "RESOURCE_NOT_FOUND".into()));
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_listed_and_watched() {
    let world = world().await;
    let mut client = client(&world);
    let first = taken(&mut client, transport()).await;
    let mut other = transport();
    other.customer_id = Some(id("customer", 8));
    other.fields = [("service_level".to_owned(), choice("express"))].into();
    let other = taken(&mut client, other).await;
    let mut listed = async |filter: String| {
        let request = ListOrdersRequest { filter, ..Default::default() };
        let found = client.list_orders(request).await.unwrap().into_inner();
        found.orders.into_iter().map(|order| order.number).collect::<Vec<_>>()
    };
    assert_eq!(listed(String::new()).await, [other.number, first.number]);
    assert_eq!(listed(format!("customer_id == '{}'", id("customer", 8))).await, [other.number]);
    assert_eq!(listed("state == 'ORDER_STATE_DRAFT'".into()).await.len(), 2);
    assert_eq!(listed("fields.service_level == 'express'".into()).await, [other.number]);
    let watch = WatchOrdersRequest { filter: "number == 1".into(), ..Default::default() };
    let mut told = client.watch_orders(watch).await.unwrap().into_inner();
    let snapshot = told.message().await.unwrap().unwrap();
    assert!(matches!(snapshot.item, Some(Item::Snapshot(order)) if order.id == first.id));
    let types = client.list_order_types(ListOrderTypesRequest {}).await.unwrap().into_inner();
    assert_eq!(types.types.len(), 4);
    drop(told);
    world.close().await;
}

fn choice(code: &str) -> kefu_api_common::v1::FieldValue {
    let kind = kefu_api_common::v1::field_value::Kind::Choice(code.into());
    kefu_api_common::v1::FieldValue { kind: Some(kind) }
}
