//! Payments and recoveries as filters and orders know them: fields, and the index shapes that serve lists.

use std::sync::LazyLock;

use kefu_api_events::v1 as words;
use kefu_kernel::Timestamp;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::row::instant;

use crate::ledger::store::{payment, recovery};

/// Payments.
pub fn payments() -> &'static Resource {
    use payment::Column;
    static RESOURCE: LazyLock<Resource> = LazyLock::new(|| {
        let states = (0..=4)
            .filter_map(|n| Some((words::ClaimPaymentState::try_from(n).ok()?.as_str_name(), n)));
        let kinds =
            (0..=4).filter_map(|n| Some((words::CostKind::try_from(n).ok()?.as_str_name(), n)));
        let resource = Resource::new("claimpayment", Field::id("id", "claimpayment", Column::Id))
            .field(Field::id("claim_id", "claim", Column::ClaimId))
            .field(Field::enumeration("state", Column::State, states))
            .field(Field::enumeration("cost_kind", Column::CostKind, kinds))
            .field(Field::text("source", Column::Source))
            .field(Field::text("external_id", Column::ExternalId).nullable())
            .field(Field::time("ordered_at", Column::OrderedAt))
            .field(Field::time("paid_at", Column::PaidAt).nullable());
        walked(
            resource,
            "ordered_at",
            &[&["claim_id"], &["state"], &["source", "external_id"], &[]],
        )
    });
    &RESOURCE
}

/// Recoveries.
pub fn recoveries() -> &'static Resource {
    use recovery::Column;
    static RESOURCE: LazyLock<Resource> = LazyLock::new(|| {
        let parties = (0..=9)
            .filter_map(|n| Some((words::ResponsibleParty::try_from(n).ok()?.as_str_name(), n)));
        let resource = Resource::new("recovery", Field::id("id", "recovery", Column::Id))
            .field(Field::id("claim_id", "claim", Column::ClaimId))
            .field(Field::enumeration("against", Column::Against, parties))
            .field(Field::text("against_code", Column::AgainstCode))
            .field(Field::bool("open", Column::Open))
            .field(Field::time("opened_at", Column::OpenedAt))
            .field(Field::time("closed_at", Column::ClosedAt).nullable());
        walked(resource, "opened_at", &[&["claim_id"], &["against_code"], &["open"], &[]])
    });
    &RESOURCE
}

/// Adds an index for each of these beginnings, walked by time in both directions.
fn walked(mut resource: Resource, by: &str, beginnings: &[&[&str]]) -> Resource {
    for equal in beginnings {
        let shape = || match **equal {
            [one] => Shape::on([one]),
            [one, two] => Shape::on([one, two]),
            _ => Shape::on([]),
        };
        resource = resource.shape(shape().descending(by)).shape(shape().ascending(by));
    }
    resource
}

impl Row for payment::Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "claim_id" => Value::Id(self.claim_id),
            "state" => Value::Int(self.state.into()),
            "cost_kind" => Value::Int(self.cost_kind.into()),
            "source" => Value::Text(self.source.clone()),
            "external_id" => self.external_id.clone().map_or(Value::Unset, Value::Text),
            "ordered_at" => Value::Time(Timestamp::from_millis(self.ordered_at)),
            "paid_at" => instant(self.paid_at).into(),
            _ => Value::Unset,
        }
    }
}

impl Row for recovery::Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "claim_id" => Value::Id(self.claim_id),
            "against" => Value::Int(self.against.into()),
            "against_code" => Value::Text(self.against_code.clone()),
            "open" => Value::Bool(self.open),
            "opened_at" => Value::Time(Timestamp::from_millis(self.opened_at)),
            "closed_at" => instant(self.closed_at).into(),
            _ => Value::Unset,
        }
    }
}
