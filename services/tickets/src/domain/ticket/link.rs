//! Links to other tickets. A link is kept on the ticket that it was made on; the other has no event.

use kefu_api_events::v1 as events;

use crate::domain::error::Error;
use crate::domain::ids::TicketId;
use crate::domain::rules::Context;
use crate::domain::words::{Category, LinkKind};

use super::change::Change;
use super::{Decision, Link, Ticket};

/// A ticket has at most this many links of its own.
const MAX_LINKS: usize = 200;

impl Ticket {
    /// Links the ticket to another one. `above`: the ids of the other ticket's parent, its parent's parent
    /// and so on, which a circle would lead through.
    pub fn link(
        &self,
        context: &Context<'_>,
        kind: LinkKind,
        other: &Self,
        above: &[TicketId],
    ) -> Decision {
        let mut change = Change::begin(self, context)?;
        let has = |ticket: &Self, id: TicketId| {
            ticket.links.iter().any(|link| (link.kind, link.other) == (kind, id))
        };
        let back = has(other, self.id());
        if has(self, other.id()) || (kind == LinkKind::Related && back) {
            return Err(Error::LinkExists { kind, other: other.id() });
        }
        let refused = |why| Err(Error::LinkNotAllowed { why });
        if other.id() == self.id() {
            return refused("a ticket is not linked to itself");
        }
        if back || (kind == LinkKind::Parent && above.contains(&self.id())) {
            return refused("it would lead in a circle");
        }
        if kind == LinkKind::Parent && self.links.iter().any(|link| link.kind == kind) {
            return refused("it has a parent already");
        }
        if kind == LinkKind::FollowUp && other.category != Category::Closed {
            return refused("only a closed ticket is followed up");
        }
        if self.links.len() >= MAX_LINKS {
            return refused("it has 200 links already");
        }
        let created_at = change.now;
        change.add_link(Link { kind, other: other.id(), created_at });
        change.done()
    }

    /// Takes a link away, as it was made.
    pub fn unlink(&self, context: &Context<'_>, kind: LinkKind, other: TicketId) -> Decision {
        let mut change = Change::begin(self, context)?;
        let links = &mut change.ticket.links;
        let found = links.iter().position(|link| (link.kind, link.other) == (kind, other));
        links.remove(found.ok_or(Error::LinkNotFound { kind, other })?);
        change.tell(events::TicketUnlinked {
            kind: events::LinkKind::from(kind).into(),
            other_ticket_id: other.to_string(),
            ..Default::default()
        });
        change.done()
    }
}

impl Change<'_> {
    /// Adds a link, and tells so.
    pub(super) fn add_link(&mut self, link: Link) {
        let (kind, other) = (link.kind, link.other);
        self.ticket.links.push(link);
        self.tell(events::TicketLinked {
            kind: events::LinkKind::from(kind).into(),
            other_ticket_id: other.to_string(),
            ..Default::default()
        });
    }
}
