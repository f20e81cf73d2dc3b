//! Branches, departments and roles.

use kefu_api_gateway::v1::*;
use tonic::Code;

use crate::world::{World, mask, on_every_backend, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn branches_are_added_read_listed_and_changed() {
    on_every_backend(async |world: World| {
        let mut client = world.directory(&world.admin);
        let north = world.branch("north").await;
        let south = world.branch("south").await;
        let get = GetBranchRequest { branch_id: north.id.clone() };
        assert_eq!(client.get_branch(get).await.unwrap().into_inner(), north);
        let page =
            |page_token: &str| ListBranchesRequest { page_size: 2, page_token: page_token.into() };
        let first = client.list_branches(page("")).await.unwrap().into_inner();
        let codes: Vec<&str> = first.branches.iter().map(|branch| branch.code.as_str()).collect();
        assert_eq!(codes, ["main", "north"]);
        let rest = client.list_branches(page(&first.next_page_token)).await.unwrap().into_inner();
        assert_eq!((rest.branches, rest.next_page_token.as_str()), (vec![south.clone()], ""));
        assert_eq!(
            refusal(client.list_branches(page("nonsense")).await),
            (Code::InvalidArgument, "PAGE_TOKEN_INVALID".into())
        );
        let taken = CreateBranchRequest {
            code: "north".into(),
            name: "Again".into(),
            time_zone: "UTC".into(),
            ..Default::default()
        };
        let refused = refusal(client.create_branch(taken.clone()).await);
        assert_eq!(refused, (Code::AlreadyExists, "CODE_TAKEN".into()));
        let nowhere = CreateBranchRequest {
            code: "moon".into(),
            time_zone: "Moon/Tranquility".into(),
            ..taken.clone()
        };
        let refused = refusal(client.create_branch(nowhere).await);
        assert_eq!(refused, (Code::InvalidArgument, "TIME_ZONE_UNKNOWN".into()));
        let calendar_id = Some("calendar_01h455vb4pex5vsknk084sn02q".to_owned());
        let unknown = CreateBranchRequest { code: "x".into(), calendar_id, ..taken };
        let refused = refusal(client.create_branch(unknown).await);
        assert_eq!(refused, (Code::InvalidArgument, "UNKNOWN_REFERENCE".into()));
        world
    })
    .await;
}

#[tokio::test]
async fn an_update_sets_what_is_named_and_minds_the_fields_that_changed() {
    let world = World::sqlite().await;
    let mut client = world.directory(&world.admin);
    let seen = world.branch("north").await;
    let update = |name: &str, code: &str, paths: &[&str], etag: &str| UpdateBranchRequest {
        branch_id: seen.id.clone(),
        branch: Some(BranchPatch { name: name.into(), code: code.into(), ..Default::default() }),
        update_mask: mask(paths),
        etag: etag.into(),
        ..Default::default()
    };
    let first = update("Norte", "", &["name"], &seen.etag);
    let renamed = client.update_branch(first).await.unwrap().into_inner();
    assert_eq!((renamed.name.as_str(), renamed.code.as_str()), ("Norte", "north"));
    let disjoint = update("", "norte", &["code"], &seen.etag);
    let recoded = client.update_branch(disjoint).await.unwrap().into_inner();
    assert_eq!((recoded.name.as_str(), recoded.code.as_str()), ("Norte", "norte"));
    let overlapping = client.update_branch(update("Nord", "", &["name"], &seen.etag)).await;
    assert_eq!(refusal(overlapping), (Code::Aborted, "FIELD_CONFLICT".into()));
    let emptied = client.update_branch(update("", "", &["name"], "")).await;
    assert_eq!(refusal(emptied), (Code::InvalidArgument, "VALIDATION_FAILED".into()));
    let nothing = client.update_branch(update("Norte", "", &["name"], "")).await.unwrap();
    assert_eq!(nothing.into_inner().etag, recoded.etag, "what is so already changes nothing");
    world.close().await;
}

#[tokio::test]
async fn a_caller_of_one_branch_sees_neither_another_nor_its_departments() {
    let world = World::sqlite().await;
    let (north, south) = (world.branch("north").await, world.branch("south").await);
    let mut admin = world.directory(&world.admin);
    let department = |code: &str, branch_id: Option<&Branch>| CreateDepartmentRequest {
        code: code.into(),
        name: code.into(),
        branch_id: branch_id.map(|branch| branch.id.clone()),
        ..Default::default()
    };
    for (code, branch) in [("lost", Some(&south)), ("found", Some(&north)), ("legal", None)] {
        admin.create_department(department(code, branch)).await.unwrap();
    }
    let mut client = world.directory(&world.key(&["supervisor"], &[&north.id]).await);
    let branches = client.list_branches(ListBranchesRequest::default()).await.unwrap().into_inner();
    assert_eq!(branches.branches, [north]);
    let get = client.get_branch(GetBranchRequest { branch_id: south.id.clone() }).await;
    assert_eq!(refusal(get), (Code::NotFound, "RESOURCE_NOT_FOUND".into()));
    let asked = ListDepartmentsRequest::default();
    let found = client.list_departments(asked).await.unwrap().into_inner().departments;
    let codes: Vec<&str> = found.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["found", "legal"]);
    let denied = client.create_department(department("new", None)).await;
    assert_eq!(refusal(denied), (Code::PermissionDenied, "PERMISSION_DENIED".into()));
    // A key of one branch that may manage the directory does not reach into another's.
    let mut manager =
        world.directory(&world.key(&["admin"], &[&found[0].branch_id.clone().unwrap()]).await);
    let outside = manager.create_department(department("x", Some(&south))).await;
    assert_eq!(refusal(outside), (Code::InvalidArgument, "UNKNOWN_REFERENCE".into()));
    let by_code = ListDepartmentsRequest { code: "lost".into(), ..Default::default() };
    let one = admin.list_departments(by_code).await.unwrap().into_inner().departments;
    assert_eq!((one.len(), one[0].branch_id.as_deref()), (1, Some(south.id.as_str())));
    let moved = UpdateDepartmentRequest {
        department_id: one[0].id.clone(),
        department: Some(DepartmentPatch::default()),
        update_mask: mask(&["branch_id"]),
        ..Default::default()
    };
    let moved = admin.update_department(moved).await.unwrap().into_inner();
    assert_eq!(moved.branch_id, None);
    let get = GetDepartmentRequest { department_id: moved.id.clone() };
    assert_eq!(client.get_department(get).await.unwrap().into_inner(), moved);
    world.close().await;
}

