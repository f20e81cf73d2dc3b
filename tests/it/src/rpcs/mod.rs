//! Every RPC of tickets: what it refuses, that a repeat is answered from the first, that its statements do
//! not grow with what it is asked for; and what several of them make of one thing together.
//!
//! The tables are held against the contracts: a new RPC without its rows fails.

mod calendars;
mod calls;
mod errors;
mod links;
mod replays;
mod search;
mod statements;

use kefu_api_tickets::v1::calls_service_client::CallsServiceClient;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_testkit::{Transport, World};
use serde_json::{Value, json};
use tonic::Status;

use crate::dynamic::{Api, reason};
use crate::suite::suite;

const PACKAGE: &str = "kefu.tickets.v1.";

/// What solves a complaint that somebody works on.
const SOLVE: &str = r#"{"ticketId":"$ticket","state":"solved","cause":"damage",
    "resolution":"replaced","fields":{"justified":{"choice":"yes"}}}"#;
/// What gives a ticket to somebody.
const ASSIGN: &str = r#"{"ticketId":"$ticket","assigneeId":"$person"}"#;

/// A small company, with the administrator's key.
struct Shop {
    world: World,
    api: Api,
    admin: Transport,
    branch: String,
    department: String,
    person: String,
}

impl Shop {
    async fn open() -> Self {
        let world = World::start(&suite()).await;
        let admin = world.admin();
        let (branch, department, person) = Default::default();
        let mut shop = Self { world, api: Api::read(), admin, branch, department, person };
        let branch = r#"{"code":"one","name":"One","timeZone":"Europe/Madrid"}"#;
        shop.branch = shop.directory("CreateBranch", branch).await;
        let department = r#"{"code":"quality","name":"Quality"}"#;
        shop.department = shop.directory("CreateDepartment", department).await;
        let person = r#"{"name":"Li Wei","roles":["agent"],"allBranches":true}"#;
        shop.person = shop.directory("CreatePerson", person).await;
        shop.world.settle().await;
        shop
    }

    async fn directory(&self, method: &str, request: &str) -> String {
        let method = format!("kefu.gateway.v1.DirectoryService/{method}");
        let made = self.api.ask(&self.admin, &method, request).await.unwrap();
        let made: Value = serde_json::from_str(&made).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// Calls a method of tickets as `caller`.
    async fn ask_as(
        &self,
        caller: &Transport,
        method: &str,
        request: &str,
    ) -> Result<Value, Status> {
        let answer = self.api.ask(caller, &format!("{PACKAGE}{method}"), request).await?;
        let first = answer.lines().next().unwrap_or("null");
        Ok(serde_json::from_str(first).unwrap())
    }

    /// Calls a method of tickets as the administrator.
    async fn ask(&self, method: &str, request: &str) -> Result<Value, Status> {
        self.ask_as(&self.admin, method, request).await
    }

    /// The same, which must go well.
    async fn done(&self, method: &str, request: &str) -> Value {
        let answer = self.ask(method, request).await;
        answer
            .unwrap_or_else(|refused| panic!("{method}: {} {refused}: {request}", reason(&refused)))
    }

    /// A new complaint; gives its id.
    async fn complaint(&self) -> String {
        let request = json!({
            "type": "complaint", "channel": "CHANNEL_PHONE", "subject": "A parcel is lost",
            "source": "shop", "branchId": self.branch,
        });
        let made = self.done("TicketsService/CreateTicket", &request.to_string()).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// A request with the names of things filled in; `$ticket` is `ticket`.
    fn filled(&self, request: &str, ticket: &str) -> String {
        let things = [
            ("$ticket", ticket),
            ("$branch", &self.branch),
            ("$department", &self.department),
            ("$person", &self.person),
        ];
        things.iter().fold(request.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    fn tickets(&self) -> TicketsServiceClient<Transport> {
        TicketsServiceClient::new(self.admin.clone())
    }

    fn calls(&self) -> CallsServiceClient<Transport> {
        CallsServiceClient::new(self.admin.clone())
    }
}
