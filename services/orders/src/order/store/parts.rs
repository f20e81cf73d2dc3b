//! The parts of orders, to their rows and back.

use std::collections::{BTreeMap, HashMap};

use kefu_kernel::{Id, Timestamp};
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::ids_in;
use kefu_store::{Reader, StoreError};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::aggregate::{currency, minor, money};
use super::{check, fingerprint, goods, party, payment, shipment};
use crate::domain::ids::{CustomerId, OrderPaymentId, ShipmentId};
use crate::domain::words::ShipmentStatus;
use crate::order::domain::words::{CheckKind, CheckResult, PartyRole, PaymentKind, PaymentMethod};
use crate::order::domain::{Address, Check, GoodsLine, Order, Party, Payment, ShipmentOf};

/// The parts of several orders, by order.
pub struct Parts {
    pub parties: HashMap<Uuid, Vec<Party>>,
    pub goods: HashMap<Uuid, Vec<GoodsLine>>,
    pub checks: HashMap<Uuid, BTreeMap<CheckKind, Check>>,
    pub payments: HashMap<Uuid, Vec<Payment>>,
    pub shipments: HashMap<Uuid, BTreeMap<ShipmentId, ShipmentOf>>,
}

impl Parts {
    /// Loads them: one statement for each table.
    pub async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Self, StoreError> {
        let mut parts = Self {
            parties: HashMap::new(),
            goods: HashMap::new(),
            checks: HashMap::new(),
            payments: HashMap::new(),
            shipments: HashMap::new(),
        };
        let found = party::Entity::find().filter(ids_in(party::Column::OrderId, ids));
        for row in found.order_by_asc(party::Column::Place).all(reader).await? {
            parts.parties.entry(row.order_id).or_default().push(party_of(row)?);
        }
        let found = goods::Entity::find().filter(ids_in(goods::Column::OrderId, ids));
        for row in found.order_by_asc(goods::Column::Line).all(reader).await? {
            parts.goods.entry(row.order_id).or_default().push(goods_of(row)?);
        }
        let found = check::Entity::find().filter(ids_in(check::Column::OrderId, ids));
        for row in found.all(reader).await? {
            let (kind, check) = (word(CheckKind::from_name(&row.kind), "check")?, row);
            parts.checks.entry(check.order_id).or_default().insert(kind, check_of(check)?);
        }
        let found = payment::Entity::find().filter(ids_in(payment::Column::OrderId, ids));
        for row in found.order_by_asc(payment::Column::Place).all(reader).await? {
            parts.payments.entry(row.order_id).or_default().push(payment_of(row)?);
        }
        let found = shipment::Entity::find().filter(ids_in(shipment::Column::OrderId, ids));
        for row in found.all(reader).await? {
            let status = word(ShipmentStatus::from_wire(row.status), "status")?;
            let (picked_up_at, ended_at) = (instant(row.picked_up_at), instant(row.ended_at));
            let of = ShipmentOf { status, picked_up_at, ended_at };
            let id = ShipmentId::from(row.shipment_id);
            parts.shipments.entry(row.order_id).or_default().insert(id, of);
        }
        Ok(parts)
    }
}

fn word<T>(word: Option<T>, what: &str) -> Result<T, StoreError> {
    word.ok_or_else(|| broken(what))
}

fn joined(codes: &[String]) -> String {
    codes.join(",")
}

