//! The story of tickets through the public API, in one process: calls, work, clocks, lists, feeds.

mod calls;
mod clocks;
mod commands;
mod feeds;
mod finding;
mod intake;
mod personal;
mod work;

use std::collections::BTreeMap;

use kefu_api_events::v1::Channel;
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::{CreateBranchRequest, CreateDepartmentRequest, CreatePersonRequest};
use kefu_api_reporting::v1::reporting_service_client::ReportingServiceClient;
use kefu_api_tickets::v1::field_value::Kind;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{
    CreateTicketRequest, FieldValue, GetTicketRequest, ListTicketHistoryRequest,
    ListTicketsRequest, Ticket, TransitionTicketRequest,
};
use kefu_testkit::{Transport, World};
use tonic::Status;
use tonic_types::StatusExt;

use crate::suite::suite;

/// A small department at work, with a key of an agent.
pub struct Desk {
    pub world: World,
    pub branch: String,
    pub department: String,
    pub agent: String,
    key: Transport,
}

impl Desk {
    /// Opens it over an empty suite.
    pub async fn open() -> Self {
        let world = World::start(&suite()).await;
        let mut directory = DirectoryServiceClient::new(world.admin());
        let branch = CreateBranchRequest {
            code: "north".into(),
            name: "North".into(),
            time_zone: "Europe/Madrid".into(),
            ..CreateBranchRequest::default()
        };
        let branch = directory.create_branch(branch).await.unwrap().into_inner().id;
        let head = person(&mut directory, "Marta Ruiz", "department_head", &branch, None).await;
        let department = CreateDepartmentRequest {
            code: "quality".into(),
            name: "Quality".into(),
            branch_id: Some(branch.clone()),
            head_id: Some(head),
            ..CreateDepartmentRequest::default()
        };
        let department = directory.create_department(department).await.unwrap().into_inner().id;
        let agent = person(&mut directory, "Li Wei", "agent", &branch, Some(&department)).await;
        let key = world.as_role("agent", &[&branch]).await;
        world.settle().await;
        Self { world, branch, department, agent, key }
    }

    /// The tickets, for an agent of the branch.
    pub fn tickets(&self) -> TicketsServiceClient<Transport> {
        TicketsServiceClient::new(self.key.clone())
    }

    /// The reports, for an agent of the branch.
    pub fn reports(&self) -> ReportingServiceClient<Transport> {
        ReportingServiceClient::new(self.key.clone())
    }

    /// What registers a matter of this type.
    pub fn matter(&self, kind: &str, subject: &str) -> CreateTicketRequest {
        CreateTicketRequest {
            r#type: kind.into(),
            channel: Channel::Email.into(),
            subject: subject.into(),
            branch_id: Some(self.branch.clone()),
            department_id: Some(self.department.clone()),
            ..CreateTicketRequest::default()
        }
    }

    /// Registers a matter.
    pub async fn register(&self, kind: &str, subject: &str) -> Ticket {
        let request = self.matter(kind, subject);
        self.tickets().create_ticket(request).await.unwrap().into_inner()
    }

    /// A ticket as it is now, whole.
    pub async fn ticket(&self, id: &str) -> Ticket {
        let request =
            GetTicketRequest { ticket_id: id.into(), view: kefu_api_common::v1::View::Full.into() };
        self.tickets().get_ticket(request).await.unwrap().into_inner()
    }

    /// Every ticket that a list gives, read two at a time.
    pub async fn list(&self, list: ListTicketsRequest) -> Vec<Ticket> {
        let mut found = Vec::new();
        let mut request = ListTicketsRequest { page_size: 2, ..list };
        loop {
            let page = self.tickets().list_tickets(request.clone()).await.unwrap().into_inner();
            found.extend(page.tickets);
            if page.next_page_token.is_empty() {
                return found;
            }
            request.page_token = page.next_page_token;
        }
    }

    /// Every ticket that a filter finds.
    pub async fn filtered(&self, filter: &str) -> Vec<Ticket> {
        self.list(ListTicketsRequest { filter: filter.into(), ..Default::default() }).await
    }

    /// The types of a ticket's events, first to last; their versions have no gap.
    pub async fn history(&self, id: &str) -> Vec<String> {
        let request = ListTicketHistoryRequest {
            ticket_id: id.into(),
            order_by: "version".into(),
            page_size: 1000,
            ..ListTicketHistoryRequest::default()
        };
        let entries = self.tickets().list_ticket_history(request).await.unwrap().into_inner();
        let versions: Vec<i64> = entries.entries.iter().map(|entry| entry.version).collect();
        assert!(versions.iter().copied().eq(1..=versions.len() as i64), "{versions:?}");
        let short = |name: &String| name.rsplit('.').next().unwrap_or_default().to_owned();
        entries.entries.iter().map(|entry| short(&entry.r#type)).collect()
    }
}

/// What solves a complaint.
pub fn solution(id: &str) -> TransitionTicketRequest {
    let justified = FieldValue { kind: Some(Kind::Choice("yes".into())) };
    TransitionTicketRequest {
        ticket_id: id.into(),
        state: "solved".into(),
        cause: "damage".into(),
        resolution: "replaced".into(),
        fields: BTreeMap::from([("justified".to_owned(), justified)]),
        ..TransitionTicketRequest::default()
    }
}

/// The stable reason of a refusal.
pub fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

async fn person(
    directory: &mut DirectoryServiceClient<Transport>,
    name: &str,
    role: &str,
    branch: &str,
    department: Option<&str>,
) -> String {
    let request = CreatePersonRequest {
        name: name.into(),
        roles: vec![role.into()],
        branch_ids: vec![branch.into()],
        department_ids: department.iter().map(ToString::to_string).collect(),
        ..CreatePersonRequest::default()
    };
    directory.create_person(request).await.unwrap().into_inner().id
}
