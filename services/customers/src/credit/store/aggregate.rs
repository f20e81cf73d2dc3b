//! A customer's credit and its rows.

use std::collections::HashMap;

use kefu_kernel::{Head, Id, Money, Timestamp};
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, Personal, Rows, ids_in};
use kefu_store::{Reader, StoreError};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{arrears, credit};
use crate::credit::domain::words::Grade;
use crate::credit::domain::{Arrears, Credit, Hold};
use crate::domain::ids::CustomerId;
use crate::service::HOLD_TIMER;

impl Aggregate for Credit {
    const KIND: &'static str = "credit";
    type Root = credit::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let roots =
            credit::Entity::find().filter(ids_in(credit::Column::Id, ids)).all(reader).await?;
        let mut overdue: HashMap<Uuid, Vec<Arrears>> = HashMap::new();
        let found = arrears::Entity::find().filter(ids_in(arrears::Column::CreditId, ids));
        for row in found.order_by_asc(arrears::Column::Place).all(reader).await? {
            overdue.entry(row.credit_id).or_default().push(arrears_of(row)?);
        }
        roots
            .into_iter()
            .map(|row| {
                let arrears = overdue.remove(&row.id).unwrap_or_default();
                assemble(row, arrears)
            })
            .collect()
    }

    fn root(&self) -> credit::Model {
        let hold = self.hold.as_ref();
        credit::Model {
            id: self.head.id,
            version: self.head.version,
            branch_id: self.head.branch,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            customer_id: self.customer.uuid(),
            grade: self.grade.map_or(0, Grade::to_wire),
            limit_minor_units: self.limit.map(Money::minor),
            limit_currency: self.limit.map(|limit| limit.currency().code().to_owned()),
            cash_on_delivery_allowed: self.cash_on_delivery_allowed,
            hold_reason: hold.map(|hold| hold.reason.clone()),
            held_until: millis(hold.and_then(|hold| hold.until)),
            held_by: hold.map(|hold| hold.held_by.clone()).unwrap_or_default(),
            held_at: millis(hold.map(|hold| hold.held_at)),
            source: self.source.clone(),
            valid_until: millis(self.valid_until),
            investigated_at: millis(self.investigated_at),
            investigated_by: self.investigated_by.clone(),
            findings: self.findings.clone(),
        }
    }

    fn personal(&self) -> Personal<'_> {
        [("findings".into(), self.findings.as_str())].into_iter().collect()
    }

    fn timers(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![(HOLD_TIMER, self.wakes_at())]
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        rows.parts(&before.map_or_else(Vec::new, overdue), &overdue(after));
    }
}

fn assemble(row: credit::Model, arrears: Vec<Arrears>) -> Result<Credit, StoreError> {
    let limit = match row.limit_minor_units.zip(row.limit_currency) {
        None => None,
        Some((minor, code)) => Some(money(minor, &code)?),
    };
    let hold = row.hold_reason.zip(instant(row.held_at)).map(|(reason, held_at)| Hold {
        reason,
        until: instant(row.held_until),
        held_by: row.held_by,
        held_at,
    });
    Ok(Credit {
        head: Head {
            id: row.id,
            version: row.version,
            branch: row.branch_id,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        },
        customer: CustomerId::from(row.customer_id),
        grade: Grade::from_wire(row.grade),
        limit,
        arrears,
        cash_on_delivery_allowed: row.cash_on_delivery_allowed,
        hold,
        source: row.source,
        valid_until: instant(row.valid_until),
        investigated_at: instant(row.investigated_at),
        investigated_by: row.investigated_by,
        findings: row.findings,
    })
}

fn overdue(credit: &Credit) -> Vec<arrears::Model> {
    let row = |(place, one): (i32, &Arrears)| arrears::Model {
        credit_id: credit.head.id,
        region: one.region.clone(),
        place,
        minor_units: one.amount.minor(),
        currency: one.amount.currency().code().to_owned(),
        due_since: one.due_since.as_millis(),
    };
    (0..).zip(&credit.arrears).map(row).collect()
}

fn arrears_of(row: arrears::Model) -> Result<Arrears, StoreError> {
    Ok(Arrears {
        amount: money(row.minor_units, &row.currency)?,
        region: row.region,
        due_since: Timestamp::from_millis(row.due_since),
    })
}

fn money(minor: i64, code: &str) -> Result<Money, StoreError> {
    Money::from_code(minor, code).map_err(|_| broken("currency"))
}