#[tokio::test]
async fn a_role_that_changes_takes_effect_at_once() {
    let world = World::sqlite().await;
    let mut admin = world.directory(&world.admin);
    let permissions = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let asked = CreateRoleRequest {
        code: "clerk".into(),
        name: "Clerk".into(),
        permissions: permissions(&["gateway.who_am_i"]),
        request_id: "one".into(),
    };
    let role = admin.create_role(asked.clone()).await.unwrap().into_inner();
    assert_eq!(admin.create_role(asked.clone()).await.unwrap().into_inner(), role, "a repeat");
    let key = world.key(&["clerk"], &[]).await;
    let read =
        async || world.directory(&key).list_roles(ListRolesRequest::default()).await.map(|_| ());
    assert_eq!(refusal(read().await), (Code::PermissionDenied, "PERMISSION_DENIED".into()));
    let update = |list: &[&str]| UpdateRoleRequest {
        role_id: role.id.clone(),
        role: Some(RolePatch { permissions: permissions(list), ..Default::default() }),
        ..Default::default()
    };
    let wider = update(&["gateway.who_am_i", "gateway.read_directory"]);
    admin.update_role(wider).await.unwrap();
    read().await.expect("the role holds it now");
    admin.update_role(update(&["gateway.who_am_i"])).await.unwrap();
    assert_eq!(refusal(read().await), (Code::PermissionDenied, "PERMISSION_DENIED".into()));
    let unknown = admin.update_role(update(&["gateway.fly"])).await;
    assert_eq!(refusal(unknown), (Code::InvalidArgument, "UNKNOWN_REFERENCE".into()));
    let reserved = CreateRoleRequest { code: "service".into(), request_id: "2".into(), ..asked };
    let reserved = admin.create_role(reserved).await;
    assert_eq!(refusal(reserved), (Code::FailedPrecondition, "ROLE_BUILT_IN".into()));
    world.close().await;
}

#[tokio::test]
async fn shipped_roles_keep_their_code_and_admins_keep_administering() {
    let world = World::sqlite().await;
    let mut admin = world.directory(&world.admin);
    let roles = admin.list_roles(ListRolesRequest::default()).await.unwrap().into_inner().roles;
    let of = |code: &str| roles.iter().find(|role| role.code == code).unwrap().id.clone();
    let recode = UpdateRoleRequest {
        role_id: of("agent"),
        role: Some(RolePatch { code: "helper".into(), ..Default::default() }),
        ..Default::default()
    };
    let refused = refusal(admin.update_role(recode).await);
    assert_eq!(refused, (Code::FailedPrecondition, "ROLE_BUILT_IN".into()));
    let strip = UpdateRoleRequest {
        role_id: of("admin"),
        role: Some(RolePatch::default()),
        update_mask: mask(&["permissions"]),
        ..Default::default()
    };
    let refused = refusal(admin.update_role(strip).await);
    assert_eq!(refused, (Code::FailedPrecondition, "LAST_ADMIN".into()));
    let narrow = ["gateway.manage_directory", "gateway.read_directory"];
    let (_, key) = world.make_key(&["admin"], &[], &narrow).await;
    let widen = CreateRoleRequest {
        code: "wide".into(),
        name: "Wide".into(),
        permissions: vec!["gateway.manage_keys".into()],
        ..Default::default()
    };
    let refused = refusal(world.directory(&key).create_role(widen).await);
    assert_eq!(refused, (Code::PermissionDenied, "GRANT_TOO_WIDE".into()));
    world.close().await;
}
