//! Who may call what, and on whose things: the table of roles and RPCs, checked by real calls with keys of
//! each role. A key of one branch sees and changes what is of its branch; what is of another does not
//! exist for it.

mod probes;
mod watching;

use std::collections::BTreeMap;

use kefu_gateway::shipped;
use kefu_testkit::World;
use prost::bytes::Bytes;
use tonic::{Code, Status};

use self::probes::{NOT_OF_A_BRANCH, Town, probe_of};
use crate::dynamic::{Api, call};
use crate::suite::suite;

const LEGEND: &str = "\
    x  may be called\n\
    o  may be called; a key of one branch reaches what is of its own branch, and nothing of another\n\
    w  may be called with sight of the whole company only\n\
    .  may not be called\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_may_call_what_the_table_says() {
    let world = World::start(&suite()).await;
    let api = Api::read();
    let promised = shipped::role_table().unwrap();
    let mut table: BTreeMap<&str, Vec<char>> = BTreeMap::new();
    let roles: Vec<&str> = shipped::roles().iter().map(|role| role.code.as_str()).collect();
    let town = Town::build(&world).await;
    for role in &roles {
        let (whole, own) = match *role {
            "public" => (world.with_key(""), world.with_key("")),
            named => {
                (world.as_role(named, &[]).await, world.as_role(named, &[&town.own.branch]).await)
            }
        };
        for method in api.methods.all() {
            let code = outcome(&call(&whole, &method.name, Bytes::new(), |_| true).await);
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
            let mark = match probe_of(&method.name) {
                _ if !allowed => '.',
                None => 'x',
                Some(probe) => {
                    town.probe(&api, &world, role, [&own, &whole], &method.name, *probe).await
                }
            };
            table.entry(&method.name).or_default().push(mark);
        }
    }
    insta::assert_snapshot!("roles_and_rpcs", drawn(&roles, &table));
    world.close().await;
}

#[test]
fn every_method_is_probed_or_known_to_be_of_no_branch() {
    let mut wrong = Vec::new();
    for method in Api::read().methods.all() {
        let free = NOT_OF_A_BRANCH.iter().any(|name| method.name.starts_with(name));
        let probed = probe_of(&method.name).is_some();
        if free == probed {
            wrong.push(format!("{}: is it of a branch? {probed}, of none? {free}", method.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn outcome(reply: &Result<Vec<Bytes>, Status>) -> Code {
    reply.as_ref().err().map_or(Code::Ok, Status::code)
}

fn drawn(roles: &[&str], table: &BTreeMap<&str, Vec<char>>) -> String {
    let width = table.keys().map(|name| name.len()).max().unwrap_or_default();
    let mut text = format!("{LEGEND}\n");
    for (column, role) in roles.iter().enumerate() {
        text.push_str(&format!("{:width$} {}{role}\n", "", "| ".repeat(column)));
    }
    for (name, row) in table {
        let marks: Vec<String> = row.iter().map(char::to_string).collect();
        text.push_str(&format!("{name:width$} {}\n", marks.join(" ")));
    }
    text
}
