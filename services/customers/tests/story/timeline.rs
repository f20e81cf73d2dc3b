//! What happened with a customer, listed and watched.

use kefu_api_customers::v1::credit_service_client::CreditServiceClient;
use kefu_api_customers::v1::customers_service_client::CustomersServiceClient;
use kefu_api_customers::v1::timelines_service_client::TimelinesServiceClient;
use kefu_api_customers::v1::watch_timeline_response::Item;
use kefu_api_customers::v1::*;
use kefu_api_events::v1::LifecycleStage;
use kefu_testkit::Transport;
use tonic::{Code, Streaming};

use super::world::{person, reason, registered, world};

async fn next(stream: &mut Streaming<WatchTimelineResponse>) -> (String, String) {
    loop {
        let told = stream.message().await.unwrap().unwrap();
        if let Some(Item::Entry(entry)) = told.item {
            return (entry.r#type, told.cursor);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_listed_and_watched_without_a_gap() {
    let world = world().await;
    let mut customers = CustomersServiceClient::new(world.admin());
    let mut credit = CreditServiceClient::new(world.admin());
    let mut client = TimelinesServiceClient::new(world.admin());
    let li = registered(&mut customers, person("Li Wei", "13812345678", true)).await;
    let wei = registered(&mut customers, person("Wei Li", "13912345678", true)).await;
    let stage = |id: &str, stage: LifecycleStage| SetLifecycleStageRequest {
        customer_id: id.into(),
        stage: stage.into(),
        ..Default::default()
    };
    customers.set_lifecycle_stage(stage(&li.id, LifecycleStage::Member)).await.unwrap();
    world.settle().await;
    let watch = WatchTimelineRequest { customer_id: li.id.clone(), ..Default::default() };
    let mut stream = client.watch_timeline(watch.clone()).await.unwrap().into_inner();
    let (kind, cursor) = next(&mut stream).await;
    assert_eq!(
        (kind.as_str(), cursor.as_str()),
        ("CustomerCreated", ""),
        "more of the snapshot comes"
    );
    let (kind, cursor) = next(&mut stream).await;
    assert_eq!(kind, "CustomerStageChanged");
    let hold = HoldCreditRequest {
        customer_id: li.id.clone(),
        reason: "dispute".into(),
        ..Default::default()
    };
    credit.hold_credit(hold).await.unwrap();
    assert_eq!(next(&mut stream).await.0, "CreditHeld");
    let resumed = WatchTimelineRequest { cursor, ..watch.clone() };
    let mut again = client.watch_timeline(resumed).await.unwrap().into_inner();
    assert_eq!(next(&mut again).await.0, "CreditHeld", "from the cursor on, and nothing twice");
    let foreign = WatchTimelineRequest { cursor: "mine".into(), ..watch };
    assert_eq!(reason(client.watch_timeline(foreign).await).1, "CURSOR_INVALID");
    customers.set_lifecycle_stage(stage(&wei.id, LifecycleStage::Active)).await.unwrap();
    let li = customers
        .get_customer(GetCustomerRequest { customer_id: li.id, ..Default::default() })
        .await
        .unwrap()
        .into_inner();
    let merge = MergeCustomersRequest {
        customer_id: li.id.clone(),
        merged_customer_id: wei.id.clone(),
        reason: "same_person_said".into(),
        etag: li.etag,
        merged_etag: "2".into(),
        ..Default::default()
    };
    customers.merge_customers(merge).await.unwrap();
    world.settle().await;
    check_lists(&mut client, &li.id, &wei.id).await;
    drop((stream, again));
    world.close().await;
}

/// The one that was merged is asked for; the timeline is that of both.
async fn check_lists(client: &mut TimelinesServiceClient<Transport>, stays: &str, merged: &str) {
    let list = ListTimelineRequest {
        customer_id: merged.into(),
        order_by: "happened_at".into(),
        ..Default::default()
    };
    let entries = client.list_timeline(list.clone()).await.unwrap().into_inner().entries;
    let types: Vec<&str> = entries.iter().map(|entry| entry.r#type.as_str()).collect();
    assert_eq!(
        types,
        [
            "CustomerCreated",
            "CustomerCreated",
            "CustomerStageChanged",
            "CreditHeld",
            "CustomerStageChanged",
            "CustomerMerged",
            "CustomerAbsorbed"
        ],
        "of both, in their order"
    );
    assert_eq!((entries[2].state.as_str(), entries[2].service.as_str()), ("member", "customers"));
    let none = ListTimelineRequest { services: vec!["orders".into()], ..list.clone() };
    assert!(client.list_timeline(none).await.unwrap().into_inner().entries.is_empty());
    let paged = ListTimelineRequest { page_size: 3, ..list.clone() };
    let page = client.list_timeline(paged.clone()).await.unwrap().into_inner();
    let next = ListTimelineRequest { page_token: page.next_page_token, ..paged };
    let second = client.list_timeline(next).await.unwrap().into_inner();
    assert_eq!([page.entries, second.entries].concat(), entries[..6]);
    let unordered = ListTimelineRequest { order_by: "actor".into(), ..list };
    assert_eq!(reason(client.list_timeline(unordered).await).1, "UNKNOWN_FIELD");
    let nobody = ListTimelineRequest { customer_id: stays.replace('0', "1"), ..Default::default() };
    assert_eq!(reason(client.list_timeline(nobody).await).0, Code::NotFound);
}
