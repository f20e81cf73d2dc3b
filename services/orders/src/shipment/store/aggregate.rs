//! A shipment and its rows. What its scans come to stands in the root row for lists; read back, it is folded
//! anew, which comes to the same.

use std::borrow::Cow;
use std::collections::HashMap;

use kefu_kernel::{Head, Id, Money, Timestamp};
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, Personal, Rows, ids_in};
use kefu_store::{Reader, StoreError};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{former_waybill, piece, shipment};
use crate::domain::ids::{CustomerId, OrderId, PieceId};
use crate::scan::domain::Scan;
use crate::scan::store as scans;
use crate::shipment::domain::{FormerWaybill, Piece, Shipment, Standing, Traced, Window};

/// The timer that folds a shipment's scans anew.
pub const FOLD_TIMER: &str = "shipment_fold";

impl Aggregate for Shipment {
    const KIND: &'static str = "shipment";
    type Root = shipment::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let of_it = ids_in(shipment::Column::Id, ids);
        with_parts(reader, shipment::Entity::find().filter(of_it).all(reader).await?).await
    }

    fn root(&self) -> shipment::Model {
        let standing = &self.standing;
        let estimate = standing.estimates.first().map(|estimate| estimate.window);
        shipment::Model {
            id: self.head.id,
            version: self.head.version,
            branch_id: self.head.branch,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            order_id: self.order.map(Id::uuid),
            customer_id: self.customer.map(Id::uuid),
            carrier: self.carrier.clone(),
            waybill: self.waybill.clone(),
            valid_from: self.window.from.as_millis(),
            valid_until: self.window.until.as_millis(),
            source: self.source.clone(),
            external_id: self.external_id.clone(),
            service: self.service.clone(),
            origin_code: self.origin_code.clone(),
            destination_code: self.destination_code.clone(),
            cod_minor: self.cod.map(Money::minor),
            cod_currency: self.cod.map(|cod| cod.currency().code().to_owned()),
            promised_until: millis(self.promised_until),
            under_trace: self.traced.open,
            traced_damaged: self.traced.damaged,
            traced_short: self.traced.short,
            erased: self.erased,
            historic: self.historic,
            created_by: self.created_by.clone(),
            status: standing.status.to_wire(),
            substatus: standing.substatus.clone(),
            reason: standing.reason.clone(),
            flags: scans::flag_names(&standing.flags),
            deciding_scan_id: standing.deciding.map(Id::uuid),
            scans: standing.scans,
            attempts: standing.attempts,
            estimated_from: millis(estimate.map(|window| window.from)),
            estimated_until: millis(estimate.map(|window| window.until)),
            picked_up_at: millis(standing.picked_up_at),
            last_scan_at: millis(standing.last_scan_at),
            delivered_at: millis(standing.delivered_at),
            ended_at: millis(standing.ended_at),
        }
    }

    fn personal(&self) -> Personal<'_> {
        let standing = &self.standing;
        Personal::from([
            (Cow::from("signed_by"), standing.signed_by.as_str()),
            (Cow::from("proof_reference"), standing.proof_reference.as_str()),
        ])
    }

    fn timers(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![(FOLD_TIMER, self.wakes_at())]
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        rows.parts(&before.map_or_else(Vec::new, pieces), &pieces(after));
        rows.parts(&before.map_or_else(Vec::new, former_waybills), &former_waybills(after));
        let scans =
            |of: &Self| of.scans.iter().map(|scan| scans::row(scan, Some(of.head.id))).collect();
        rows.parts(&before.map_or_else(Vec::new, scans), &scans(after));
    }
}

/// The shipments of these rows, in their order: one statement for each table of parts.
///
/// # Errors
///
/// The database; a row that no rule of ours has written.
pub async fn with_parts(
    reader: &Reader,
    roots: Vec<shipment::Model>,
) -> Result<Vec<Shipment>, StoreError> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = roots.iter().map(|root| root.id).collect();
    let mut pieces: HashMap<Uuid, Vec<Piece>> = HashMap::new();
    let found = piece::Entity::find().filter(ids_in(piece::Column::ShipmentId, &ids));
    for row in found.order_by_asc(piece::Column::Number).all(reader).await? {
        pieces.entry(row.shipment_id).or_default().push(piece_of(row)?);
    }
    let mut former: HashMap<Uuid, Vec<FormerWaybill>> = HashMap::new();
    let of_it = ids_in(former_waybill::Column::ShipmentId, &ids);
    let found = former_waybill::Entity::find().filter(of_it);
    for row in found.order_by_asc(former_waybill::Column::Place).all(reader).await? {
        former.entry(row.shipment_id).or_default().push(former_of(row));
    }
    let mut told: HashMap<Uuid, Vec<Scan>> = HashMap::new();
    let of_it = ids_in(scans::scan::Column::ShipmentId, &ids);
    let found = scans::scan::Entity::find().filter(of_it).order_by_asc(scans::scan::Column::Id);
    for row in found.all(reader).await? {
        let Some(of) = row.shipment_id else { continue };
        told.entry(of).or_default().push(scans::scan_of(row)?);
    }
    let assemble = |row: shipment::Model| {
        let id = row.id;
        let parts = (pieces.remove(&id), former.remove(&id), told.remove(&id));
        shipment_of(
            row,
            parts.0.unwrap_or_default(),
            parts.1.unwrap_or_default(),
            parts.2.unwrap_or_default(),
        )
    };
    roots.into_iter().map(assemble).collect()
}

