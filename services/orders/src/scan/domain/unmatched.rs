//! Scans of a number that no shipment has: each is kept as an aggregate of its own and waits. When a shipment
//! takes it, it belongs to that one from then on.

use kefu_api_events::wire::timestamp;
use kefu_api_events::{event, v1 as events};
use kefu_kernel::{NewEvent, id};

use super::Scan;
use crate::domain::ids::ShipmentId;

/// Tells that a scan waits for its shipment.
pub fn kept(scan: &Scan) -> NewEvent {
    let (scan_id, facts) = (scan.id.to_string(), Some(facts(scan, None)));
    event(&events::UnmatchedScanKept { scan_id, facts }, Vec::<String>::new())
}

/// Tells that a shipment took it.
pub fn taken(scan: &Scan, shipment: ShipmentId) -> NewEvent {
    let (scan_id, facts) = (scan.id.to_string(), Some(facts(scan, Some(shipment))));
    event(&events::UnmatchedScanTaken { scan_id, facts }, ["shipment_id"])
}

fn facts(scan: &Scan, shipment: Option<ShipmentId>) -> events::UnmatchedScanFacts {
    events::UnmatchedScanFacts {
        carrier: scan.raw.carrier.clone(),
        source: scan.raw.source.clone(),
        format: scan.raw.format.to_wire(),
        received_at: Some(timestamp(scan.received_at)),
        shipment_id: id::text(shipment),
    }
}
