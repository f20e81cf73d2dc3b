//! How far a customer is trusted, from the first question to the end of a hold.

use std::time::Duration;

use kefu_api_common::v1::Money;
use kefu_api_common::wire;
use kefu_api_customers::v1::credit_service_client::CreditServiceClient;
use kefu_api_customers::v1::customers_service_client::CustomersServiceClient;
use kefu_api_customers::v1::*;
use kefu_api_events::v1::{CreditGrade, CreditRefusal, CustomerList, PaymentTerms};
use kefu_testkit::{Transport, World};

use super::world::{person, reason, registered, world};

fn yuan(minor_units: i64) -> Option<Money> {
    Some(Money { minor_units, currency: "CNY".into() })
}

async fn refusals(
    client: &mut CreditServiceClient<Transport>,
    customer_id: &str,
    terms: PaymentTerms,
) -> Vec<CreditRefusal> {
    let request = CheckCreditRequest {
        customer_id: customer_id.into(),
        terms: terms.into(),
        amount: yuan(500),
        ..Default::default()
    };
    let answer = client.check_credit(request).await.unwrap().into_inner();
    assert_eq!(answer.allowed, answer.refusals.is_empty());
    answer.refusals().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credit_is_investigated_asked_for_held_and_free_again() {
    let world = world().await;
    let mut customers = CustomersServiceClient::new(world.admin());
    let mut client = CreditServiceClient::new(world.admin());
    let li = registered(&mut customers, person("Li Wei", "13812345678", true)).await;
    let get = GetCreditRequest { customer_id: li.id.clone() };
    let unknown = client.get_credit(get.clone()).await.unwrap().into_inner();
    assert_eq!((unknown.etag.as_str(), unknown.cash_on_delivery_allowed), ("0", true));
    use PaymentTerms::{OnAccount, Prepaid};
    assert_eq!(refusals(&mut client, &li.id, OnAccount).await, [CreditRefusal::NoLimit]);
    let investigation = RecordCreditInvestigationRequest {
        customer_id: li.id.clone(),
        grade: CreditGrade::A.into(),
        limit: yuan(1000),
        cash_on_delivery_allowed: true,
        source: "bureau".into(),
        findings: "pays".into(),
        etag: "0".into(),
        ..Default::default()
    };
    let stale = RecordCreditInvestigationRequest { etag: "7".into(), ..investigation.clone() };
    assert_eq!(reason(client.record_credit_investigation(stale).await).1, "ETAG_MISMATCH");
    let known =
        client.record_credit_investigation(investigation.clone()).await.unwrap().into_inner();
    assert_eq!((known.etag.as_str(), known.used), ("1", yuan(0)));
    let again = client.record_credit_investigation(investigation).await;
    assert_eq!(reason(again).1, "ETAG_MISMATCH");
    assert!(refusals(&mut client, &li.id, OnAccount).await.is_empty());
    let owed = |minor_units| NewArrears {
        region: "wuhan".into(),
        amount: yuan(minor_units),
        due_since: Some(wire::timestamp(world.now())),
    };
    let arrears = |list| SetArrearsRequest {
        customer_id: li.id.clone(),
        arrears: list,
        ..Default::default()
    };
    assert_eq!(reason(client.set_arrears(arrears(vec![owed(0)])).await).1, "AMOUNT_INVALID");
    let set = client.set_arrears(arrears(vec![owed(9)])).await.unwrap().into_inner();
    assert_eq!(set.arrears[0].amount, yuan(9));
    assert_eq!(refusals(&mut client, &li.id, OnAccount).await, [CreditRefusal::Arrears]);
    client.set_arrears(arrears(Vec::new())).await.unwrap();
    check_holds(&mut client, &world, &li.id).await;
    let block = PutCustomerOnListRequest {
        customer_id: li.id.clone(),
        list: CustomerList::Blocked.into(),
        reason: "fraud".into(),
        ..Default::default()
    };
    let li = customers.put_customer_on_list(block).await.unwrap().into_inner();
    assert_eq!(refusals(&mut client, &li.id, Prepaid).await, [CreditRefusal::Blocked]);
    check_history(&mut client, &li.id).await;
    let erase = EraseCustomerRequest {
        customer_id: li.id.clone(),
        ground: "retention".into(),
        etag: li.etag,
        ..Default::default()
    };
    customers.erase_customer(erase).await.unwrap();
    world.settle().await;
    let erased = client.get_credit(get).await.unwrap().into_inner();
    assert_eq!((erased.findings.as_str(), erased.grade()), ("", CreditGrade::A));
    let late = HoldCreditRequest { customer_id: li.id, reason: "x".into(), ..Default::default() };
    assert_eq!(reason(client.hold_credit(late).await).1, "CUSTOMER_ERASED");
    world.close().await;
}

async fn check_history(client: &mut CreditServiceClient<Transport>, customer_id: &str) {
    let history =
        ListCreditHistoryRequest { customer_id: customer_id.into(), ..Default::default() };
    let entries = client.list_credit_history(history).await.unwrap().into_inner().entries;
    let types: Vec<&str> = entries.iter().map(|entry| entry.r#type.as_str()).collect();
    assert_eq!(
        types,
        [
            "CreditInvestigated",
            "CreditArrearsSet",
            "CreditArrearsSet",
            "CreditHeld",
            "CreditHoldReleased",
            "CreditHeld",
            "CreditHoldReleased"
        ]
    );
}

/// A hold ends in time, or by hand.
async fn check_holds(
    client: &mut CreditServiceClient<Transport>,
    world: &World,
    customer_id: &str,
) {
    let get = GetCreditRequest { customer_id: customer_id.into() };
    let hold = HoldCreditRequest {
        customer_id: customer_id.into(),
        reason: "dispute".into(),
        until: Some(wire::timestamp(world.now().plus(Duration::from_secs(60)))),
        ..Default::default()
    };
    client.hold_credit(hold.clone()).await.unwrap();
    assert_eq!(
        refusals(client, customer_id, PaymentTerms::CashOnDelivery).await,
        [CreditRefusal::Held]
    );
    world.advance(Duration::from_secs(60)).await;
    assert!(client.get_credit(get).await.unwrap().into_inner().hold.is_none());
    let release =
        ReleaseCreditHoldRequest { customer_id: customer_id.into(), ..Default::default() };
    assert_eq!(reason(client.release_credit_hold(release.clone()).await).1, "NOT_HELD");
    client.hold_credit(HoldCreditRequest { until: None, ..hold }).await.unwrap();
    client.release_credit_hold(release).await.unwrap();
}
