//! People: added, changed, taken out and brought back, and never in an event by name.

use kefu_api_gateway::v1::*;
use tonic::Code;

use crate::world::{World, mask, on_every_backend, refusal};

fn asked(name: &str) -> CreatePersonRequest {
    CreatePersonRequest {
        name: name.into(),
        email: format!("{}@example.org", name.to_lowercase()),
        roles: vec!["agent".into()],
        all_branches: true,
        languages: vec!["es".into(), "zh-Hans".into()],
        ..Default::default()
    }
}

async fn issuer(world: &World) -> Issuer {
    let asked = CreateIssuerRequest {
        issuer: "https://id.example.org".into(),
        name: "Identity".into(),
        jwks_url: "https://id.example.org/keys".into(),
        audiences: vec!["kefu".into()],
        ..Default::default()
    };
    world.issuers(&world.admin).create_issuer(asked).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_change_and_go_and_no_event_names_them() {
    on_every_backend(async |world: World| {
        let mut client = world.directory(&world.admin);
        let issuer = issuer(&world).await;
        let subject =
            |subject: &str| Subject { issuer_id: issuer.id.clone(), subject: subject.into() };
        let department = department(&world).await;
        let new = CreatePersonRequest {
            subjects: vec![subject("anna-at-work")],
            department_ids: vec![department.id.clone()],
            ..asked("Annabella")
        };
        let anna = client.create_person(new.clone()).await.unwrap().into_inner();
        let get = GetPersonRequest { person_id: anna.id.clone() };
        assert_eq!(client.get_person(get).await.unwrap().into_inner(), anna);
        assert_eq!(anna.subjects, [subject("anna-at-work")]);
        let taken = refusal(client.create_person(new.clone()).await);
        assert_eq!(taken, (Code::AlreadyExists, "SUBJECT_TAKEN".into()));
        let head = UpdateDepartmentRequest {
            department_id: department.id.clone(),
            department: Some(DepartmentPatch {
                head_id: Some(anna.id.clone()),
                ..Default::default()
            }),
            ..Default::default()
        };
        assert_eq!(
            client.update_department(head.clone()).await.unwrap().into_inner().head_id,
            Some(anna.id.clone())
        );
        // A subject that was given up is somebody else's to have.
        let other = UpdatePersonRequest {
            person_id: anna.id.clone(),
            person: Some(PersonPatch { subjects: vec![subject("anna")], ..Default::default() }),
            etag: anna.etag.clone(),
            ..Default::default()
        };
        let renamed = client.update_person(other).await.unwrap().into_inner();
        assert_eq!(renamed.subjects, [subject("anna")]);
        let bruno = CreatePersonRequest { name: "Bruno".into(), ..new };
        let bruno = client.create_person(bruno).await.unwrap().into_inner();
        let delete = DeletePersonRequest { person_id: anna.id.clone(), ..Default::default() };
        let gone = client.delete_person(delete.clone()).await.unwrap().into_inner();
        assert!(gone.deleted_at.is_some());
        let again = refusal(client.delete_person(delete).await);
        assert_eq!(again, (Code::FailedPrecondition, "PERSON_INACTIVE".into()));
        let refused = refusal(client.update_department(head).await);
        assert_eq!(refused, (Code::InvalidArgument, "UNKNOWN_REFERENCE".into()));
        let list = async |department_id: Option<String>, show_deleted: bool| {
            let asked = ListPeopleRequest { department_id, show_deleted, ..Default::default() };
            let list = world.directory(&world.admin).list_people(asked).await.unwrap().into_inner();
            list.people.into_iter().map(|person| person.name).collect::<Vec<String>>()
        };
        assert_eq!(list(None, false).await, ["Bruno"]);
        assert_eq!(list(Some(department.id.clone()), true).await, ["Bruno", "Annabella"]);
        let back = UndeletePersonRequest { person_id: anna.id.clone(), ..Default::default() };
        let back_again = client.undelete_person(back.clone()).await.unwrap().into_inner();
        assert_eq!(back_again.deleted_at, None);
        let refused = refusal(client.undelete_person(back).await);
        assert_eq!(refused, (Code::AlreadyExists, "RESOURCE_EXISTS".into()));
        assert_eq!(bruno.languages, ["es", "zh-Hans"]);
        no_event_names(&world, &["Annabella", "annabella@", "anna-at-work", "Bruno"]).await;
        world
    })
    .await;
}

async fn department(world: &World) -> Department {
    let asked =
        CreateDepartmentRequest { code: "lost".into(), name: "Lost".into(), ..Default::default() };
    world.directory(&world.admin).create_department(asked).await.unwrap().into_inner()
}

async fn no_event_names(world: &World, words: &[&str]) {
    let payloads = world.column("SELECT payload FROM event").await;
    let keys = world.column("SELECT CAST(key AS BLOB) FROM natural_key");
    let keys = match world.store().backend() {
        sea_orm::DbBackend::Sqlite => keys.await,
        _ => world.column("SELECT convert_to(key, 'UTF8') FROM natural_key").await,
    };
    assert!(payloads.len() > 20 && keys.len() > 10);
    for bytes in payloads.iter().chain(&keys) {
        let text = String::from_utf8_lossy(bytes);
        assert!(!words.iter().any(|word| text.contains(word)), "{text}");
    }
}

#[tokio::test]
async fn rights_are_given_by_those_who_hold_them_and_taken_from_all_but_the_last() {
    let world = World::sqlite().await;
    let mut admin = world.directory(&world.admin);
    let north = world.branch("north").await;
    let local = world.key(&["admin"], &[&north.id]).await;
    let mut local = world.directory(&local);
    let refused = refusal(local.create_person(asked("Anna")).await);
    assert_eq!(refused, (Code::PermissionDenied, "GRANT_TOO_WIDE".into()));
    let here = CreatePersonRequest {
        branch_ids: vec![north.id.clone()],
        all_branches: false,
        ..asked("Anna")
    };
    let anna = local.create_person(here).await.unwrap().into_inner();
    let widen = UpdatePersonRequest {
        person_id: anna.id.clone(),
        person: Some(PersonPatch { all_branches: true, ..Default::default() }),
        ..Default::default()
    };
    let refused = refusal(local.update_person(widen.clone()).await);
    assert_eq!(refused, (Code::PermissionDenied, "GRANT_TOO_WIDE".into()));
    assert!(admin.update_person(widen).await.unwrap().into_inner().all_branches);
    let rename = UpdatePersonRequest {
        person_id: anna.id.clone(),
        person: Some(PersonPatch { name: "Anna María".into(), ..Default::default() }),
        ..Default::default()
    };
    let renamed = local.update_person(rename).await.unwrap().into_inner();
    assert!(renamed.all_branches, "what one cannot give one can leave");
    let unknown = UpdatePersonRequest {
        person_id: anna.id.clone(),
        person: Some(PersonPatch { roles: vec!["pilot".into()], ..Default::default() }),
        ..Default::default()
    };
    let refused = refusal(admin.update_person(unknown).await);
    assert_eq!(refused, (Code::InvalidArgument, "UNKNOWN_REFERENCE".into()));
    let stale =
        DeletePersonRequest { person_id: anna.id.clone(), etag: anna.etag, ..Default::default() };
    let refused = refusal(admin.delete_person(stale).await);
    assert_eq!(refused, (Code::Aborted, "ETAG_MISMATCH".into()));
    let gone = DeletePersonRequest { person_id: anna.id, ..Default::default() };
    admin.delete_person(gone).await.unwrap();
    world.close().await;
}

#[tokio::test]
async fn the_last_person_who_administers_stays() {
    let world = World::sqlite().await;
    let mut admin = world.directory(&world.admin);
    let issuer = issuer(&world).await;
    let boss = CreatePersonRequest {
        roles: vec!["admin".into()],
        subjects: vec![Subject { issuer_id: issuer.id.clone(), subject: "boss".into() }],
        ..asked("Boss")
    };
    let boss = admin.create_person(boss).await.unwrap().into_inner();
    let first = world.who(&world.admin).await.unwrap().principal_id;
    let manager = world.key(&["manager"], &[]).await;
    world.who(&manager).await.unwrap();
    let (_, narrow) = world
        .make_key(&["admin"], &[], &["gateway.manage_directory", "gateway.manage_issuers"])
        .await;
    let revoke = RevokeKeyRequest { key_id: first, ..Default::default() };
    world.keys(&world.admin).revoke_key(revoke).await.expect("the boss remains");
    let mut client = world.directory(&narrow);
    let demote = UpdatePersonRequest {
        person_id: boss.id.clone(),
        person: Some(PersonPatch::default()),
        update_mask: mask(&["roles"]),
        ..Default::default()
    };
    let last = (Code::FailedPrecondition, "LAST_ADMIN".to_owned());
    assert_eq!(refusal(client.update_person(demote).await), last);
    let delete = DeletePersonRequest { person_id: boss.id, ..Default::default() };
    assert_eq!(refusal(client.delete_person(delete).await), last);
    let untrust = DeleteIssuerRequest { issuer_id: issuer.id, ..Default::default() };
    assert_eq!(refusal(world.issuers(&narrow).delete_issuer(untrust).await), last);
    world.close().await;
}
