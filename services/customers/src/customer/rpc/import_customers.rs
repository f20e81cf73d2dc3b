//! ImportCustomers: takes rows from elsewhere, each judged by itself. A row whose source and id are known is a
//! duplicate and changes nothing. What is imported is history: nothing is owed for it.

use std::collections::BTreeSet;

use kefu_api_common::v1::{ItemOutcome, ItemViolation};
use kefu_api_common::{Validate, wire};
use kefu_api_customers::v1::{
    CustomerRow, CustomerRowResult, ImportCustomersRequest, ImportCustomersResponse,
};
use kefu_kernel::{Call, InvalidFields, id};
use kefu_runtime::directory::References;
use kefu_runtime::intake;
use kefu_store::runner::Command;
use kefu_store::{ExternalKey, Needs, Work};

use super::create_customer::{EXTERNAL_KEY, NUMBER, issue, verified};
use super::decode;
use crate::customer::domain::words::{Kind, Stage};
use crate::customer::domain::{Customer, New};
use crate::customer::store::claims::Claims;
use crate::domain::ids::CustomerId;
use crate::service::Customers;
use crate::{Error, Result};

pub async fn run(
    customers: &Customers,
    call: Call,
    request: ImportCustomersRequest,
) -> Result<ImportCustomersResponse> {
    intake::answer_once(&customers.runner, call, |call| take(customers, call, request)).await
}

async fn take(
    customers: &Customers,
    call: Call,
    request: ImportCustomersRequest,
) -> Result<ImportCustomersResponse> {
    let validate_only = request.validate_only;
    let known = customers.directory.references(&call.principal.scope);
    let rows = request.rows.into_iter();
    let rows = rows.map(|row| prepare(customers, &known, row, validate_only));
    let results = intake::take(&customers.runner, &call, rows, rejected).await?;
    let results = (0..).zip(results).map(|(row, result)| CustomerRowResult { row, ..result });
    Ok(ImportCustomersResponse { results: results.collect() })
}

async fn prepare(
    customers: &Customers,
    known: &References<'_>,
    row: CustomerRow,
    validate_only: bool,
) -> Result<Import> {
    row.validate().map_err(InvalidFields)?;
    let key = ExternalKey::of(EXTERNAL_KEY, &row.source, Some(&row.external_id))?;
    let new = new(customers, row)?;
    known.branch("branch_id", new.branch).await?;
    known.person("specialist_id", new.specialist).await?;
    let claims = Claims::of(&customers.keys, verified(&new));
    Ok(Import { customers: customers.clone(), key, claims, new, validate_only })
}

fn new(customers: &Customers, row: CustomerRow) -> Result<New> {
    let mut profile = row.profile.unwrap_or_default();
    profile.name = row.name;
    Ok(New {
        // Both are issued when it is decided.
        id: CustomerId::from(id::Uuid::nil()),
        number: 0,
        kind: Kind::from_wire(row.kind).unwrap_or(Kind::Person),
        stage: Stage::from_wire(row.stage).unwrap_or(Stage::Prospect),
        source: row.source,
        external_id: Some(row.external_id),
        branch: id::read_optional("branch_id", row.branch_id.as_deref())?,
        specialist: id::read_optional("specialist_id", row.specialist_id.as_deref())?,
        profile: decode::patch("profile", profile, |_| true)?.into_profile(),
        contacts: decode::contacts(row.contact_points, customers.country)?,
        created_at: row.created_at.as_ref().map(wire::instant),
    })
}

fn rejected(reason: &str, violations: Vec<ItemViolation>) -> CustomerRowResult {
    let (outcome, reason) = (ItemOutcome::Rejected.into(), reason.to_owned());
    CustomerRowResult { outcome, reason, violations, ..CustomerRowResult::default() }
}

fn told(outcome: ItemOutcome, customer_id: Option<String>) -> CustomerRowResult {
    let outcome = outcome.into();
    CustomerRowResult { outcome, customer_id, ..CustomerRowResult::default() }
}

struct Import {
    customers: Customers,
    key: ExternalKey,
    claims: Claims,
    new: New,
    validate_only: bool,
}

impl Command for Import {
    type Reply = CustomerRowResult;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        self.key.need::<Customer>(needs);
        self.claims.need(needs);
        if !self.validate_only {
            needs.numbers(NUMBER, 1);
        }
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<CustomerRowResult> {
        if let Some(known) = self.key.bearer::<Customer>(work) {
            // Of another branch's customer no more is told than that the name is taken.
            let known = known.map(|customer| customer.id().to_string());
            return Ok(told(ItemOutcome::Duplicate, known));
        }
        self.claims.check_free(work, &verified(&self.new))?;
        let context = self.customers.context(work);
        if self.validate_only {
            let mut new = self.new.clone();
            decode::name_contacts(work, &mut new.contacts);
            Customer::create(&context, new)?;
            return Ok(told(ItemOutcome::Accepted, None));
        }
        let (customer, events) = Customer::create(&context, issue(work, self.new.clone()))?;
        work.historic();
        let customer = work.save(customer, events);
        self.key.claim(work, customer.head.id)?;
        self.claims.settle(work, customer.head.id, &BTreeSet::new(), &customer.claims())?;
        Ok(told(ItemOutcome::Accepted, Some(customer.id().to_string())))
    }
}
