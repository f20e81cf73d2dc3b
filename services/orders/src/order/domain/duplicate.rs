//! What an order may be the same as: one of the same customer, or to the same receiver, with the same goods,
//! within a day.

use super::words::PartyRole;
use super::{GoodsLine, Order};

/// The most others that are named.
pub(super) const MOST: usize = 10;

impl Order {
    /// What two orders that may be the same have in common: a text for its customer and one for its
    /// receiver's phone, each with the goods. They hold a phone, so they are kept as keyed hashes only. None
    /// for an order without goods, or of nobody.
    pub fn fingerprints_of(&self) -> Vec<Vec<u8>> {
        if self.goods.is_empty() {
            return Vec::new();
        }
        let mut lines: Vec<String> = self.goods.iter().map(line).collect();
        lines.sort_unstable();
        let goods = lines.join("\n");
        let customer = self.customer.map(|customer| customer.to_string());
        let receiver = self.party(PartyRole::Receiver).map(|party| party.phone.clone());
        let of = |who: &str, whom: String| {
            (!whom.is_empty()).then(|| format!("{who}\n{whom}\n{goods}").into_bytes())
        };
        let customer = of("customer", customer.unwrap_or_default());
        let receiver = of("receiver", receiver.unwrap_or_default());
        customer.into_iter().chain(receiver).collect()
    }
}

/// What tells a line of goods from another.
fn line(line: &GoodsLine) -> String {
    let article = if line.sku.is_empty() { &line.commodity } else { &line.sku };
    format!("{article}\t{}\t{}", line.pieces, line.weight_grams)
}
