//! The link by which a claimant accepts an offer: which claim and offer it is of, and a keyed hash of both. It is not
//! kept: whoever has the keys can tell whether it is ours.

use kefu_kernel::Id;
use kefu_kernel::id::Uuid;
use kefu_store::seal::{Keys, Purpose};

use crate::domain::ids::{ClaimId, OfferId};

/// What the hash is of, so that no other link is taken for one.
const WHAT: &[u8] = b"claims.offer";

/// The token of an offer's link.
pub fn token(keys: &Keys, claim: ClaimId, offer: OfferId) -> String {
    let hash = keys.hash(Purpose::Links, &message(claim, offer));
    let ids = [claim.uuid().simple().to_string(), offer.uuid().simple().to_string()].concat();
    hash.iter().fold(ids, |token, byte| token + &format!("{byte:02x}"))
}

/// Of which claim and offer a token is; none where it is not ours.
pub fn read(keys: &Keys, token: &str) -> Option<(ClaimId, OfferId)> {
    if token.len() != 128 || !token.is_ascii() {
        return None;
    }
    let (claim, rest) = token.split_at(32);
    let (offer, hash) = rest.split_at(32);
    let claim = ClaimId::from(Uuid::try_parse(claim).ok()?);
    let offer = OfferId::from(Uuid::try_parse(offer).ok()?);
    let bytes = (0..32).map(|at| u8::from_str_radix(hash.get(at * 2..at * 2 + 2)?, 16).ok());
    let hash: Vec<u8> = bytes.collect::<Option<_>>()?;
    keys.verify(Purpose::Links, &message(claim, offer), &hash).then_some((claim, offer))
}

fn message(claim: ClaimId, offer: OfferId) -> Vec<u8> {
    [WHAT, claim.uuid().as_bytes(), offer.uuid().as_bytes()].concat()
}
