//! The table of carriers.

use kefu_kernel::{Head, Timestamp, Zone};
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::migrate::columns::*;
use kefu_store::row::broken;
use kefu_store::runner::{Aggregate, ids_in};
use kefu_store::{Reader, Schema, StoreError};
use sea_orm::entity::prelude::*;

use super::domain::{Carrier, WaybillCheck};

/// The kind of the natural key that a carrier's code is.
pub const CODE_KEY: &str = "carrier_code";
/// The kind of the natural key that a carrier's SCAC is.
pub const SCAC_KEY: &str = "carrier_scac";

/// One carrier.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carrier")]
pub struct Model {
    /// The carrier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// When it was added.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// Its code; unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its Standard Carrier Alpha Code; empty: none.
    pub scac: String,
    /// How its numbers are checked.
    pub waybill_check: String,
    /// The fewest characters of a number; 0: any.
    pub waybill_min_length: i32,
    /// The most characters of a number; 0: any.
    pub waybill_max_length: i32,
    /// For how many days a number means the same shipment.
    pub waybill_days: i32,
    /// IANA name of the zone of its scans; empty: unknown.
    pub time_zone: String,
    /// Codes of the sources that count for more, parted by commas.
    pub source_priority: String,
    /// Whether new shipments may go with it.
    pub active: bool,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("carrier")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(text("code"))
            .col(text("name"))
            .col(text("scac"))
            .col(text("waybill_check"))
            .col(integer("waybill_min_length"))
            .col(integer("waybill_max_length"))
            .col(integer("waybill_days"))
            .col(text("time_zone"))
            .col(text("source_priority"))
            .col(boolean("active"))
            .primary_key(Index::create().col("id")),
    );
    schema.unique_index("carrier", &["code"]);
    schema.index("carrier", &["active", "code"]);
}

/// Carriers as filters and orders know them.
pub fn resource() -> Resource {
    Resource::new("carrier", Field::id("id", "carrier", Column::Id))
        .field(Field::text("code", Column::Code))
        .field(Field::bool("active", Column::Active))
        .shape(Shape::on(["active"]).ascending("code"))
        .shape(Shape::on([]).ascending("code"))
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        match field {
            "id" => Value::Id(self.id),
            "code" => Value::Text(self.code.clone()),
            "active" => Value::Bool(self.active),
            _ => Value::Unset,
        }
    }
}

impl Aggregate for Carrier {
    const KIND: &'static str = "carrier";
    type Root = Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let found = Entity::find().filter(ids_in(Column::Id, ids)).all(reader).await?;
        found.into_iter().map(carrier).collect()
    }

    fn root(&self) -> Model {
        Model {
            id: self.head.id,
            version: self.head.version,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            code: self.code.clone(),
            name: self.name.clone(),
            scac: self.scac.clone(),
            waybill_check: self.waybill_check.name().to_owned(),
            waybill_min_length: self.waybill_min_length,
            waybill_max_length: self.waybill_max_length,
            waybill_days: self.waybill_days,
            time_zone: self
                .time_zone
                .as_ref()
                .map(|zone| zone.name().to_owned())
                .unwrap_or_default(),
            source_priority: self.source_priority.join(","),
            active: self.active,
        }
    }
}

/// The carrier of a row.
///
/// # Errors
///
/// A row that no rule of ours has written.
pub fn carrier(row: Model) -> Result<Carrier, StoreError> {
    let check = WaybillCheck::from_name(&row.waybill_check);
    let zone = Some(&row.time_zone).filter(|name| !name.is_empty());
    let zone = zone.map(|name| Zone::named(name)).transpose();
    let sources = row.source_priority.split(',').filter(|source| !source.is_empty());
    Ok(Carrier {
        head: Head {
            id: row.id,
            version: row.version,
            branch: None,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        },
        source_priority: sources.map(str::to_owned).collect(),
        waybill_check: check.ok_or_else(|| broken("check of numbers"))?,
        time_zone: zone.map_err(|_| broken("zone"))?,
        code: row.code,
        name: row.name,
        scac: row.scac,
        waybill_min_length: row.waybill_min_length,
        waybill_max_length: row.waybill_max_length,
        waybill_days: row.waybill_days,
        active: row.active,
    })
}
