//! The audit trail shows tampering: altered, missing and reordered rows are named.

use kefu_kernel::id::Uuid;
use kefu_outbox::audit::{Finding, Flaw, Verification, unchained, verify_step};
use kefu_outbox::{HeadSigner, Held, Leases, number};
use kefu_store::Store;
use kefu_store::tables::event;
use ring::hmac;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::rig::{everything, on_every_shape, record_many};

/// A signer for tests: a MAC is enough to tell a changed head.
pub struct Mac(hmac::Key);

impl HeadSigner for Mac {
    fn key_id(&self) -> String {
        "test".to_owned()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, message).as_ref().to_vec()
    }

    fn verify(&self, key_id: &str, message: &[u8], signature: &[u8]) -> bool {
        key_id == "test" && hmac::verify(&self.0, message, signature).is_ok()
    }
}

pub fn signer() -> Mac {
    Mac(hmac::Key::new(hmac::HMAC_SHA256, b"a key of this test"))
}

pub async fn findings(store: &Store) -> (u64, u64, Vec<Finding>) {
    let (mut checked, mut signed, mut found) = (0, 0, Vec::new());
    for partition in 0..16 {
        let mut state = Verification::default();
        while verify_step(store, &signer(), partition, &mut state, &mut found).await.expect("read")
        {
        }
        checked += state.checked;
        signed += state.signed_heads;
    }
    (checked, signed, found)
}

async fn signed_log(store: &Store) -> Held {
    kefu_outbox::prepare_numbering(store).await.expect("heads");
    let all: Vec<u8> = (0..16).collect();
    let leases = Leases::new(store.clone(), "relay", "one", std::time::Duration::from_secs(60));
    leases.prepare(&all).await.expect("rows");
    let held = leases.hold(&all).await.expect("held");
    record_many(store, 50, 4).await;
    while number(store, &held, 1_000).await.expect("numbered") > 0 {}
    kefu_outbox::audit::sign_heads(store, &signer(), &held).await.expect("signed");
    held
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_untouched_log_verifies_with_its_signed_heads() {
    on_every_shape(async |rig| {
        let held = signed_log(&rig.owner).await;
        let (checked, signed, found) = findings(&rig.owner).await;
        assert_eq!((checked, found), (200, Vec::new()));
        let events = everything(&rig.owner).await;
        let used: std::collections::BTreeSet<u8> = events.iter().map(|one| one.partition).collect();
        assert_eq!(signed, used.len() as u64, "each partition in use has a signed head");
        record_many(&rig.owner, 3, 1).await;
        assert_eq!(unchained(&rig.owner).await.expect("count"), 3, "the tail is told");
        number(&rig.owner, &held, 10).await.expect("numbered");
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_altered_row_is_named() {
    on_every_shape(async |rig| {
        signed_log(&rig.owner).await;
        let victim = everything(&rig.owner).await[77].clone();
        alter(&rig.owner, victim.event_id).await;
        let (_, _, found) = findings(&rig.owner).await;
        let named: Vec<_> = found.iter().map(|one| (&one.flaw, one.event_id)).collect();
        assert_eq!(named, [(&Flaw::Altered, Some(victim.event_id))]);
        assert_eq!(found[0].position, victim.position);
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_row_is_named() {
    on_every_shape(async |rig| {
        signed_log(&rig.owner).await;
        let victim = everything(&rig.owner).await[33].clone();
        let gone = event::Entity::delete_many().filter(event::Column::EventId.eq(victim.event_id));
        rig.owner
            .write(async |tx| gone.exec(tx).await.map_err(kefu_store::StoreError::from))
            .await
            .expect("deleted");
        let (_, _, found) = findings(&rig.owner).await;
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].flaw, found[0].position), (&Flaw::Missing, victim.position));
        rig.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_altered_with_its_hash_breaks_the_chain() {
    on_every_shape(async |rig| {
        signed_log(&rig.owner).await;
        let victim = everything(&rig.owner).await[10].clone();
        alter(&rig.owner, victim.event_id).await;
        let row = event::Entity::find()
            .filter(event::Column::EventId.eq(victim.event_id))
            .one(rig.owner.reader())
            .await
            .expect("readable")
            .expect("there");
        let hash = row.computed_hash().to_vec();
        let update = event::Entity::update_many()
            .col_expr(event::Column::Hash, Expr::value(hash))
            .filter(event::Column::EventId.eq(victim.event_id));
        rig.owner
            .write(async |tx| update.exec(tx).await.map_err(kefu_store::StoreError::from))
            .await
            .expect("altered");
        let (_, _, found) = findings(&rig.owner).await;
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].flaw, found[0].event_id), (&Flaw::Reordered, Some(victim.event_id)));
        rig.close().await;
    })
    .await;
}

async fn alter(store: &Store, event_id: Uuid) {
    let update = event::Entity::update_many()
        .col_expr(event::Column::Actor, Expr::value("person_2"))
        .filter(event::Column::EventId.eq(event_id));
    store
        .write(async |tx| update.exec(tx).await.map_err(kefu_store::StoreError::from))
        .await
        .expect("altered");
}
