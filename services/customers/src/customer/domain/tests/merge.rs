//! Two customers that are one, and two that are none.

use kefu_api_events::v1 as events;
use kefu_kernel::{Fault, Head};

use super::support::{Desk, only};
use crate::customer::domain::words::Kind;
use crate::customer::domain::{Customer, Error};

/// Everything of a customer but how often it was changed.
fn without_version(customer: &Customer) -> Customer {
    let Head { id, branch, created_at, .. } = customer.head;
    Customer { head: Head::new(id, branch, created_at), ..customer.clone() }
}

#[test]
fn a_merge_that_is_undone_leaves_both_as_they_were() {
    let mut desk = Desk::new();
    let (li, wei) = (desk.registered("Li"), desk.registered("Wei"));
    let [(stays, absorbed), (gone, merged)] =
        li.merge(&desk.context(), &wei, "same_phone").unwrap();
    let merged: events::CustomerMerged = only(&merged);
    assert_eq!(
        (merged.into_customer_id, merged.reason),
        (li.id().to_string(), "same_phone".into())
    );
    let absorbed: events::CustomerAbsorbed = only(&absorbed);
    assert_eq!(absorbed.other_customer_id, wei.id().to_string());
    assert_eq!(gone.merged_into, Some(li.id()));
    desk.pass(60);
    let [(freed, _), (stays, _)] = gone.undo_merge(&desk.context(), &stays, "mistake").unwrap();
    assert_eq!(without_version(&freed), without_version(&wei));
    assert_eq!(without_version(&stays), without_version(&li));
}

#[test]
fn what_is_merged_is_not_changed_or_merged_again() {
    let mut desk = Desk::new();
    let (li, wei, hua) = (desk.registered("Li"), desk.registered("Wei"), desk.registered("Hua"));
    let [_, (gone, _)] = li.merge(&desk.context(), &wei, "same_phone").unwrap();
    let merged = Error::Merged { id: wei.id(), into: li.id() };
    assert_eq!(merged.reason(), "CUSTOMER_MERGED");
    assert_eq!(hua.merge(&desk.context(), &gone, "x").unwrap_err(), merged);
    assert_eq!(gone.merge(&desk.context(), &hua, "x").unwrap_err(), merged);
    assert_eq!(gone.update(&desk.context(), Default::default()).unwrap_err(), merged);
    assert_eq!(gone.erase(&desk.context(), "retention", &[]).unwrap_err(), merged);
    assert_eq!(gone.undo_merge(&desk.context(), &hua, "x").unwrap_err().reason(), "NOT_MERGED");
    assert_eq!(li.undo_merge(&desk.context(), &hua, "x").unwrap_err().reason(), "NOT_MERGED");
}

#[test]
fn some_two_are_never_one() {
    let mut desk = Desk::new();
    let li = desk.registered("Li");
    let mut shop = desk.person("Li's shop");
    shop.kind = Kind::Organisation;
    let shop = Customer::create(&desk.context(), shop).unwrap().0;
    for other in [&shop, &li] {
        let error = li.merge(&desk.context(), other, "x").unwrap_err();
        assert_eq!(error.reason(), "MERGE_NOT_ALLOWED");
    }
}

#[test]
fn a_person_is_erased_with_everybody_that_was_merged_into_them() {
    let mut desk = Desk::new();
    let (li, wei) = (desk.registered("Li"), desk.registered("Wei"));
    let [(stays, _), (gone, _)] = li.merge(&desk.context(), &wei, "same_phone").unwrap();
    let (erased, told) = stays.erase(&desk.context(), "request_of_subject", &[wei.id()]).unwrap();
    let event: events::SubjectErased = only(&told);
    assert_eq!(event.merged_customer_ids, [wei.id().to_string()]);
    assert_eq!(event.ground, "request_of_subject");
    assert!(event.facts.unwrap().erased && erased.profile.name.is_empty());
    let (gone, told) = gone.erase_merged(&desk.context(), "request_of_subject").unwrap();
    assert_eq!((told.len(), gone.erased), (1, true));
    assert!(gone.erase_merged(&desk.context(), "x").unwrap().1.is_empty());
    let undone = gone.undo_merge(&desk.context(), &erased, "x").unwrap_err();
    assert_eq!(undone.reason(), "CUSTOMER_ERASED");
    assert_eq!(li.erase_merged(&desk.context(), "x").unwrap_err().reason(), "NOT_MERGED");
}
