//! An order and its rows: one statement per table to load, only what changed to write.

use std::borrow::Cow;
use std::collections::HashMap;

use kefu_kernel::field::{FieldValue, Fields};
use kefu_kernel::{Head, Id, Money, Timestamp};
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, Personal, Rows, ids_in};
use kefu_store::{Reader, StoreError, custom_field};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::parts::{self, Parts};
use super::{fingerprint, order};
use crate::domain::ids::{CallId, CustomerId, DepartmentId, OrderId, PersonId, TicketId};
use crate::domain::words::Channel;
use crate::order::domain::words::{CreditRefusal, OrderState, PaymentTerms};
use crate::order::domain::{Credit, CreditAnswer, CreditQuestion, Order, PickupWindow};

impl Aggregate for Order {
    const KIND: &'static str = "order";
    type Root = order::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let roots =
            order::Entity::find().filter(ids_in(order::Column::Id, ids)).all(reader).await?;
        with_parts(reader, roots).await
    }

    fn root(&self) -> order::Model {
        let (window, credit) = (self.pickup_window.as_ref(), self.credit.as_ref());
        let question = credit.map(|credit| credit.answer.question);
        let overridden = credit.and_then(|credit| credit.overridden.clone()).unwrap_or_default();
        let refusals = credit.map(|credit| credit.answer.refusals.as_slice()).unwrap_or_default();
        let refusals: Vec<&str> = refusals.iter().map(|refusal| refusal.name()).collect();
        order::Model {
            id: self.head.id,
            version: self.head.version,
            branch_id: self.head.branch,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            number: self.number,
            kind: self.kind.clone(),
            state: self.state.to_wire(),
            channel: self.channel.to_wire(),
            source: self.source.clone(),
            external_id: self.external_id.clone(),
            customer_id: self.customer.map(Id::uuid),
            ticket_id: self.ticket.map(Id::uuid),
            call_id: self.call.map(Id::uuid),
            department_id: self.department.map(Id::uuid),
            salesperson_id: self.salesperson.map(Id::uuid),
            payment_terms: self.terms.map_or(0, PaymentTerms::to_wire),
            price_minor: minor(self.price),
            price_currency: currency(self.price),
            paid_minor: minor(self.paid()),
            paid_currency: currency(self.paid()),
            declared_minor: minor(self.declared_value),
            declared_currency: currency(self.declared_value),
            cod_minor: minor(self.cod),
            cod_currency: currency(self.cod),
            pieces: self.pieces(),
            weight_grams: self.weight_grams(),
            pickup_from: millis(window.map(|window| window.from)),
            pickup_until: millis(window.map(|window| window.until)),
            pickup_zone: window.map(|window| window.time_zone.clone()).unwrap_or_default(),
            language: self.language.clone(),
            instructions: self.instructions.clone(),
            credit_customer_id: question.map(|question| question.customer.uuid()),
            credit_terms: question.map_or(0, |question| question.terms.to_wire()),
            credit_minor: minor(question.map(|question| question.amount)),
            credit_currency: currency(question.map(|question| question.amount)),
            credit_refusals: refusals.join(","),
            credit_asked_at: millis(credit.map(|credit| credit.answer.asked_at)),
            override_reason: overridden.0,
            override_by: overridden.1,
            possible_duplicate_ids: texts(&self.possible_duplicates),
            shipment_ids: texts(self.shipments.keys()),
            historic: self.historic,
            created_by: self.created_by.clone(),
            confirmed_at: millis(self.confirmed_at),
            handed_over_at: millis(self.handed_over_at),
            picked_up_at: millis(self.picked_up_at),
            ended_at: millis(self.ended_at),
            cancel_reason: self.cancel_reason.clone(),
            cancel_note: self.cancel_note.clone(),
        }
    }

    fn personal(&self) -> Personal<'_> {
        let mut personal = Personal::from([
            ("instructions".into(), self.instructions.as_str()),
            ("cancel_note".into(), self.cancel_note.as_str()),
        ]);
        let mut add = |name: String, text| personal.insert(Cow::from(name), text);
        for party in &self.parties {
            let role = party.role.name();
            let texts = [
                ("name", &party.name),
                ("company", &party.company),
                ("phone", &party.phone),
                ("other_phone", &party.other_phone),
                ("email", &party.email),
            ];
            for (name, text) in texts {
                add(format!("parties.{role}.{name}"), text.as_str());
            }
            let Some(address) = &party.address else { continue };
            let texts = [
                ("region", &address.region),
                ("city", &address.city),
                ("district", &address.district),
                ("postal_code", &address.postal_code),
            ];
            for (name, text) in texts {
                add(format!("parties.{role}.address.{name}"), text.as_str());
            }
            for (line, text) in (1..).zip(&address.lines) {
                add(format!("parties.{role}.address.line_{line}"), text.as_str());
            }
        }
        for (line, goods) in (1..).zip(&self.goods) {
            add(format!("goods.{line}.description"), goods.description.as_str());
        }
        for (kind, check) in &self.checks {
            add(format!("checks.{}.note", kind.name()), check.note.as_str());
        }
        for (number, payment) in (1..).zip(&self.payments) {
            add(format!("payments.{number}.reference"), payment.reference.as_str());
        }
        for (code, value) in &self.fields {
            if let FieldValue::Text(text) = value {
                add(format!("fields.{code}"), text.as_str());
            }
        }
        personal
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        fn of<R>(before: Option<&Order>, rows: impl Fn(&Order) -> Vec<R>) -> Vec<R> {
            before.map_or_else(Vec::new, rows)
        }
        rows.parts(&of(before, parts::parties), &parts::parties(after));
        rows.parts(&of(before, parts::goods), &parts::goods(after));
        rows.parts(&of(before, parts::checks), &parts::checks(after));
        rows.parts(&of(before, parts::payments), &parts::payments(after));
        rows.parts(&of(before, parts::shipments), &parts::shipments(after));
        rows.parts(&of(before, parts::fingerprints), &parts::fingerprints(after));
        let fields = |order: &Self| custom_field::rows(order.head.id, &order.fields);
        rows.parts(&of(before, fields), &fields(after));
    }
}

