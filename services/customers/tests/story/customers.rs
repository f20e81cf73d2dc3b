//! Customers from their registration to their erasure.

use std::time::Duration;

use kefu_api_common::v1::{ItemOutcome, View};
use kefu_api_common::wire;
use kefu_api_customers::v1::customers_service_client::CustomersServiceClient;
use kefu_api_customers::v1::find_customers_request::By;
use kefu_api_customers::v1::*;
use kefu_api_events::v1::{Channel, ContactKind, CustomerKind, CustomerList, LifecycleStage};
use kefu_testkit::World;
use tonic::Code;

use super::world::{Client, found, person, point, reason, registered, world};

fn get(id: &str) -> GetCustomerRequest {
    GetCustomerRequest { customer_id: id.into(), ..Default::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_found_by_every_contact_in_any_form() {
    let world = world().await;
    let mut client = CustomersServiceClient::new(world.admin());
    let mut request = person("Li Wei", "138 1234 5678", true);
    request.contact_points.push(point(ContactKind::Email, "Li.Wei@Example.com", false));
    request.contact_points.push(point(ContactKind::Wechat, "LiWei88", false));
    let li = registered(&mut client, request).await;
    assert_eq!(li.contact_points[0].value, "+8613812345678");
    world.settle().await;
    let id = |reason: &str| vec![(li.id.clone(), reason.to_owned())];
    for phone in ["13812345678", "+86 138-1234-5678"] {
        assert_eq!(found(&mut client, By::Phone(phone.into())).await, id("PHONE"), "{phone}");
    }
    assert_eq!(found(&mut client, By::Phone("2345678".into())).await, id("PHONE_ENDING"));
    assert_eq!(found(&mut client, By::Email("LI.WEI@EXAMPLE.COM".into())).await, id("EMAIL"));
    assert_eq!(found(&mut client, By::Identifier("liwei88".into())).await, id("IDENTIFIER"));
    assert_eq!(found(&mut client, By::Number(li.number)).await, id("NUMBER"));
    assert_eq!(found(&mut client, By::Name("wei".into())).await, id("NAME"));
    assert!(found(&mut client, By::Email("wei@example.com".into())).await.is_empty());
    let order =
        FindCustomersRequest { by: Some(By::OrderNumber("17".into())), ..Default::default() };
    let refused = reason(client.find_customers(order).await);
    assert_eq!(refused, (Code::Unavailable, "DEPENDENCY_UNAVAILABLE".into()));
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_is_proved_by_one_customer_at_most() {
    let world = world().await;
    let mut client = CustomersServiceClient::new(world.admin());
    let li = registered(&mut client, person("Li Wei", "13812345678", true)).await;
    let again = client.create_customer(person("Somebody", "+8613812345678", true)).await;
    assert_eq!(reason(again), (Code::AlreadyExists, "CONTACT_TAKEN".into()));
    let hua = registered(&mut client, person("Hua", "13812345678", false)).await;
    let verify = |customer: &Customer| VerifyContactPointRequest {
        customer_id: customer.id.clone(),
        contact_point_id: customer.contact_points[0].id.clone(),
        method: "call_back".into(),
        etag: customer.etag.clone(),
        ..Default::default()
    };
    let taken = client.verify_contact_point(verify(&hua)).await;
    assert_eq!(reason(taken), (Code::AlreadyExists, "CONTACT_TAKEN".into()));
    let remove = RemoveContactPointRequest {
        customer_id: li.id.clone(),
        contact_point_id: li.contact_points[0].id.clone(),
        etag: li.etag.clone(),
        ..Default::default()
    };
    let li = client.remove_contact_point(remove).await.unwrap().into_inner();
    assert!(li.contact_points.is_empty());
    let hua = client.verify_contact_point(verify(&hua)).await.unwrap().into_inner();
    assert!(hua.contact_points[0].verified);
    let add = AddContactPointRequest {
        customer_id: li.id.clone(),
        contact_point: Some(point(ContactKind::Phone, "13812345678", true)),
        etag: li.etag.clone(),
        ..Default::default()
    };
    assert_eq!(reason(client.add_contact_point(add.clone()).await).1, "CONTACT_TAKEN");
    let unproved = AddContactPointRequest {
        contact_point: Some(point(ContactKind::Phone, "13812345678", false)),
        ..add.clone()
    };
    let li = client.add_contact_point(unproved.clone()).await.unwrap().into_inner();
    let twice = AddContactPointRequest { etag: li.etag, ..unproved };
    assert_eq!(reason(client.add_contact_point(twice).await).1, "CONTACT_EXISTS");
    let wrong = AddContactPointRequest {
        contact_point: Some(point(ContactKind::Phone, "12", false)),
        ..add
    };
    assert_eq!(reason(client.add_contact_point(wrong).await).1, "CONTACT_INVALID");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_become_one_and_two_again() {
    let world = world().await;
    let mut client = CustomersServiceClient::new(world.admin());
    let li = registered(&mut client, person("Li Wei", "13812345678", true)).await;
    let wei = registered(&mut client, person("Li-Wei", "13812345678", false)).await;
    world.settle().await;
    let candidates = ListDuplicateCandidatesRequest::default();
    let pairs = client.list_duplicate_candidates(candidates.clone()).await.unwrap().into_inner();
    assert_eq!((pairs.candidates.len(), pairs.candidates[0].score), (1, 100));
    let merge = MergeCustomersRequest {
        customer_id: li.id.clone(),
        merged_customer_id: wei.id.clone(),
        reason: "same_phone".into(),
        etag: li.etag.clone(),
        merged_etag: wei.etag.clone(),
        ..Default::default()
    };
    let merged = client.merge_customers(merge.clone()).await.unwrap().into_inner();
    assert_eq!(merged.id, li.id);
    assert_eq!(reason(client.merge_customers(merge).await).1, "ETAG_MISMATCH");
    let read = client.get_customer(get(&wei.id)).await.unwrap().into_inner();
    assert_eq!(read.id, li.id, "who asks for the other gets the one that stays");
    world.settle().await;
    let by = By::Phone("13812345678".into());
    assert_eq!(found(&mut client, by).await, [(li.id.clone(), "PHONE".to_owned())]);
    let pairs = client.list_duplicate_candidates(candidates.clone()).await.unwrap().into_inner();
    assert!(pairs.candidates.is_empty(), "one is no candidate any more");
    let list = client.list_customers(ListCustomersRequest::default()).await.unwrap().into_inner();
    assert_eq!(list.customers.len(), 1, "a redirect is not listed");
    let update = UpdateCustomerRequest {
        customer_id: wei.id.clone(),
        customer: Some(CustomerPatch { name: "Wei".into(), ..Default::default() }),
        etag: "2".into(),
        ..Default::default()
    };
    assert_eq!(reason(client.update_customer(update).await).1, "CUSTOMER_MERGED");
    let undo = UndoCustomerMergeRequest {
        customer_id: wei.id.clone(),
        reason: "mistake".into(),
        ..Default::default()
    };
    let freed = client.undo_customer_merge(undo.clone()).await.unwrap().into_inner();
    let before = Customer { etag: freed.etag.clone(), updated_at: freed.updated_at, ..wei.clone() };
    assert_eq!(freed, before, "as it was");
    assert_eq!(reason(client.undo_customer_merge(undo).await).1, "NOT_MERGED");
    let dismiss = DismissDuplicateRequest {
        customer_id: wei.id.clone(),
        other_customer_id: li.id.clone(),
        ..Default::default()
    };
    client.dismiss_duplicate(dismiss).await.unwrap();
    world.settle().await;
    let pairs = client.list_duplicate_candidates(candidates).await.unwrap().into_inner();
    assert!(pairs.candidates.is_empty(), "somebody said that they are not one");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_stages_lists_and_consents_have_their_verbs() {
    let world = world().await;
    let mut client = CustomersServiceClient::new(world.admin());
    let li = registered(&mut client, person("Li Wei", "13812345678", true)).await;
    let address = Address { street: "Lake 1".into(), country: "CN".into(), ..Default::default() };
    let patch = CustomerPatch {
        language: "zh".into(),
        birthday: "--02-29".into(),
        tags: vec!["gold".into()],
        addresses: vec![address],
        quiet_hours: Some(QuietHours { from_minute: 1200, to_minute: 480 }),
        ..Default::default()
    };
    let update = UpdateCustomerRequest {
        customer_id: li.id.clone(),
        customer: Some(patch.clone()),
        etag: li.etag.clone(),
        ..Default::default()
    };
    let changed = client.update_customer(update.clone()).await.unwrap().into_inner();
    assert_eq!(
        (changed.birthday.as_str(), changed.tags.as_slice()),
        ("--02-29", ["gold".to_owned()].as_slice())
    );
    assert_eq!(changed.missing, ["email", "preferred_channel", "consents.revisit"]);
    let other = CustomerPatch { language: "en".into(), ..Default::default() };
    let conflict = UpdateCustomerRequest { customer: Some(other), ..update };
    assert_eq!(reason(client.update_customer(conflict).await).1, "FIELD_CONFLICT");
    let stage = SetLifecycleStageRequest {
        customer_id: li.id.clone(),
        stage: LifecycleStage::Member.into(),
        ..Default::default()
    };
    client.set_lifecycle_stage(stage).await.unwrap();
    say_twice(&mut client, &world, &li.id).await;
    let put = PutCustomerOnListRequest {
        customer_id: li.id.clone(),
        list: CustomerList::Vip.into(),
        reason: "spends".into(),
        until: Some(wire::timestamp(world.now().plus(Duration::from_secs(3600)))),
        ..Default::default()
    };
    let listed = client.put_customer_on_list(put).await.unwrap().into_inner();
    assert!(listed.vip && listed.consents[0].granted);
    let filter = |text: &str| ListCustomersRequest { filter: text.into(), ..Default::default() };
    for text in ["vip == true", "tags == \"gold\"", "stage == \"MEMBER\"", "text.contains(\"wei\")"]
    {
        let list = client.list_customers(filter(text)).await.unwrap().into_inner();
        assert_eq!(list.customers.len(), 1, "{text}");
        assert_eq!(list.customers[0].tags, ["gold"], "{text}");
    }
    let unserved = client.list_customers(filter("language == \"zh\"")).await;
    assert_eq!(reason(unserved).1, "FILTER_NOT_INDEXED");
    world.advance(Duration::from_secs(3600)).await;
    let read = client.get_customer(get(&li.id)).await.unwrap().into_inner();
    assert!(!read.vip, "its time on the list is over");
    let off = TakeCustomerOffListRequest {
        customer_id: li.id.clone(),
        list: CustomerList::Vip.into(),
        ..Default::default()
    };
    assert_eq!(reason(client.take_customer_off_list(off).await).0, Code::NotFound);
    let nobody = AssignCustomerRequest { customer_id: li.id.clone(), ..Default::default() };
    assert_eq!(reason(client.assign_customer(nobody).await).1, "ALREADY_ASSIGNED");
    check_history(&mut client, &li.id).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_erased_is_found_nowhere() {
    let world = world().await;
    let mut client = CustomersServiceClient::new(world.admin());
    let mut request = person("Li Wei", "13812345678", true);
    request.request_id = "once".into();
    let li = registered(&mut client, request.clone()).await;
    let wei = registered(&mut client, person("Wei Li", "13912345678", true)).await;
    let merge = MergeCustomersRequest {
        customer_id: li.id.clone(),
        merged_customer_id: wei.id.clone(),
        reason: "same_person_said".into(),
        etag: li.etag.clone(),
        merged_etag: wei.etag.clone(),
        ..Default::default()
    };
    let li = client.merge_customers(merge).await.unwrap().into_inner();
    let erase = EraseCustomerRequest {
        customer_id: li.id.clone(),
        ground: "request_of_subject".into(),
        etag: li.etag.clone(),
        ..Default::default()
    };
    let of_merged =
        EraseCustomerRequest { customer_id: wei.id.clone(), etag: "2".into(), ..erase.clone() };
    assert_eq!(reason(client.erase_customer(of_merged).await).1, "CUSTOMER_MERGED");
    let erased = client.erase_customer(erase.clone()).await.unwrap().into_inner();
    assert!(erased.erased && erased.name.is_empty() && erased.contact_points.is_empty());
    let again = EraseCustomerRequest { etag: erased.etag, ..erase };
    assert_eq!(reason(client.erase_customer(again).await).1, "CUSTOMER_ERASED");
    world.settle().await;
    for by in [
        By::Phone("13812345678".into()),
        By::Phone("13912345678".into()),
        By::Name("wei".into()),
        By::Number(li.number),
    ] {
        assert!(found(&mut client, by.clone()).await.is_empty(), "{by:?}");
    }
    let repeated = client.create_customer(request).await.unwrap().into_inner();
    assert_eq!(
        repeated,
        Customer::default(),
        "the stored reply tells nothing, and no new one is made"
    );
    let history = ListCustomerHistoryRequest { customer_id: li.id.clone(), ..Default::default() };
    let entries = client.list_customer_history(history).await.unwrap().into_inner().entries;
    let told: Vec<_> = entries.into_iter().flat_map(|entry| entry.changes).collect();
    assert!(
        told.iter().all(|change| !change.before.contains("Li") && !change.after.contains("Li"))
    );
    let free = registered(&mut client, person("Somebody", "13812345678", true)).await;
    assert!(free.contact_points[0].verified, "what they had proved is free");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imported_rows_are_judged_one_by_one_and_known_again() {
    let world = world().await;
    let mut client = CustomersServiceClient::new(world.admin());
    let row = |id: &str, phone: &str| CustomerRow {
        source: "crm".into(),
        external_id: id.into(),
        kind: CustomerKind::Person.into(),
        name: format!("Customer {id}"),
        contact_points: vec![point(ContactKind::Phone, phone, true)],
        ..Default::default()
    };
    let nameless = CustomerRow { name: String::new(), ..row("4", "13700000004") };
    let rows = vec![row("1", "13700000001"), row("2", "13700000001"), row("3", "12"), nameless];
    let request = ImportCustomersRequest { rows, ..Default::default() };
    let dry = ImportCustomersRequest { validate_only: true, ..request.clone() };
    let judged = client.import_customers(dry).await.unwrap().into_inner().results;
    assert_eq!(judged[0].outcome(), ItemOutcome::Accepted);
    let told = |results: Vec<CustomerRowResult>| -> Vec<(ItemOutcome, String)> {
        results.into_iter().map(|one| (one.outcome(), one.reason)).collect()
    };
    let taken = client.import_customers(request.clone()).await.unwrap().into_inner().results;
    let rejected = |reason: &str| (ItemOutcome::Rejected, reason.to_owned());
    let expected = [
        (ItemOutcome::Accepted, String::new()),
        rejected("CONTACT_TAKEN"),
        rejected("CONTACT_INVALID"),
        rejected("VALIDATION_FAILED"),
    ];
    assert_eq!(told(taken), expected);
    let again = client.import_customers(request).await.unwrap().into_inner().results;
    assert_eq!(again[0].outcome(), ItemOutcome::Duplicate);
    let id = again[0].customer_id.clone().unwrap();
    let view = View::Basic.into();
    let read = GetCustomerRequest { customer_id: id, view };
    let read = client.get_customer(read).await.unwrap().into_inner();
    assert_eq!((read.name.as_str(), read.contact_points.len()), ("Customer 1", 0));
    let made = CreateCustomerRequest {
        source: "crm".into(),
        external_id: Some("1".into()),
        ..person("Other", "13700000009", false)
    };
    assert_eq!(
        reason(client.create_customer(made).await),
        (Code::AlreadyExists, "RESOURCE_EXISTS".into())
    );
    world.close().await;
}

/// What was said later is recorded first, and holds.
async fn say_twice(client: &mut Client, world: &World, customer_id: &str) {
    for (granted, ago) in [(true, 60), (false, 3600)] {
        let said_at = world.now().minus(Duration::from_secs(ago));
        let consent = RecordConsentRequest {
            customer_id: customer_id.into(),
            channel: Channel::Phone.into(),
            purpose: "revisit".into(),
            granted,
            evidence: "call".into(),
            said_at: Some(wire::timestamp(said_at)),
            ..Default::default()
        };
        client.record_consent(consent).await.unwrap();
    }
    let asked = ListConsentHistoryRequest { customer_id: customer_id.into(), ..Default::default() };
    let said = client.list_consent_history(asked).await.unwrap().into_inner().consents;
    assert_eq!(said.iter().map(|one| one.granted).collect::<Vec<_>>(), [true, false]);
}

async fn check_history(client: &mut Client, customer_id: &str) {
    let history =
        ListCustomerHistoryRequest { customer_id: customer_id.into(), ..Default::default() };
    let entries = client.list_customer_history(history).await.unwrap().into_inner().entries;
    let types: Vec<&str> = entries.iter().map(|entry| entry.r#type.as_str()).collect();
    assert_eq!(
        types,
        [
            "CustomerCreated",
            "CustomerUpdated",
            "CustomerStageChanged",
            "CustomerConsentRecorded",
            "CustomerConsentRecorded",
            "CustomerListed",
            "CustomerUnlisted"
        ]
    );
}
