//! Claims played through the public API: the gateway and this service in one process.

use std::time::Duration;

use kefu_api_claims::v1::claims_service_client::ClaimsServiceClient;
use kefu_api_claims::v1::ledger_service_client::LedgerServiceClient;
use kefu_api_claims::v1::*;
use kefu_api_common::v1::Money;
use kefu_api_events::v1::{Channel, ClaimResolution, ClaimState, ClaimType, ClockKind};
use kefu_kernel::id::{Uuid, encode};
use kefu_runtime::Suite;
use kefu_testkit::{Transport, World};
use tonic::Code;

async fn world() -> World {
    let roles = kefu_gateway::shipped::role_table().expect("the shipped roles are read");
    World::start(&Suite::new(vec![kefu_gateway::service(), kefu_claims::service()], roles)).await
}

fn euro(minor_units: i64) -> Option<Money> {
    Some(Money { minor_units, currency: "EUR".into() })
}

fn new_claim(external_id: &str) -> CreateClaimRequest {
    CreateClaimRequest {
        r#type: ClaimType::Delay.into(),
        channel: Channel::Phone.into(),
        source: "line".into(),
        external_id: Some(external_id.into()),
        customer_id: Some(encode("customer", Uuid::from_u128(1))),
        shipment_id: Some(encode("shipment", Uuid::from_u128(2))),
        currency: "EUR".into(),
        claimant: Some(ClaimParty { name: "Li Wei".into(), ..Default::default() }),
        lines: vec![NewClaimLine {
            kind: ClaimLineKind::Goods.into(),
            description: "Porcelain".into(),
            claimed: euro(50_000),
            ..Default::default()
        }],
        ..Default::default()
    }
}

async fn created(client: &mut ClaimsServiceClient<Transport>, external_id: &str) -> Claim {
    client.create_claim(new_claim(external_id)).await.expect("it is answered").into_inner()
}

/// How many claims there are on the shipment.
async fn on_the_shipment(client: &mut ClaimsServiceClient<Transport>) -> usize {
    let filter = format!("shipment_id == \"{}\"", encode("shipment", Uuid::from_u128(2)));
    let list = ListClaimsRequest { filter, ..Default::default() };
    client.list_claims(list).await.expect("it is answered").into_inner().claims.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_is_filed_followed_and_closed() {
    let world = world().await;
    let mut client = ClaimsServiceClient::new(world.admin());
    let first = created(&mut client, "17").await;
    let again = client.create_claim(new_claim("17")).await.unwrap_err();
    assert_eq!(again.code(), Code::AlreadyExists);
    let second = created(&mut client, "18").await;
    assert_eq!(second.links[0].other_claim_id, first.id);
    assert!(second.links[0].suggested);

    let claim_id = first.id.clone();
    let submit = SubmitClaimRequest { claim_id: claim_id.clone(), ..Default::default() };
    let refused = client.submit_claim(submit.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "a change needs an etag");
    let submit = SubmitClaimRequest { etag: first.etag.clone(), ..submit };
    let filed = client.submit_claim(submit).await.unwrap().into_inner();
    assert_eq!(filed.state(), ClaimState::Submitted);
    assert_eq!(filed.clocks.len(), 4);

    world.advance(Duration::from_secs(8 * 86_400)).await;
    let get = GetClaimRequest { claim_id: claim_id.clone(), ..Default::default() };
    let late = client.get_claim(get.clone()).await.unwrap().into_inner();
    assert!(late.breached, "nobody acknowledged it in time");
    let told = AcknowledgeClaimRequest {
        claim_id: claim_id.clone(),
        channel: Channel::Email.into(),
        etag: late.etag,
        ..Default::default()
    };
    let told = client.acknowledge_claim(told).await.unwrap().into_inner();

    let explain = ExplainClaimClocksRequest { claim_id: claim_id.clone(), ..Default::default() };
    let clocks = client.explain_claim_clocks(explain).await.unwrap().into_inner().clocks;
    let kinds = clocks.iter().map(|it| it.clock.as_ref().unwrap().kind());
    assert!(kinds.into_iter().any(|kind| kind == ClockKind::ClaimLegal));

    assert_eq!(on_the_shipment(&mut client).await, 2);

    let mut ledger = LedgerServiceClient::new(world.admin());
    let reserve = SetReserveRequest {
        claim_id: claim_id.clone(),
        exposure_id: told.exposures[0].id.clone(),
        amount: euro(10_000),
        reason: "first".into(),
        etag: told.etag,
        ..Default::default()
    };
    let waits = ledger.set_reserve(reserve).await.unwrap().into_inner();
    assert_eq!(waits.pending, euro(10_000), "a key has no authority of its own");
    let check = CheckLedgerRequest { claim_id: claim_id.clone() };
    assert!(ledger.check_ledger(check).await.unwrap().into_inner().sound);

    let close = CloseClaimRequest {
        claim_id: claim_id.clone(),
        resolution: ClaimResolution::NoLoss.into(),
        etag: waits.etag.clone(),
        ..Default::default()
    };
    let refused = client.close_claim(close).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "something waits for a signature");
    let withdraw =
        WithdrawClaimRequest { claim_id: claim_id.clone(), etag: waits.etag, ..Default::default() };
    let gone = client.withdraw_claim(withdraw).await.unwrap().into_inner();
    assert_eq!((gone.state(), gone.pending), (ClaimState::Withdrawn, None));

    let history = ListClaimHistoryRequest { claim_id, ..Default::default() };
    let entries = client.list_claim_history(history).await.unwrap().into_inner().entries;
    assert_eq!(entries.len(), gone.etag.parse::<usize>().unwrap());
    world.close().await;
}