/// The orders of these rows, in their order: one statement for each table of parts.
pub async fn with_parts(
    reader: &Reader,
    roots: Vec<order::Model>,
) -> Result<Vec<Order>, StoreError> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = roots.iter().map(|root| root.id).collect();
    let mut parts = Parts::load(reader, &ids).await?;
    let mut fields = custom_field::load(reader, &ids).await?;
    let mut prints = fingerprints(reader, &ids).await?;
    let assemble = |root: order::Model| {
        let (fields, prints) = (fields.remove(&root.id), prints.remove(&root.id));
        order_of(root, &mut parts, fields.unwrap_or_default(), prints.unwrap_or_default())
    };
    roots.into_iter().map(assemble).collect()
}

async fn fingerprints(
    reader: &Reader,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Vec<u8>>>, StoreError> {
    let of_it = ids_in(fingerprint::Column::OrderId, ids);
    let found = fingerprint::Entity::find().filter(of_it).order_by_asc(fingerprint::Column::Hash);
    let mut prints: HashMap<Uuid, Vec<Vec<u8>>> = HashMap::new();
    for row in found.all(reader).await? {
        prints.entry(row.order_id).or_default().push(row.hash);
    }
    Ok(prints)
}

fn order_of(
    row: order::Model,
    parts: &mut Parts,
    fields: Fields,
    fingerprints: Vec<Vec<u8>>,
) -> Result<Order, StoreError> {
    let credit = credit(&row)?;
    let others = row.possible_duplicate_ids.split(',').filter(|id| !id.is_empty());
    let possible_duplicates: Result<Vec<OrderId>, StoreError> =
        others.map(|id| id.parse().map_err(|_| broken("order's id"))).collect();
    let window = instant(row.pickup_from).zip(instant(row.pickup_until));
    let time_zone = row.pickup_zone;
    Ok(Order {
        parties: parts.parties.remove(&row.id).unwrap_or_default(),
        goods: parts.goods.remove(&row.id).unwrap_or_default(),
        checks: parts.checks.remove(&row.id).unwrap_or_default(),
        payments: parts.payments.remove(&row.id).unwrap_or_default(),
        shipments: parts.shipments.remove(&row.id).unwrap_or_default(),
        possible_duplicates: possible_duplicates?,
        fingerprints,
        fields,
        credit,
        head: Head {
            id: row.id,
            version: row.version,
            branch: row.branch_id,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        },
        number: row.number,
        kind: row.kind,
        state: OrderState::from_wire(row.state).ok_or_else(|| broken("order's state"))?,
        channel: Channel::from_wire(row.channel).ok_or_else(|| broken("channel"))?,
        source: row.source,
        external_id: row.external_id,
        customer: row.customer_id.map(CustomerId::from),
        ticket: row.ticket_id.map(TicketId::from),
        call: row.call_id.map(CallId::from),
        department: row.department_id.map(DepartmentId::from),
        salesperson: row.salesperson_id.map(PersonId::from),
        terms: PaymentTerms::from_wire(row.payment_terms),
        price: money(row.price_minor, row.price_currency.as_deref())?,
        declared_value: money(row.declared_minor, row.declared_currency.as_deref())?,
        cod: money(row.cod_minor, row.cod_currency.as_deref())?,
        pickup_window: window.map(|(from, until)| PickupWindow { from, until, time_zone }),
        language: row.language,
        instructions: row.instructions,
        historic: row.historic,
        created_by: row.created_by,
        confirmed_at: instant(row.confirmed_at),
        handed_over_at: instant(row.handed_over_at),
        picked_up_at: instant(row.picked_up_at),
        ended_at: instant(row.ended_at),
        cancel_reason: row.cancel_reason,
        cancel_note: row.cancel_note,
    })
}

fn credit(row: &order::Model) -> Result<Option<Credit>, StoreError> {
    let asked = row.credit_customer_id.zip(row.credit_asked_at);
    let Some((customer, asked_at)) = asked else { return Ok(None) };
    let what = || broken("answer on credit");
    let amount = money(row.credit_minor, row.credit_currency.as_deref())?.ok_or_else(what)?;
    let terms = PaymentTerms::from_wire(row.credit_terms).ok_or_else(what)?;
    let question = CreditQuestion { customer: CustomerId::from(customer), terms, amount };
    let names = row.credit_refusals.split(',').filter(|name| !name.is_empty());
    let refusals: Option<Vec<CreditRefusal>> = names.map(CreditRefusal::from_name).collect();
    let refusals = refusals.ok_or_else(what)?;
    let asked_at = Timestamp::from_millis(asked_at);
    let overridden = (row.override_reason.clone(), row.override_by.clone());
    Ok(Some(Credit {
        answer: CreditAnswer { question, refusals, asked_at },
        overridden: Some(overridden).filter(|(reason, _)| !reason.is_empty()),
    }))
}

/// The amount of two columns.
pub(super) fn money(
    minor: Option<i64>,
    currency: Option<&str>,
) -> Result<Option<Money>, StoreError> {
    let Some((minor, code)) = minor.zip(currency) else { return Ok(None) };
    Money::from_code(minor, code).map(Some).map_err(|_| broken("currency"))
}

/// The column of an amount's minor units.
pub(super) fn minor(amount: Option<Money>) -> Option<i64> {
    amount.map(Money::minor)
}

/// The column of an amount's currency.
pub(super) fn currency(amount: Option<Money>) -> Option<String> {
    amount.map(|amount| amount.currency().code().to_owned())
}

/// Ids as one column has them.
fn texts<I: ToString>(ids: impl IntoIterator<Item = I>) -> String {
    ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",")
}
