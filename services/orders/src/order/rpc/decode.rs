//! What requests say, in the words of the rules. Validation has checked forms and enums before.

use kefu_api_common::v1::Money as WireMoney;
use kefu_api_common::wire;
use kefu_api_orders::v1;
use kefu_kernel::{Money, id};

use crate::Result;
use crate::domain::Error;
use crate::order::domain::words::PartyRole;
use crate::order::domain::{Address, GoodsLine, Party, PickupWindow};

/// An amount, where one is told.
pub fn money(amount: Option<&WireMoney>) -> Result<Option<Money>> {
    Ok(amount.map(wire::amount).transpose()?)
}

/// The parties.
pub fn parties(parties: Vec<v1::OrderParty>) -> Result<Vec<Party>> {
    parties.into_iter().map(party).collect()
}

fn party(party: v1::OrderParty) -> Result<Party> {
    let role = match party.role() {
        v1::PartyRole::Sender => PartyRole::Sender,
        v1::PartyRole::Receiver => PartyRole::Receiver,
        v1::PartyRole::Payer => PartyRole::Payer,
        v1::PartyRole::Notify => PartyRole::Notify,
        v1::PartyRole::Return => PartyRole::Return,
        v1::PartyRole::Agent => PartyRole::Agent,
        v1::PartyRole::Unspecified => {
            return Err(Error::invalid("parties.role", "required", "is told").into());
        }
    };
    Ok(Party {
        role,
        name: party.name,
        company: party.company,
        phone: party.phone,
        other_phone: party.other_phone,
        email: party.email,
        address: party.address.map(address),
        customer: id::read_optional("parties.customer_id", party.customer_id.as_deref())?,
    })
}

fn address(address: v1::PostalAddress) -> Address {
    Address {
        country: address.country,
        region: address.region,
        city: address.city,
        district: address.district,
        lines: address.lines,
        postal_code: address.postal_code,
        outlet_code: address.outlet_code,
        latitude_e7: address.latitude_e7,
        longitude_e7: address.longitude_e7,
    }
}

/// The goods.
pub fn goods(goods: Vec<v1::GoodsLine>) -> Result<Vec<GoodsLine>> {
    let line = |line: v1::GoodsLine| {
        Ok(GoodsLine {
            declared_value: money(line.declared_value.as_ref())?,
            description: line.description,
            commodity: line.commodity,
            sku: line.sku,
            pieces: line.pieces,
            units: line.units,
            packaging: line.packaging,
            weight_grams: line.weight_grams,
            length_mm: line.length_mm,
            width_mm: line.width_mm,
            height_mm: line.height_mm,
            handling: line.handling,
        })
    };
    goods.into_iter().map(line).collect()
}

/// The pickup window, where one is agreed.
pub fn window(window: Option<v1::PickupWindow>) -> Option<PickupWindow> {
    window.map(|window| PickupWindow {
        from: window.from.as_ref().map(wire::instant).unwrap_or_default(),
        until: window.until.as_ref().map(wire::instant).unwrap_or_default(),
        time_zone: window.time_zone,
    })
}
