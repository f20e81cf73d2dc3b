//! The tables of shipments and their scans, and how a shipment is read from and written to them.

pub mod aggregate;
pub mod former_waybill;
pub mod piece;
pub mod shipment;

use kefu_store::Schema;

/// Makes the tables, that of scans too: they are parts of their shipment.
pub fn create(schema: &mut Schema) {
    shipment::create(schema);
    piece::create(schema);
    former_waybill::create(schema);
    crate::scan::store::scan::create(schema);
}
