//! What events tell of a shipment: its facts, and the names of the fields that changed. Both are read off the
//! states, so no verb can forget one.

use kefu_api_events::wire::timestamp;
use kefu_api_events::{Subject, v1 as events};
use kefu_kernel::id;

use super::Shipment;
use crate::domain::count;
use crate::domain::words::{ResponsibleParty, flags_event};

impl Subject for Shipment {
    type Facts = events::ShipmentFacts;

    fn subject_id(&self) -> String {
        self.id().to_string()
    }

    fn facts(&self) -> events::ShipmentFacts {
        let standing = &self.standing;
        events::ShipmentFacts {
            order_id: id::text(self.order),
            customer_id: id::text(self.customer),
            branch_id: id::text(self.branch()),
            carrier: self.carrier.clone(),
            service: self.service.clone(),
            origin_code: self.origin_code.clone(),
            destination_code: self.destination_code.clone(),
            status: standing.status.to_wire(),
            substatus: standing.substatus.clone(),
            reason: standing.reason.clone(),
            responsible: standing.responsible.map_or(0, ResponsibleParty::to_wire),
            flags: flags_event(&standing.flags),
            pieces: count(self.pieces.len()),
            cod_currency: self.cod.map(|cod| cod.currency().code().to_owned()).unwrap_or_default(),
            cod_minor_units: self.cod.map_or(0, |cod| cod.minor()),
            scans: standing.scans,
            attempts: standing.attempts,
            created_at: Some(timestamp(self.head.created_at)),
            picked_up_at: standing.picked_up_at.map(timestamp),
            last_scan_at: standing.last_scan_at.map(timestamp),
            promised_until: self.promised_until.map(timestamp),
            estimated_until: standing.estimates.first().map(|told| timestamp(told.window.until)),
            delivered_at: standing.delivered_at.map(timestamp),
            ended_at: standing.ended_at.map(timestamp),
            due_at: None,
            breached: false,
        }
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        let (was, is) = (&before.standing, &now.standing);
        [
            ("customer_id", before.customer != now.customer),
            ("branch_id", before.head.branch != now.head.branch),
            ("carrier", before.carrier != now.carrier),
            ("waybill", before.waybill != now.waybill),
            ("valid_from", before.window.from != now.window.from),
            ("valid_until", before.window.until != now.window.until),
            ("service", before.service != now.service),
            ("origin_code", before.origin_code != now.origin_code),
            ("destination_code", before.destination_code != now.destination_code),
            ("status", was.status != is.status),
            ("substatus", was.substatus != is.substatus),
            ("reason", was.reason != is.reason),
            ("responsible", was.responsible != is.responsible),
            ("flags", was.flags != is.flags),
            ("deciding_scan_id", was.deciding != is.deciding),
            ("cod_amount", before.cod != now.cod),
            ("attempts", was.attempts != is.attempts),
            ("scans", was.scans != is.scans),
            ("estimate", was.estimates != is.estimates),
            ("promised_until", before.promised_until != now.promised_until),
            ("picked_up_at", was.picked_up_at != is.picked_up_at),
            ("last_scan_at", was.last_scan_at != is.last_scan_at),
            ("delivered_at", was.delivered_at != is.delivered_at),
            ("ended_at", was.ended_at != is.ended_at),
            ("pieces", before.pieces != now.pieces || was.pieces != is.pieces),
            ("signed_by", was.signed_by != is.signed_by),
            ("proof_reference", was.proof_reference != is.proof_reference),
            ("former_waybills", before.former_waybills != now.former_waybills),
        ]
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}
