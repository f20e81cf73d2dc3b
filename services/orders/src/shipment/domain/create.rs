//! Registering a shipment, for an order or only to be tracked. Scans that came for its number before are
//! taken to it.

use std::collections::BTreeSet;

use kefu_api_events::v1 as events;
use kefu_api_events::wire::timestamp;
use kefu_kernel::{Head, Id, Money, Timestamp};

use super::change::Change;
use super::{Decision, Piece, Shipment, Standing, Traced, Window};
use crate::carrier::domain::Carrier;
use crate::domain::ids::{BranchId, CustomerId, OrderId, PieceId, ShipmentId};
use crate::domain::{Context, Error};
use crate::scan::domain::Scan;

/// How far ahead the time of a number may begin.
const AHEAD: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 3600);

/// What is known of a new shipment.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id.
    pub id: ShipmentId,
    /// The order it fulfils; none: it is only tracked.
    pub order: Option<OrderOf>,
    /// Whose it is; none: the order's customer.
    pub customer: Option<CustomerId>,
    /// Its number at the carrier.
    pub waybill: String,
    /// From when on the number means it; none: now.
    pub valid_from: Option<Timestamp>,
    /// The system that registers it; empty: nobody's.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// The code of the carrier's service.
    pub service: String,
    /// The code of the place it begins at.
    pub origin_code: String,
    /// The code of the place it goes to.
    pub destination_code: String,
    /// Its pieces.
    pub pieces: Vec<NewPiece>,
    /// What the receiver has to pay.
    pub cod: Option<Money>,
    /// By when its delivery is promised.
    pub promised_until: Option<Timestamp>,
    /// The branch it belongs to; none: the order's.
    pub branch: Option<BranchId>,
    /// Registered as history.
    pub historic: bool,
}

/// What a shipment needs to know of its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderOf {
    /// The order.
    pub id: OrderId,
    /// Its customer.
    pub customer: Option<CustomerId>,
    /// Its branch.
    pub branch: Option<BranchId>,
    /// What is to be collected for it.
    pub cod: Option<Money>,
    /// What its other shipments collect, cancelled ones left out; in the currency of `cod`.
    pub cod_of_others: i64,
    /// How many lines its goods have.
    pub goods_lines: i32,
}

/// One package of a new shipment.
#[derive(Clone, Debug)]
pub struct NewPiece {
    /// Its id; one with the label of a piece that is there keeps that one's.
    pub id: PieceId,
    /// What stands on its label; empty: the waybill alone.
    pub label: String,
    /// The lines of the order that are in it, by number from 1.
    pub goods_lines: Vec<i32>,
    /// How heavy it is, in grams; 0: not weighed.
    pub weight_grams: i64,
    /// Its length in millimetres; 0: not measured.
    pub length_mm: i32,
    /// Its width in millimetres; 0: not measured.
    pub width_mm: i32,
    /// Its height in millimetres; 0: not measured.
    pub height_mm: i32,
}

impl Shipment {
    /// Registers a shipment. `waiting` are the scans of its number that wait for one.
    ///
    /// # Errors
    ///
    /// [`Error::WaybillInvalid`]; a carrier that is not active; pieces that share a label or name lines that
    /// the order has not; more cash on delivery than the order's.
    pub fn create(
        context: &Context<'_>,
        carrier: &Carrier,
        new: New,
        waiting: Vec<Scan>,
    ) -> Decision {
        if !carrier.active {
            return Err(Error::unknown("carrier", &carrier.code));
        }
        carrier.check_waybill(&new.waybill)?;
        let valid_from = new.valid_from.unwrap_or(context.now);
        if valid_from > context.now.plus(AHEAD) {
            return Err(Error::invalid("valid_from", "ahead", "is at most 30 days ahead"));
        }
        check_cod(new.order.as_ref(), new.cod)?;
        let lines = new.order.map(|order| order.goods_lines);
        let branch = new.branch.or(new.order.and_then(|order| order.branch));
        let shipment = Self {
            head: Head::new(new.id.uuid(), branch.map(Id::uuid), context.now),
            order: new.order.map(|order| order.id),
            customer: new.customer.or(new.order.and_then(|order| order.customer)),
            carrier: carrier.code.clone(),
            waybill: new.waybill,
            window: Window::of_days(valid_from, carrier.waybill_days),
            source: new.source,
            external_id: new.external_id,
            service: new.service,
            origin_code: new.origin_code,
            destination_code: new.destination_code,
            cod: new.cod,
            promised_until: new.promised_until,
            pieces: pieces(new.pieces, &[], lines, "pieces")?,
            former_waybills: Vec::new(),
            traced: Traced::default(),
            erased: false,
            historic: new.historic,
            created_by: context.actor.to_owned(),
            scans: Vec::new(),
            standing: Standing::default(),
        };
        let mut change = Change::new(shipment, context);
        change.shipment.standing = change.shipment.fold(change.now);
        change.tell_created();
        change.ingest(waiting);
        change.done()
    }
}

impl Change {
    fn tell_created(&mut self) {
        let payload = events::ShipmentCreated {
            waybill: self.shipment.waybill.clone(),
            valid_from: Some(timestamp(self.shipment.window.from)),
            external_id: self.shipment.external_id.clone(),
            ..Default::default()
        };
        self.tell(payload);
    }
}

/// Refuses to collect more than the order asks for.
pub(super) fn check_cod(order: Option<&OrderOf>, cod: Option<Money>) -> Result<(), Error> {
    let Some(cod) = cod else { return Ok(()) };
    if cod.minor() <= 0 {
        return Err(Error::invalid("cod_amount", "positive", "is above zero"));
    }
    let Some(order) = order else { return Ok(()) };
    let asked = order.cod.ok_or(Error::CodExceedsOrder(order.id))?;
    let others = Money::new(order.cod_of_others, asked.currency());
    if others.checked_add(cod)?.compare(asked)?.is_gt() {
        return Err(Error::CodExceedsOrder(order.id));
    }
    Ok(())
}

/// The pieces as they become; those with a label that is there keep that one's id.
pub(super) fn pieces(
    new: Vec<NewPiece>,
    known: &[Piece],
    lines: Option<i32>,
    field: &str,
) -> Result<Vec<Piece>, Error> {
    if new.is_empty() {
        return Err(Error::invalid(field, "required", "has one at least"));
    }
    let mut labels = BTreeSet::new();
    let mut pieces = Vec::with_capacity(new.len());
    for (index, piece) in new.into_iter().enumerate() {
        let wrong = |name: &str, reason: &str, what: &str| {
            Err(Error::invalid(format!("{field}[{index}].{name}"), reason, what))
        };
        if !piece.label.is_empty() && !labels.insert(piece.label.clone()) {
            return wrong("label", "unique", "is on another piece too");
        }
        if piece.goods_lines.iter().any(|line| lines.is_none_or(|lines| *line > lines)) {
            return wrong(
                "goods_lines",
                "unknown_reference",
                "names a line that the order has not",
            );
        }
        let same = known.iter().find(|known| !known.label.is_empty() && known.label == piece.label);
        pieces.push(Piece {
            id: same.map_or(piece.id, |same| same.id),
            label: piece.label,
            goods_lines: piece.goods_lines,
            weight_grams: piece.weight_grams,
            length_mm: piece.length_mm,
            width_mm: piece.width_mm,
            height_mm: piece.height_mm,
        });
    }
    Ok(pieces)
}
