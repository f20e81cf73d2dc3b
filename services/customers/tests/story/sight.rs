//! Who sees and changes what: branches, permissions, and what a repeat answers.

use kefu_api_customers::v1::credit_service_client::CreditServiceClient;
use kefu_api_customers::v1::customers_service_client::CustomersServiceClient;
use kefu_api_customers::v1::find_customers_request::By;
use kefu_api_customers::v1::timelines_service_client::TimelinesServiceClient;
use kefu_api_customers::v1::*;
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::{CreateBranchRequest, CreateRoleRequest};
use kefu_testkit::World;
use tonic::Code;
use tonic_types::StatusExt;

use super::world::{found, person, reason, registered, world};

async fn branch(world: &World, code: &str) -> String {
    let mut directory = DirectoryServiceClient::new(world.admin());
    let request = CreateBranchRequest {
        code: code.into(),
        name: code.into(),
        time_zone: "Asia/Shanghai".into(),
        ..Default::default()
    };
    directory.create_branch(request).await.unwrap().into_inner().id
}

/// A role that may do this.
async fn role(world: &World, code: &str, permissions: &[&str]) {
    let mut directory = DirectoryServiceClient::new(world.admin());
    let request = CreateRoleRequest {
        code: code.into(),
        name: code.into(),
        permissions: permissions.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    directory.create_role(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_branch_s_customers_do_not_exist() {
    let world = world().await;
    let (wuhan, xian) = (branch(&world, "wuhan").await, branch(&world, "xian").await);
    let all =
        ["customers.create", "customers.read", "customers.update", "customers.verify_contact"];
    let more =
        ["customers.merge", "customers.erase", "customers.read_credit", "customers.read_timeline"];
    role(&world, "desk", &[all, more].concat()).await;
    world.settle().await;
    let mut here = CustomersServiceClient::new(world.as_role("desk", &[&wuhan]).await);
    let there = world.as_role("desk", &[&xian]).await;
    let li = registered(&mut here, person("Li Wei", "13812345678", true)).await;
    assert_eq!(li.branch_id.as_deref(), Some(wuhan.as_str()), "the caller's only branch");
    world.settle().await;
    let mut client = CustomersServiceClient::new(there.clone());
    let get = GetCustomerRequest { customer_id: li.id.clone(), ..Default::default() };
    assert_eq!(
        reason(client.get_customer(get).await),
        (Code::NotFound, "RESOURCE_NOT_FOUND".into())
    );
    for by in [By::Phone("13812345678".into()), By::Name("li".into()), By::Number(li.number)] {
        assert!(found(&mut client, by).await.is_empty());
    }
    let list = client.list_customers(ListCustomersRequest::default()).await.unwrap().into_inner();
    assert!(list.customers.is_empty());
    let update = UpdateCustomerRequest {
        customer_id: li.id.clone(),
        customer: Some(CustomerPatch { name: "Mine".into(), ..Default::default() }),
        etag: li.etag.clone(),
        ..Default::default()
    };
    assert_eq!(reason(client.update_customer(update).await).0, Code::NotFound);
    let taken = client.create_customer(person("Other", "13812345678", true)).await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);
    let details = taken.get_error_details();
    assert!(!details.error_info().unwrap().metadata.contains_key("id"), "whose it is, is not told");
    let own = registered(&mut client, person("Li-Wei", "13812345678", false)).await;
    world.settle().await;
    for mut client in [here.clone(), client.clone()] {
        let pairs = ListDuplicateCandidatesRequest::default();
        let pairs = client.list_duplicate_candidates(pairs).await.unwrap().into_inner();
        assert!(pairs.candidates.is_empty(), "a pair is shown to who sees both");
    }
    let merge = MergeCustomersRequest {
        customer_id: own.id.clone(),
        merged_customer_id: li.id.clone(),
        reason: "x".into(),
        etag: own.etag.clone(),
        merged_etag: li.etag.clone(),
        ..Default::default()
    };
    assert_eq!(reason(client.merge_customers(merge).await).0, Code::NotFound);
    let erase = EraseCustomerRequest {
        customer_id: li.id.clone(),
        ground: "x".into(),
        etag: li.etag.clone(),
        ..Default::default()
    };
    assert_eq!(reason(client.erase_customer(erase).await).0, Code::NotFound);
    let mut credit = CreditServiceClient::new(there.clone());
    let get = GetCreditRequest { customer_id: li.id.clone() };
    assert_eq!(reason(credit.get_credit(get).await).0, Code::NotFound);
    let mut timeline = TimelinesServiceClient::new(there);
    let list = ListTimelineRequest { customer_id: li.id.clone(), ..Default::default() };
    assert_eq!(reason(timeline.list_timeline(list).await).0, Code::NotFound);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_may_verify_adds_what_is_proved() {
    let world = world().await;
    role(&world, "clerk", &["customers.create", "customers.read"]).await;
    world.settle().await;
    let mut client = CustomersServiceClient::new(world.as_role("clerk", &[]).await);
    let proved = client.create_customer(person("Li Wei", "13812345678", true)).await;
    assert_eq!(reason(proved), (Code::PermissionDenied, "PERMISSION_DENIED".into()));
    registered(&mut client, person("Li Wei", "13812345678", false)).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_is_answered_and_does_nothing() {
    let world = world().await;
    let mut client = CustomersServiceClient::new(world.admin());
    let request = CreateCustomerRequest {
        request_id: "once".into(),
        ..person("Li Wei", "13812345678", true)
    };
    let first = registered(&mut client, request.clone()).await;
    let again = registered(&mut client, request.clone()).await;
    assert_eq!(first, again);
    let other = CreateCustomerRequest { name: "Other".into(), ..request };
    assert_eq!(reason(client.create_customer(other).await).1, "REQUEST_ID_REUSED");
    let list = client.list_customers(ListCustomersRequest::default()).await.unwrap().into_inner();
    assert_eq!(list.customers.len(), 1);
    world.close().await;
}
