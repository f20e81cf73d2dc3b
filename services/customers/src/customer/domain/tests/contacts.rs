//! Contact points and their normal form.

use kefu_api_events::v1 as events;
use kefu_kernel::Fault;
use proptest::prelude::*;

use super::support::{Desk, contact, only};
use crate::customer::domain::words::ContactKind;
use crate::customer::domain::{Contact, Country, Error, phone_ending};

fn china() -> Country {
    Country::new("CN").unwrap()
}

#[test]
fn every_way_of_writing_a_phone_is_one_number() {
    for text in [
        "13812345678",
        "138 1234 5678",
        "+86 138-1234-5678",
        "+8613812345678",
        "１３８１２３４５６７８",
    ] {
        assert_eq!(contact(ContactKind::Phone, text).value(), "+8613812345678", "{text}");
    }
    let madrid = Contact::read(ContactKind::Phone, "91 123 45 67", Country::new("ES").unwrap());
    assert_eq!(madrid.unwrap().value(), "+34911234567");
    assert_eq!(phone_ending("+86 138-1234-5678").as_deref(), Some("2345678"));
    assert_eq!(phone_ending("12345"), None);
}

#[test]
fn an_address_keeps_its_local_part_and_is_the_same_in_any_case() {
    let one = contact(ContactKind::Email, " Li.Wei@Example.COM ");
    assert_eq!(one.value(), "Li.Wei@example.com");
    assert_eq!(one.key(), contact(ContactKind::Email, "li.wei@example.com").key());
}

#[test]
fn what_is_not_of_its_kind_is_refused() {
    let wrong = [
        (ContactKind::Phone, "12"),
        (ContactKind::Phone, "li@example.com"),
        (ContactKind::Whatsapp, "+86"),
        (ContactKind::Email, "li"),
        (ContactKind::Email, "@example.com"),
        (ContactKind::Email, "li@wei@example.com"),
        (ContactKind::Email, "li@localhost"),
        (ContactKind::Email, "l i@example.com"),
        (ContactKind::Wechat, "li wei"),
        (ContactKind::MemberNumber, " - "),
    ];
    for (kind, text) in wrong {
        assert!(Contact::read(kind, text, china()).is_err(), "{text} as {}", kind.name());
    }
}

proptest! {
    #[test]
    fn a_normal_form_is_its_own_normal_form(
        kind in prop::sample::select(ContactKind::ALL.to_vec()),
        text in prop_oneof!["\\PC{1,30}", "[0-9 +-]{5,16}", "[a-zA-Z.]{1,8}@[a-zA-Z]{1,8}\\.[a-z]{2}"],
    ) {
        if let Ok(once) = Contact::read(kind, &text, china()) {
            let twice = Contact::read(kind, once.value(), china());
            prop_assert_eq!(twice, Ok(once));
        }
    }
}

#[test]
fn a_contact_point_is_there_once() {
    let mut desk = Desk::new();
    let li = desk.registered("Li Wei");
    let point = desk.point(ContactKind::Email, "li@example.com", false);
    let id = point.id;
    let (li, told) = li.add_contact(&desk.context(), point).unwrap();
    let added: events::CustomerContactPointAdded = only(&told);
    assert_eq!((added.contact_point_id, added.verified), (id.to_string(), false));
    let again = desk.point(ContactKind::Email, "LI@example.com", false);
    let error = li.add_contact(&desk.context(), again).unwrap_err();
    assert_eq!((&error, error.reason()), (&Error::ContactExists(id), "CONTACT_EXISTS"));
}

#[test]
fn a_new_customer_has_no_contact_point_twice() {
    let mut desk = Desk::new();
    let mut new = desk.person("Li Wei");
    new.contacts = vec![
        desk.point(ContactKind::Phone, "13812345678", false),
        desk.point(ContactKind::Phone, "+8613812345678", false),
    ];
    let error = crate::customer::domain::Customer::create(&desk.context(), new).unwrap_err();
    assert_eq!(error.reason(), "CONTACT_EXISTS");
}

#[test]
fn the_preferred_one_of_a_kind_is_one() {
    let mut desk = Desk::new();
    let mut li = desk.registered("Li Wei");
    for (kind, text) in [
        (ContactKind::Phone, "13812345678"),
        (ContactKind::Email, "li@example.com"),
        (ContactKind::Phone, "13912345678"),
    ] {
        let mut point = desk.point(kind, text, false);
        point.preferred = true;
        li = li.add_contact(&desk.context(), point).unwrap().0;
    }
    let preferred: Vec<bool> = li.contacts.iter().map(|point| point.preferred).collect();
    assert_eq!(preferred, [false, true, true]);
}

#[test]
fn what_is_proved_is_claimed_until_it_is_taken_away() {
    let mut desk = Desk::new();
    let li = desk.registered("Li Wei");
    let point = desk.point(ContactKind::Phone, "13812345678", false);
    let id = point.id;
    let (li, _) = li.add_contact(&desk.context(), point).unwrap();
    assert!(li.claims().is_empty());
    let (li, told) = li.verify_contact(&desk.context(), id, "call_back").unwrap();
    let verified: events::CustomerContactPointVerified = only(&told);
    assert_eq!((verified.method.as_str(), verified.verified), ("call_back", true));
    assert_eq!(li.claims(), [(ContactKind::Phone, "+8613812345678".to_owned())].into());
    assert!(li.verify_contact(&desk.context(), id, "call_back").unwrap().1.is_empty());
    let (li, _) = li.remove_contact(&desk.context(), id).unwrap();
    assert!(li.claims().is_empty());
    let error = li.remove_contact(&desk.context(), id).unwrap_err();
    assert_eq!(error.reason(), "RESOURCE_NOT_FOUND");
}
