//! RecordCreditInvestigation: records what an investigation found.

use kefu_api_common::wire;
use kefu_api_customers::v1::{Credit, RecordCreditInvestigationRequest};
use kefu_kernel::{Call, id};

use super::change;
use crate::Result;
use crate::credit::domain::Investigation;
use crate::credit::domain::words::Grade;
use crate::service::Customers;

pub async fn run(
    customers: &Customers,
    call: Call,
    request: RecordCreditInvestigationRequest,
) -> Result<Credit> {
    let customer = id::read("customer_id", &request.customer_id)?;
    let found = Investigation {
        grade: Grade::from_wire(request.grade).unwrap_or(Grade::D),
        limit: request.limit.as_ref().map(wire::amount).transpose()?,
        cash_on_delivery_allowed: request.cash_on_delivery_allowed,
        source: request.source,
        valid_until: request.valid_until.as_ref().map(wire::instant),
        findings: request.findings,
    };
    change::run(customers, call, customer, &request.etag, move |credit, context| {
        credit.investigate(context, found.clone())
    })
    .await
}
