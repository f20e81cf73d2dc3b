//! Trusted issuers.

use kefu_api_gateway::v1::*;
use tonic::Code;

use crate::world::{World, mask, refusal};

#[tokio::test]
async fn issuers_are_trusted_changed_and_trusted_no_longer() {
    let world = World::sqlite().await;
    let mut client = world.issuers(&world.admin);
    let asked = CreateIssuerRequest {
        issuer: "https://id.example.org/".into(),
        name: "Identity".into(),
        audiences: vec!["kefu".into(), "kefu-console".into()],
        algorithms: vec![SigningAlgorithm::Es256.into()],
        roles_claim: "groups".into(),
        ..Default::default()
    };
    let made = client.create_issuer(asked.clone()).await.unwrap().into_inner();
    assert_eq!((made.audiences.len(), made.algorithms.clone()), (2, asked.algorithms.clone()));
    let again = refusal(client.create_issuer(asked.clone()).await);
    assert_eq!(again, (Code::AlreadyExists, "RESOURCE_EXISTS".into()));
    let get = GetIssuerRequest { issuer_id: made.id.clone() };
    assert_eq!(client.get_issuer(get.clone()).await.unwrap().into_inner(), made);
    let update = |paths: &[&str]| UpdateIssuerRequest {
        issuer_id: made.id.clone(),
        issuer: Some(IssuerPatch::default()),
        update_mask: mask(paths),
        etag: made.etag.clone(),
        ..Default::default()
    };
    let cleared = client.update_issuer(update(&["roles_claim"])).await.unwrap().into_inner();
    assert_eq!(cleared.roles_claim, "");
    let conflict = refusal(client.update_issuer(update(&["roles_claim"])).await);
    assert_eq!(conflict, (Code::Aborted, "FIELD_CONFLICT".into()));
    let all = refusal(client.update_issuer(update(&["audiences"])).await);
    assert_eq!(all, (Code::InvalidArgument, "VALIDATION_FAILED".into()));
    let delete = DeleteIssuerRequest {
        issuer_id: made.id.clone(),
        etag: made.etag.clone(),
        ..Default::default()
    };
    let stale = refusal(client.delete_issuer(delete.clone()).await);
    assert_eq!(stale, (Code::Aborted, "ETAG_MISMATCH".into()));
    let delete = DeleteIssuerRequest { etag: String::new(), request_id: "x".into(), ..delete };
    let deleted = client.delete_issuer(delete.clone()).await.unwrap().into_inner();
    assert_eq!(client.delete_issuer(delete).await.unwrap().into_inner(), deleted, "a repeat");
    let gone = refusal(client.get_issuer(get).await);
    assert_eq!(gone, (Code::NotFound, "RESOURCE_NOT_FOUND".into()));
    let list = client.list_issuers(ListIssuersRequest::default()).await.unwrap().into_inner();
    assert_eq!(list.issuers, []);
    let anew = client.create_issuer(asked).await.unwrap().into_inner();
    assert_ne!(anew.id, made.id, "trusted again, it is another issuer");
    world.close().await;
}
