//! Links to other claims. A link is kept on the claim that it was made on; the other has no event.

use kefu_api_events::v1 as events;

use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::ClaimId;
use crate::domain::words::LinkKind;

use super::change::Change;
use super::{Claim, Decided, Link};

/// A claim has at most this many links of its own.
const MAX_LINKS: usize = 200;

impl Claim {
    /// Links the claim to another one, or confirms a suggested link.
    pub fn link(&self, context: &Context<'_>, kind: LinkKind, other: &Self) -> Decided {
        let mut change = Change::begin(self, context)?;
        let (id, now) = (other.id(), change.now);
        if id == self.id() {
            return Err(Error::LinkNotAllowed("a claim is not linked to itself"));
        }
        let back = other.links.iter().find(|link| (link.kind, link.other) == (kind, self.id()));
        if back.is_some_and(|back| !back.suggested) {
            return match kind {
                LinkKind::DuplicateOf => Err(Error::LinkNotAllowed("the other is its duplicate")),
                LinkKind::Overlaps | LinkKind::Related => Err(Error::LinkExists(id)),
            };
        }
        let known =
            change.claim.links.iter_mut().find(|link| (link.kind, link.other) == (kind, id));
        match known {
            Some(link) if link.suggested => link.suggested = false,
            Some(_) => return Err(Error::LinkExists(id)),
            None if self.links.len() >= MAX_LINKS => {
                return Err(Error::LinkNotAllowed("it has 200 links already"));
            }
            None => {
                let link = Link { kind, other: id, suggested: false, created_at: now };
                change.claim.links.push(link);
            }
        }
        change.tell_linked(kind, id);
        change.done()
    }

    /// Takes a link away, as it was made or suggested.
    pub fn unlink(&self, context: &Context<'_>, kind: LinkKind, other: ClaimId) -> Decided {
        let mut change = Change::begin(self, context)?;
        let links = &mut change.claim.links;
        let found = links.iter().position(|link| (link.kind, link.other) == (kind, other));
        links.remove(found.ok_or(Error::LinkNotFound(other))?);
        change.tell(events::ClaimUnlinked {
            kind: events::ClaimLinkKind::from(kind).into(),
            other_claim_id: other.to_string(),
            ..Default::default()
        });
        change.done()
    }
}

impl Change<'_> {
    /// Links a claim that may have to do with this one, unless it is linked already.
    pub fn suggest(&mut self, kind: LinkKind, other: ClaimId) {
        let linked = self.claim.links.iter().any(|link| link.other == other);
        if linked || other == self.claim.id() || self.claim.links.len() >= MAX_LINKS {
            return;
        }
        let created_at = self.now;
        self.claim.links.push(Link { kind, other, suggested: true, created_at });
        self.tell_linked(kind, other);
    }

    fn tell_linked(&mut self, kind: LinkKind, other: ClaimId) {
        self.tell(events::ClaimLinked {
            kind: events::ClaimLinkKind::from(kind).into(),
            other_claim_id: other.to_string(),
            ..Default::default()
        });
    }
}
