//! By what customers are found, and how sure it is that two are one.

use super::support::Desk;
use crate::customer::domain::words::{ContactKind, MatchReason as Reason};
use crate::customer::domain::{Customer, likeness, name_key};

fn score(shared: &[(Reason, bool)]) -> Option<i32> {
    likeness(shared).map(|likeness| likeness.score)
}

#[test]
fn the_strongest_reason_counts_and_ten_more_for_each_further_one() {
    assert_eq!(score(&[(Reason::Phone, true)]), Some(100));
    assert_eq!(score(&[(Reason::Phone, false), (Reason::PhoneEnding, false)]), Some(70));
    assert_eq!(score(&[(Reason::Phone, false), (Reason::Name, false)]), Some(80));
    assert_eq!(score(&[(Reason::NameAndBirthday, false), (Reason::Name, false)]), Some(60));
    assert_eq!(score(&[(Reason::Name, false)]), Some(20));
    assert_eq!(score(&[(Reason::Name, false), (Reason::PhoneEnding, false)]), Some(30));
    assert_eq!(score(&[(Reason::PhoneEnding, false)]), None);
    assert_eq!(score(&[]), None);
    let all = [
        (Reason::Name, false),
        (Reason::Email, false),
        (Reason::Phone, true),
        (Reason::NameAndAddress, false),
    ];
    let likeness = likeness(&all).unwrap();
    assert_eq!(likeness.score, 100);
    assert_eq!(likeness.reasons, [Reason::Phone, Reason::Email, Reason::NameAndAddress]);
}

#[test]
fn two_who_share_a_phone_and_a_name_in_any_form_are_alike() {
    let mut desk = Desk::new();
    let mut tokens = |name: &str, phone: &str, birthday: &str| {
        let mut new = desk.person(name);
        new.profile.birthday = Some(birthday.parse().unwrap());
        new.contacts = vec![desk.point(ContactKind::Phone, phone, true)];
        Customer::create(&desk.context(), new).unwrap().0.tokens()
    };
    let one = tokens("LI-Wei", "13812345678", "--02-29");
    let other = tokens("Li　wei", "+86 138 1234 5678", "1980-02-29");
    let shared: Vec<_> =
        one.intersection(&other).map(|token| (token.reason, token.verified)).collect();
    let likeness = likeness(&shared).unwrap();
    assert_eq!((likeness.reasons, likeness.score), (vec![Reason::Phone, Reason::Name], 100));
}

#[test]
fn a_name_is_compared_without_case_width_and_points() {
    assert_eq!(name_key("Ａ. Müller-Ruiz"), name_key("a müller ruiz"));
    assert_eq!(name_key("李 伟"), "李伟");
    assert_eq!(name_key("…"), "");
}
