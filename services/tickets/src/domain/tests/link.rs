//! Links between tickets.

use kefu_api_events::v1 as events;
use kefu_kernel::Fault;

use super::support::{Desk, names, only, refused};
use crate::domain::Error;
use crate::domain::words::{Channel, LinkKind};

#[test]
fn a_link_is_told_by_the_ticket_that_it_is_made_on() {
    let mut desk = Desk::new();
    let (part, whole) = (desk.open("other", Channel::Phone), desk.open("other", Channel::Phone));
    let (part, told) = part.link(&desk.context(), LinkKind::Parent, &whole, &[]).unwrap();
    let event: events::TicketLinked = only(&told);
    assert_eq!(
        (event.kind(), event.other_ticket_id),
        (events::LinkKind::Parent, whole.id().to_string())
    );
    let (part, told) = part.unlink(&desk.context(), LinkKind::Parent, whole.id()).unwrap();
    assert_eq!(names(&told), ["TicketUnlinked"]);
    assert!(part.links.is_empty());
    let error = refused(part.unlink(&desk.context(), LinkKind::Parent, whole.id()));
    assert_eq!(error.reason(), "RESOURCE_NOT_FOUND");
}

#[test]
fn a_link_to_itself_is_refused() {
    let mut desk = Desk::new();
    let ticket = desk.open("other", Channel::Phone);
    for kind in [LinkKind::Parent, LinkKind::Related, LinkKind::Duplicate] {
        let error = refused(ticket.link(&desk.context(), kind, &ticket, &[]));
        assert_eq!(error.reason(), "LINK_NOT_ALLOWED");
    }
}

#[test]
fn the_same_link_is_not_made_twice_from_either_side_where_it_is_mutual() {
    let mut desk = Desk::new();
    let (one, two) = (desk.open("other", Channel::Phone), desk.open("other", Channel::Phone));
    let (one, _) = one.link(&desk.context(), LinkKind::Related, &two, &[]).unwrap();
    let again = refused(one.link(&desk.context(), LinkKind::Related, &two, &[]));
    assert_eq!(again, Error::LinkExists { kind: LinkKind::Related, other: two.id() });
    assert_eq!(
        refused(two.link(&desk.context(), LinkKind::Related, &one, &[])).reason(),
        "LINK_EXISTS"
    );
    let (one, _) = one.link(&desk.context(), LinkKind::CausedBy, &two, &[]).unwrap();
    let back = refused(two.link(&desk.context(), LinkKind::CausedBy, &one, &[]));
    assert_eq!(back.reason(), "LINK_NOT_ALLOWED", "neither caused the other");
}

#[test]
fn parents_make_a_tree() {
    let mut desk = Desk::new();
    let mut open = || desk.open("other", Channel::Phone);
    let (child, parent, grandparent) = (open(), open(), open());
    let context = desk.context();
    let (child, _) = child.link(&context, LinkKind::Parent, &parent, &[]).unwrap();
    let second = refused(child.link(&context, LinkKind::Parent, &grandparent, &[]));
    assert_eq!(second, Error::LinkNotAllowed { why: "it has a parent already" });
    let (parent, _) = parent.link(&context, LinkKind::Parent, &grandparent, &[]).unwrap();
    let above = [parent.id(), grandparent.id()];
    let circle = refused(grandparent.link(&context, LinkKind::Parent, &child, &above));
    assert_eq!(circle, Error::LinkNotAllowed { why: "it would lead in a circle" });
}

#[test]
fn only_a_closed_ticket_is_followed_up() {
    let mut desk = Desk::new();
    let (ticket, open) = (desk.open("other", Channel::Phone), desk.open("other", Channel::Phone));
    let closed = desk.closed("other", Channel::Phone);
    let error = refused(ticket.link(&desk.context(), LinkKind::FollowUp, &open, &[]));
    assert_eq!(error.reason(), "LINK_NOT_ALLOWED");
    assert!(ticket.link(&desk.context(), LinkKind::FollowUp, &closed, &[]).is_ok());
}
