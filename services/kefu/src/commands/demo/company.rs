//! The demonstration's company: a branch, departments with heads, agents, and some tickets of the last
//! days in three languages. The same at every start.

use std::time::Duration;

use kefu_api_events::v1::Channel;
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::{CreateBranchRequest, CreateDepartmentRequest, CreatePersonRequest};
use kefu_api_tickets::v1::import_row::End;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{ImportRow, ImportTicketsRequest, ImportedSolution};
use kefu_kernel::{Ambient, Timestamp};

use crate::client::{Transport, told};

/// Ids of what was made.
pub struct Company {
    /// The branch.
    pub branch: String,
    /// The department that answers for complaints.
    pub quality: String,
    /// An agent.
    pub agent: String,
}

/// What customers said: type, cause, language and subject.
const MATTERS: [(&str, &str, &str, &str); 12] = [
    ("complaint", "late-delivery", "en", "The parcel came four days late"),
    ("complaint", "damage", "es", "El paquete llegó con la caja rota"),
    ("complaint", "service-attitude", "zh", "快递员态度很差，不肯送上楼"),
    ("inquiry", "tracking", "en", "Where is my shipment?"),
    ("inquiry", "price", "es", "¿Cuánto cuesta enviar diez kilos a Sevilla?"),
    ("inquiry", "opening-hours", "zh", "请问网点周末几点关门？"),
    ("suggestion", "app", "en", "Please show the driver on the map"),
    ("suggestion", "packaging", "es", "Usen menos plástico en los embalajes"),
    ("complaint", "charges", "zh", "多收了我二十元保价费"),
    ("complaint", "loss", "en", "One of three pieces is missing"),
    ("inquiry", "customs", "es", "¿Qué documentos pide la aduana?"),
    ("inquiry", "invoice", "zh", "怎么开电子发票？"),
];
/// How many tickets of the past there are.
const TICKETS: usize = 120;

/// Makes the company.
pub async fn make(transport: &Transport) -> anyhow::Result<Company> {
    let mut directory = DirectoryServiceClient::new(transport.clone());
    let branch = directory
        .create_branch(CreateBranchRequest {
            code: "central".into(),
            name: "Central branch".into(),
            time_zone: "Europe/Madrid".into(),
            request_id: "demo-branch".into(),
            ..CreateBranchRequest::default()
        })
        .await
        .map_err(|status| told(&status))?
        .into_inner();
    let head = person(&mut directory, "Marta Ruiz", "department_head", &branch.id).await?;
    let mut departments = Vec::new();
    for (code, name) in [("quality", "Quality"), ("delivery", "Delivery"), ("billing", "Billing")] {
        let request = CreateDepartmentRequest {
            code: code.into(),
            name: name.into(),
            branch_id: Some(branch.id.clone()),
            head_id: Some(head.clone()),
            request_id: format!("demo-{code}"),
        };
        let made = directory.create_department(request).await.map_err(|status| told(&status))?;
        departments.push(made.into_inner().id);
    }
    let agent = person(&mut directory, "Li Wei", "agent", &branch.id).await?;
    person(&mut directory, "Sam Carter", "supervisor", &branch.id).await?;
    past(transport, &branch.id, &departments, &agent).await?;
    Ok(Company { branch: branch.id, quality: departments.swap_remove(0), agent })
}

async fn person(
    directory: &mut DirectoryServiceClient<Transport>,
    name: &str,
    role: &str,
    branch: &str,
) -> anyhow::Result<String> {
    let request = CreatePersonRequest {
        name: name.into(),
        roles: vec![role.into()],
        branch_ids: vec![branch.into()],
        request_id: format!("demo-{}", name.replace(' ', "-")),
        ..CreatePersonRequest::default()
    };
    let made = directory.create_person(request).await.map_err(|status| told(&status))?;
    Ok(made.into_inner().id)
}

/// The tickets of the last thirty days, as history.
async fn past(
    transport: &Transport,
    branch: &str,
    departments: &[String],
    agent: &str,
) -> anyhow::Result<()> {
    let now = Ambient::system().now();
    let channels = [Channel::Phone, Channel::Chat, Channel::Email, Channel::WebForm];
    let rows = (0..TICKETS).map(|number| {
        let (kind, cause, language, subject) = MATTERS[number % MATTERS.len()];
        let hours = 6 * (TICKETS - number) as u64;
        let raised = now.minus(Duration::from_secs(hours * 3600));
        let solved = number % 5 != 0;
        ImportRow {
            source: "demo".into(),
            external_id: format!("past-{number}"),
            r#type: kind.into(),
            channel: channels[number % channels.len()].into(),
            subject: subject.into(),
            language: language.into(),
            cause: cause.into(),
            branch_id: Some(branch.into()),
            department_id: Some(departments[number % departments.len()].clone()),
            assignee_id: Some(agent.into()),
            created_at: Some(wire(raised)),
            end: solved.then(|| {
                let at = raised.plus(Duration::from_secs(3 * 3600));
                End::Solved(ImportedSolution {
                    solved_at: Some(wire(at)),
                    closed: true,
                    resolution: "explained".into(),
                })
            }),
            ..ImportRow::default()
        }
    });
    let request = ImportTicketsRequest { rows: rows.collect(), ..ImportTicketsRequest::default() };
    let mut tickets = TicketsServiceClient::new(transport.clone());
    let answer = tickets.import_tickets(request).await.map_err(|status| told(&status))?;
    for result in answer.into_inner().results {
        anyhow::ensure!(
            result.violations.is_empty(),
            "row {}: {:?}",
            result.row,
            result.violations
        );
    }
    Ok(())
}

fn wire(at: Timestamp) -> prost_types::Timestamp {
    kefu_api_common::wire::timestamp(at)
}