fn shipment_of(
    row: shipment::Model,
    pieces: Vec<Piece>,
    former_waybills: Vec<FormerWaybill>,
    scans: Vec<Scan>,
) -> Result<Shipment, StoreError> {
    let cod = row.cod_minor.zip(row.cod_currency);
    let cod = cod.map(|(minor, code)| Money::from_code(minor, &code)).transpose();
    let updated_at = Timestamp::from_millis(row.updated_at);
    let mut shipment = Shipment {
        head: Head {
            id: row.id,
            version: row.version,
            branch: row.branch_id,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at,
        },
        order: row.order_id.map(OrderId::from),
        customer: row.customer_id.map(CustomerId::from),
        carrier: row.carrier,
        waybill: row.waybill,
        window: Window {
            from: Timestamp::from_millis(row.valid_from),
            until: Timestamp::from_millis(row.valid_until),
        },
        source: row.source,
        external_id: row.external_id,
        service: row.service,
        origin_code: row.origin_code,
        destination_code: row.destination_code,
        cod: cod.map_err(|_| broken("currency"))?,
        promised_until: instant(row.promised_until),
        pieces,
        former_waybills,
        traced: Traced {
            open: row.under_trace,
            damaged: row.traced_damaged,
            short: row.traced_short,
        },
        erased: row.erased,
        historic: row.historic,
        created_by: row.created_by,
        scans,
        standing: Standing::default(),
    };
    shipment.standing = shipment.fold(updated_at);
    Ok(shipment)
}

fn pieces(of: &Shipment) -> Vec<piece::Model> {
    let row = |(number, piece): (i32, &Piece)| piece::Model {
        id: piece.id.uuid(),
        shipment_id: of.head.id,
        number,
        label: piece.label.clone(),
        goods_lines: piece.goods_lines.iter().map(i32::to_string).collect::<Vec<_>>().join(","),
        weight_grams: piece.weight_grams,
        length_mm: piece.length_mm,
        width_mm: piece.width_mm,
        height_mm: piece.height_mm,
    };
    (1..).zip(&of.pieces).map(row).collect()
}

fn piece_of(row: piece::Model) -> Result<Piece, StoreError> {
    let lines = row.goods_lines.split(',').filter(|line| !line.is_empty());
    let goods_lines: Result<Vec<i32>, _> = lines.map(str::parse).collect();
    Ok(Piece {
        id: PieceId::from(row.id),
        label: row.label,
        goods_lines: goods_lines.map_err(|_| broken("line of goods"))?,
        weight_grams: row.weight_grams,
        length_mm: row.length_mm,
        width_mm: row.width_mm,
        height_mm: row.height_mm,
    })
}

fn former_waybills(of: &Shipment) -> Vec<former_waybill::Model> {
    let row = |(place, former): (i32, &FormerWaybill)| former_waybill::Model {
        shipment_id: of.head.id,
        place,
        carrier: former.carrier.clone(),
        waybill: former.waybill.clone(),
        until: former.until.as_millis(),
        reason: former.reason.clone(),
    };
    (0..).zip(&of.former_waybills).map(row).collect()
}

fn former_of(row: former_waybill::Model) -> FormerWaybill {
    FormerWaybill {
        carrier: row.carrier,
        waybill: row.waybill,
        until: Timestamp::from_millis(row.until),
        reason: row.reason,
    }
}

/// The shipment as it comes back from its rows: for tests of what is stored.
#[cfg(test)]
pub fn stored(of: &Shipment) -> Result<Shipment, StoreError> {
    let pieces: Result<Vec<Piece>, _> = pieces(of).into_iter().map(piece_of).collect();
    let former = former_waybills(of).into_iter().map(former_of).collect();
    let rows = of.scans.iter().map(|scan| scans::row(scan, Some(of.head.id)));
    let told: Result<Vec<Scan>, _> = rows.map(scans::scan_of).collect();
    shipment_of(of.root(), pieces?, former, told?)
}