fn split(text: &str, by: char) -> Vec<String> {
    text.split(by).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The rows of an order's parties.
pub fn parties(order: &Order) -> Vec<party::Model> {
    let row = |(place, party): (i32, &Party)| {
        let address = party.address.clone().unwrap_or_default();
        party::Model {
            order_id: order.head.id,
            role: party.role.name().to_owned(),
            place,
            name: party.name.clone(),
            company: party.company.clone(),
            phone: party.phone.clone(),
            other_phone: party.other_phone.clone(),
            email: party.email.clone(),
            customer_id: party.customer.map(Id::uuid),
            country: address.country,
            region: address.region,
            city: address.city,
            district: address.district,
            lines: address.lines.join("\n"),
            postal_code: address.postal_code,
            outlet_code: address.outlet_code,
            latitude_e7: address.latitude_e7,
            longitude_e7: address.longitude_e7,
        }
    };
    (0..).zip(&order.parties).map(row).collect()
}

fn party_of(row: party::Model) -> Result<Party, StoreError> {
    let address = Address {
        country: row.country,
        region: row.region,
        city: row.city,
        district: row.district,
        lines: split(&row.lines, '\n'),
        postal_code: row.postal_code,
        outlet_code: row.outlet_code,
        latitude_e7: row.latitude_e7,
        longitude_e7: row.longitude_e7,
    };
    Ok(Party {
        role: word(PartyRole::from_name(&row.role), "party's role")?,
        name: row.name,
        company: row.company,
        phone: row.phone,
        other_phone: row.other_phone,
        email: row.email,
        address: Some(address).filter(|address| !address.country.is_empty()),
        customer: row.customer_id.map(CustomerId::from),
    })
}

/// The rows of an order's goods.
pub fn goods(order: &Order) -> Vec<goods::Model> {
    let row = |(line, goods): (i32, &GoodsLine)| goods::Model {
        order_id: order.head.id,
        line,
        description: goods.description.clone(),
        commodity: goods.commodity.clone(),
        sku: goods.sku.clone(),
        pieces: goods.pieces,
        units: goods.units,
        packaging: goods.packaging.clone(),
        weight_grams: goods.weight_grams,
        length_mm: goods.length_mm,
        width_mm: goods.width_mm,
        height_mm: goods.height_mm,
        declared_minor: minor(goods.declared_value),
        declared_currency: currency(goods.declared_value),
        handling: joined(&goods.handling),
    };
    (1..).zip(&order.goods).map(row).collect()
}

fn goods_of(row: goods::Model) -> Result<GoodsLine, StoreError> {
    Ok(GoodsLine {
        description: row.description,
        commodity: row.commodity,
        sku: row.sku,
        pieces: row.pieces,
        units: row.units,
        packaging: row.packaging,
        weight_grams: row.weight_grams,
        length_mm: row.length_mm,
        width_mm: row.width_mm,
        height_mm: row.height_mm,
        declared_value: money(row.declared_minor, row.declared_currency.as_deref())?,
        handling: split(&row.handling, ','),
    })
}

/// The rows of an order's checks.
pub fn checks(order: &Order) -> Vec<check::Model> {
    let row = |(kind, check): (&CheckKind, &Check)| check::Model {
        order_id: order.head.id,
        kind: kind.name().to_owned(),
        result: check.result.name().to_owned(),
        note: check.note.clone(),
        checked_by: check.by.clone(),
        checked_at: check.at.as_millis(),
    };
    order.checks.iter().map(row).collect()
}

fn check_of(row: check::Model) -> Result<Check, StoreError> {
    Ok(Check {
        result: word(CheckResult::from_name(&row.result), "check's result")?,
        note: row.note,
        by: row.checked_by,
        at: Timestamp::from_millis(row.checked_at),
    })
}

/// The rows of an order's payments.
pub fn payments(order: &Order) -> Vec<payment::Model> {
    let row = |(place, payment): (i32, &Payment)| payment::Model {
        id: payment.id.uuid(),
        order_id: order.head.id,
        place,
        kind: payment.kind.name().to_owned(),
        method: payment.method.name().to_owned(),
        amount_minor: payment.amount.minor(),
        amount_currency: payment.amount.currency().code().to_owned(),
        paid_at: payment.paid_at.as_millis(),
        source: payment.source.clone(),
        external_id: payment.external_id.clone(),
        reference: payment.reference.clone(),
        recorded_by: payment.recorded_by.clone(),
        reversed_at: millis(payment.reversed.as_ref().map(|(at, _)| *at)),
        reversal_reason: payment.reversed.clone().map(|(_, why)| why).unwrap_or_default(),
    };
    (0..).zip(&order.payments).map(row).collect()
}

fn payment_of(row: payment::Model) -> Result<Payment, StoreError> {
    let amount = money(Some(row.amount_minor), Some(&row.amount_currency))?;
    Ok(Payment {
        id: OrderPaymentId::from(row.id),
        kind: word(PaymentKind::from_name(&row.kind), "payment's kind")?,
        method: word(PaymentMethod::from_name(&row.method), "payment's method")?,
        amount: word(amount, "payment's amount")?,
        paid_at: Timestamp::from_millis(row.paid_at),
        source: row.source,
        external_id: row.external_id,
        reference: row.reference,
        recorded_by: row.recorded_by,
        reversed: instant(row.reversed_at).map(|at| (at, row.reversal_reason)),
    })
}

/// The rows of an order's shipments.
pub fn shipments(order: &Order) -> Vec<shipment::Model> {
    let row = |(id, of): (&ShipmentId, &ShipmentOf)| shipment::Model {
        order_id: order.head.id,
        shipment_id: id.uuid(),
        status: of.status.to_wire(),
        picked_up_at: millis(of.picked_up_at),
        ended_at: millis(of.ended_at),
    };
    order.shipments.iter().map(row).collect()
}

/// The rows of an order's fingerprints.
pub fn fingerprints(order: &Order) -> Vec<fingerprint::Model> {
    let row = |hash: &Vec<u8>| fingerprint::Model {
        order_id: order.head.id,
        hash: hash.clone(),
        created_at: order.head.created_at.as_millis(),
    };
    order.fingerprints.iter().map(row).collect()
}
