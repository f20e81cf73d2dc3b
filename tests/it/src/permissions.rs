//! Who may call what: the table of roles and RPCs, checked by real calls with a key of each role, and
//! what a key of one branch sees of another's.

use std::collections::BTreeMap;

use kefu_api_events::v1::Channel;
use kefu_api_gateway::v1::CreateBranchRequest;
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{
    AddTicketNoteRequest, CreateTicketRequest, GetTicketRequest, ListTicketsRequest,
};
use kefu_gateway::shipped;
use kefu_rpc::{Method, Methods};
use kefu_testkit::{Transport, World};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

use crate::suite::suite;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_may_call_what_the_table_says() {
    let world = World::start(&suite()).await;
    let methods = methods();
    let promised = shipped::role_table().unwrap();
    let mut table: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    let roles: Vec<&str> = shipped::roles().iter().map(|role| role.code.as_str()).collect();
    for role in &roles {
        let caller = match *role {
            "public" => world.with_key(""),
            named => world.as_role(named, &[]).await,
        };
        for method in methods.all() {
            let code = call(&caller, method).await;
            let permission = method.permission.as_deref().expect("each method declares one");
            let allowed = promised[*role].contains(permission);
            // Whoever has shown nothing is asked for credentials; a known caller is refused.
            let refusal = match *role {
                "public" => Code::Unauthenticated,
                _ => Code::PermissionDenied,
            };
            assert_eq!(code != refusal, allowed, "{role}, {}: {code:?}", method.name);
            let never = [Code::Unimplemented, Code::Internal, Code::Unknown, Code::Unavailable];
            assert!(!never.contains(&code), "{role}, {}: {code:?}", method.name);
            table.entry(&method.name).or_default().push(allowed);
        }
    }
    insta::assert_snapshot!("roles_and_rpcs", drawn(&roles, &table));
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_of_another_branch_does_not_exist() {
    let world = World::start(&suite()).await;
    let mut branches = Vec::new();
    for code in ["one", "two"] {
        let request = CreateBranchRequest {
            code: code.into(),
            name: code.into(),
            time_zone: "Asia/Shanghai".into(),
            ..CreateBranchRequest::default()
        };
        let made = DirectoryServiceClient::new(world.admin()).create_branch(request).await;
        branches.push(made.unwrap().into_inner().id);
    }
    world.settle().await;
    let own = ticket_in(&world, &branches[0]).await;
    let other = ticket_in(&world, &branches[1]).await;
    world.settle().await;
    for role in ["agent", "supervisor", "department_head", "manager", "admin", "integration"] {
        let key = world.as_role(role, &[&branches[0]]).await;
        let mut tickets = TicketsServiceClient::new(key);
        let get = |id: &str| GetTicketRequest { ticket_id: id.into(), ..Default::default() };
        tickets.get_ticket(get(&own)).await.unwrap();
        let refused = tickets.get_ticket(get(&other)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound, "{role}");
        let note = |id: &str| AddTicketNoteRequest {
            ticket_id: id.into(),
            body: "seen".into(),
            ..AddTicketNoteRequest::default()
        };
        tickets.add_ticket_note(note(&own)).await.unwrap();
        let refused = tickets.add_ticket_note(note(&other)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound, "{role}");
        for filter in ["", "text.contains(\"lost\")"] {
            let list = ListTicketsRequest { filter: filter.into(), ..Default::default() };
            let found = tickets.list_tickets(list).await.unwrap().into_inner().tickets;
            let found: Vec<&str> = found.iter().map(|ticket| ticket.id.as_str()).collect();
            assert_eq!(found, [own.as_str()], "{role}, `{filter}`");
        }
    }
    world.close().await;
}

async fn ticket_in(world: &World, branch: &str) -> String {
    let request = CreateTicketRequest {
        r#type: "complaint".into(),
        channel: Channel::Phone.into(),
        subject: "A parcel is lost".into(),
        branch_id: Some(branch.into()),
        ..CreateTicketRequest::default()
    };
    let made = TicketsServiceClient::new(world.admin()).create_ticket(request).await;
    made.unwrap().into_inner().id
}

/// Every RPC of Kefu's services.
fn methods() -> Methods {
    let mut methods = Methods::default();
    for descriptors in kefu_gateway::DESCRIPTORS {
        methods.add(descriptors).unwrap();
    }
    methods
}

/// Calls it with an empty request; a stream is heard to its first message.
async fn call(caller: &Transport, method: &Method) -> Code {
    let mut client = Grpc::new(caller.clone());
    client.ready().await.unwrap();
    let path = PathAndQuery::try_from(format!("/{}", method.name)).unwrap();
    // One reply or many look the same to a client; an empty message is every message's default.
    let codec = ProstCodec::<(), ()>::default();
    match client.server_streaming(Request::new(()), path, codec).await {
        Ok(reply) => {
            reply.into_inner().message().await.map_or_else(|error| error.code(), |_| Code::Ok)
        }
        Err(status) => status.code(),
    }
}

fn drawn(roles: &[&str], table: &BTreeMap<&str, Vec<bool>>) -> String {
    let width = table.keys().map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (column, role) in roles.iter().enumerate() {
        text.push_str(&format!("{:width$} {}{role}\n", "", "| ".repeat(column)));
    }
    for (name, row) in table {
        let marks: Vec<&str> = row.iter().map(|allowed| if *allowed { "x" } else { "." }).collect();
        text.push_str(&format!("{name:width$} {}\n", marks.join(" ")));
    }
    text
}
