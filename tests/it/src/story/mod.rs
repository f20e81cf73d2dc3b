//! The story of tickets through the public API: calls, work, clocks, lists, feeds. Each is told in both
//! shapes, in one process on SQLite and by four processes on PostgreSQL and NATS, and knows nothing of
//! which. The four processes are shared: a story finds only its own branch empty.

/// Makes each story a test of both shapes.
macro_rules! stories {
    ($($story:ident),* $(,)?) => {
        mod one_process {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    super::$story(crate::story::Desk::in_one_process().await).await;
                }
            )*
        }

        mod four_processes {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    if let Some(desk) = crate::story::Desk::in_four_processes().await {
                        super::$story(desk).await;
                    }
                }
            )*
        }
    };
}

mod calls;
pub mod clocks;
mod commands;
mod feeds;
mod finding;
mod intake;
mod numbers;
mod personal;
mod split;
mod work;

use std::collections::BTreeMap;

use kefu_api_common::v1::FieldValue;
use kefu_api_common::v1::field_value::Kind;
use kefu_api_events::v1::Channel;
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::{CreateBranchRequest, CreateDepartmentRequest, CreatePersonRequest};
use kefu_api_reporting::v1::reporting_service_client::ReportingServiceClient;
use kefu_api_reporting::v1::{DailyComplaints, ListDailyComplaintsRequest};
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{
    CreateTicketRequest, GetTicketRequest, ListTicketHistoryRequest, ListTicketsRequest, Ticket,
    TransitionTicketRequest,
};
use kefu_kernel::{Day, Zone};
use kefu_testkit::{Kefu, Site, Transport, World};
use tonic::Status;
use tonic_types::StatusExt;

use crate::suite::suite;

/// A small department at work, with a key of an agent.
pub struct Desk {
    pub world: Kefu,
    pub branch: String,
    pub department: String,
    pub agent: String,
    pub opened: Day,
    key: Transport,
}

impl Desk {
    /// Opens it over an empty suite.
    pub async fn in_one_process() -> Self {
        println!("backend ran: sqlite + embedded");
        Self::open(Kefu::one(&suite()).await).await
    }

    /// Opens it over what other stories have left; none where the servers are not there.
    pub async fn in_four_processes() -> Option<Self> {
        let four = Kefu::four().await?;
        println!("backend ran: postgres + jetstream, four processes");
        Some(Self::open(four).await)
    }

    /// Opens it in a branch of its own.
    pub async fn open(world: Kefu) -> Self {
        let mut directory = DirectoryServiceClient::new(world.admin());
        let code = format!("north-{}", world.now().as_millis());
        let branch = CreateBranchRequest {
            code: code.clone(),
            name: "North".into(),
            time_zone: "Europe/Madrid".into(),
            ..CreateBranchRequest::default()
        };
        let branch = directory.create_branch(branch).await.unwrap().into_inner().id;
        let head = person(&mut directory, "Marta Ruiz", "department_head", &branch, None).await;
        let department = CreateDepartmentRequest {
            code,
            name: "Quality".into(),
            branch_id: Some(branch.clone()),
            head_id: Some(head),
            ..CreateDepartmentRequest::default()
        };
        let department = directory.create_department(department).await.unwrap().into_inner().id;
        let agent = person(&mut directory, "Li Wei", "agent", &branch, Some(&department)).await;
        let key = world.as_role("agent", &[&branch]).await;
        world.settle().await;
        let opened = Zone::named("Etc/UTC").unwrap().day_of(world.now());
        Self { world, branch, department, agent, key, opened }
    }

    /// The binary's processes, where it is the binary.
    pub fn site(&self) -> &Site {
        match &self.world {
            Kefu::Binary(deployment) => deployment.site(),
            Kefu::World(_) => panic!("a world has no processes of its own"),
        }
    }

    /// The suite, where it is in this process.
    pub fn here(&self) -> &World {
        match &self.world {
            Kefu::World(world) => world,
            Kefu::Binary(_) => panic!("the binary runs elsewhere"),
        }
    }

    /// The tickets, for an agent of the branch.
    pub fn tickets(&self) -> TicketsServiceClient<Transport> {
        TicketsServiceClient::new(self.key.clone())
    }

    /// The reports, for an agent of the branch.
    pub fn reports(&self) -> ReportingServiceClient<Transport> {
        ReportingServiceClient::new(self.key.clone())
    }

    /// The complaints of the branch by day, since the desk was opened.
    pub async fn daily_complaints(&self) -> Vec<DailyComplaints> {
        let days = ListDailyComplaintsRequest {
            from_day: self.opened.to_string(),
            to_day: self.opened.plus(30).to_string(),
            ..ListDailyComplaintsRequest::default()
        };
        self.reports().list_daily_complaints(days).await.unwrap().into_inner().rows
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

    /// Every ticket that a list gives, read two at a time unless it says otherwise.
    pub async fn list(&self, list: ListTicketsRequest) -> Vec<Ticket> {
        let mut found = Vec::new();
        let page_size = if list.page_size == 0 { 2 } else { list.page_size };
        let mut request = ListTicketsRequest { page_size, ..list };
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

/// Makes a person; gives the id.
pub async fn person(
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
