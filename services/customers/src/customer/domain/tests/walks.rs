//! Random walks over every verb and several customers: whatever is done in whatever order, no rule is broken,
//! and the events tell one story.

use std::collections::BTreeMap;

use kefu_api_events::Facts;
use kefu_api_events::Subject;
use kefu_kernel::NewEvent;
use proptest::prelude::*;

use super::support::{Desk, common};
use crate::customer::domain::words::{ContactKind, List, Stage};
use crate::customer::domain::{Consent, ConsentSaid, Customer, Error, Patch};
use crate::domain::ids::CustomerId;
use kefu_api_events::Channel;

const CUSTOMERS: usize = 4;

/// Something that somebody does to the customer of an index.
#[derive(Clone, Debug)]
enum Verb {
    Rename(String),
    Add(ContactKind, u8, bool),
    Verify(u8),
    Remove(u8),
    Consent(Channel, bool),
    Stage(Stage),
    Assign(Option<u8>),
    List(List, Option<u64>),
    Unlist(List),
    Expire,
    Merge(usize),
    Undo,
    Erase,
}

fn any_verb() -> impl Strategy<Value = Verb> {
    let list = || prop::sample::select(List::ALL.to_vec());
    let kind =
        prop::sample::select(vec![ContactKind::Phone, ContactKind::Email, ContactKind::Handle]);
    prop_oneof![
        1 => "[a-z]{0,3}".prop_map(Verb::Rename),
        5 => (kind, 0u8..3, any::<bool>()).prop_map(|(k, n, v)| Verb::Add(k, n, v)),
        3 => (0u8..4).prop_map(Verb::Verify),
        2 => (0u8..4).prop_map(Verb::Remove),
        1 => (prop::sample::select(Channel::ALL.to_vec()), any::<bool>()).prop_map(|(c, g)| Verb::Consent(c, g)),
        1 => prop::sample::select(Stage::ALL.to_vec()).prop_map(Verb::Stage),
        1 => prop::option::of(0u8..2).prop_map(Verb::Assign),
        1 => (list(), prop::option::of(0u64..100)).prop_map(|(l, u)| Verb::List(l, u)),
        1 => list().prop_map(Verb::Unlist),
        1 => Just(Verb::Expire),
        3 => (0..CUSTOMERS).prop_map(Verb::Merge),
        3 => Just(Verb::Undo),
        1 => Just(Verb::Erase),
    ]
}

/// All customers, and which of them proved which contact: what a unique index keeps.
struct Book {
    desk: Desk,
    customers: Vec<Customer>,
    claims: BTreeMap<(ContactKind, String), CustomerId>,
}

type Told = Vec<(Customer, Vec<NewEvent>)>;

impl Book {
    fn new() -> Self {
        let mut desk = Desk::new();
        let customers = ["Li", "Wei", "Hua", "Ana"].map(|name| desk.registered(name)).into();
        Self { desk, customers, claims: BTreeMap::new() }
    }

    fn act(&mut self, index: usize, verb: &Verb) -> Result<Told, Error> {
        let customer = self.customers[index].clone();
        let nth = |n: u8| customer.contacts.get(usize::from(n)).map(|point| point.id);
        let point = match verb {
            Verb::Add(kind, n, verified) => {
                let text = match kind {
                    ContactKind::Phone => format!("1381234567{n}"),
                    ContactKind::Email => format!("a{n}@example.com"),
                    _ => format!("a{n}"),
                };
                Some(self.desk.point(*kind, &text, *verified))
            }
            _ => None,
        };
        let missing = self.desk.id();
        let context = self.desk.context();
        let one = match verb {
            Verb::Rename(name) => {
                customer.update(&context, Patch { name: Some(name.clone()), ..Patch::default() })?
            }
            Verb::Add(..) => customer.add_contact(&context, point.unwrap())?,
            Verb::Verify(n) => {
                customer.verify_contact(&context, nth(*n).unwrap_or(missing), "document")?
            }
            Verb::Remove(n) => customer.remove_contact(&context, nth(*n).unwrap_or(missing))?,
            Verb::Consent(channel, granted) => {
                let (granted, said_at) = (*granted, context.now);
                let consent = Consent { granted, said_at, evidence: "call".into() };
                let said = ConsentSaid { channel: *channel, purpose: "revisit".into(), consent };
                let (customer, told, _) = customer.record_consent(&context, said)?;
                (customer, told)
            }
            Verb::Stage(stage) => customer.set_stage(&context, *stage, "")?,
            Verb::Assign(to) => {
                let to = to.map(|n| uuid::Uuid::from_u128(0x1000 + u128::from(n)).into());
                customer.assign(&context, to, None)?
            }
            Verb::List(list, until) => {
                let until = until.map(|s| context.now.plus(std::time::Duration::from_secs(s)));
                customer.put_on_list(&context, *list, "why".into(), until)?
            }
            Verb::Unlist(list) => customer.take_off_list(&context, *list)?,
            Verb::Expire => customer.expire_listings(&context)?,
            Verb::Merge(other) => {
                return Ok(customer.merge(&context, &self.customers[*other], "same")?.into());
            }
            Verb::Undo => {
                let into = customer.merged_into.ok_or(Error::NotMerged(customer.id()))?;
                let stays = self.customers.iter().find(|one| one.id() == into).unwrap();
                return Ok(customer.undo_merge(&context, stays, "mistake")?.into());
            }
            Verb::Erase => return self.erase(&customer),
        };
        Ok(vec![one])
    }

    fn erase(&self, customer: &Customer) -> Result<Told, Error> {
        let context = self.desk.context();
        let merged: Vec<&Customer> = self
            .customers
            .iter()
            .filter(|one| one.id() != customer.id() && self.root(one) == customer.id())
            .collect();
        let ids: Vec<CustomerId> = merged.iter().map(|one| one.id()).collect();
        let mut told = vec![customer.erase(&context, "retention", &ids)?];
        for one in merged {
            told.push(one.erase_merged(&context, "retention")?);
        }
        Ok(told)
    }

    /// The one that stays; fails where redirects make a circle.
    fn root(&self, customer: &Customer) -> CustomerId {
        let mut id = customer.id();
        for _ in 0..CUSTOMERS {
            match self.customers.iter().find(|one| one.id() == id).unwrap().merged_into {
                Some(into) => id = into,
                None => return id,
            }
        }
        panic!("redirects make a circle");
    }

    /// Keeps what a verb came to, unless a contact is another's: what the store does in its transaction.
    fn keep(&mut self, told: Told) {
        for (after, events) in told {
            let index = self.customers.iter().position(|one| one.id() == after.id()).unwrap();
            let before = self.customers[index].clone();
            let taken = after
                .claims()
                .iter()
                .any(|key| self.claims.get(key).is_some_and(|id| *id != after.id()));
            if taken {
                return;
            }
            self.claims.retain(|_, id| *id != after.id());
            self.claims.extend(after.claims().into_iter().map(|key| (key, after.id())));
            let mut facts = before.facts();
            for event in common(&events) {
                let (now, former) = (event.facts.unwrap(), event.former.unwrap());
                assert_eq!(now.before(&former), facts, "former facts lead back");
                facts = now;
            }
            assert_eq!(facts, after.facts(), "the last event tells how it is");
            assert!(!events.is_empty() || after == before, "a change without an event");
            self.customers[index] = after;
        }
    }

    /// Undoing a merge at once would leave both as they are now.
    fn check_undoing(&self, merged: &Told) {
        let [(stays, _), (gone, _)] = merged.as_slice() else { panic!("two are merged") };
        let undone = gone.undo_merge(&self.desk.context(), stays, "mistake").unwrap();
        for (after, _) in undone {
            let before = self.customers.iter().find(|one| one.id() == after.id()).unwrap();
            assert_eq!(after, *before);
        }
    }

    fn check(&self) {
        for customer in &self.customers {
            self.root(customer);
            let mut keys: Vec<_> =
                customer.contacts.iter().map(|point| point.contact.key()).collect();
            keys.sort();
            let count = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), count, "a contact point is there twice");
            for kind in ContactKind::ALL {
                let of_kind =
                    customer.contacts.iter().filter(|point| point.contact.kind() == *kind);
                assert!(of_kind.filter(|point| point.preferred).count() <= 1);
            }
            for key in customer.claims() {
                assert_eq!(self.claims.get(&key), Some(&customer.id()), "proved by two");
            }
            assert_eq!(
                customer.completeness_percent,
                self.desk.rules.completeness_percent(customer)
            );
            if customer.erased {
                assert!(customer.contacts.is_empty() && customer.profile.name.is_empty());
                assert!(customer.tokens().is_empty());
                assert!(customer.listings.values().all(|listing| listing.reason.is_empty()));
            }
        }
    }
}

proptest! {
    #[test]
    fn no_walk_breaks_a_rule(
        steps in prop::collection::vec((0..CUSTOMERS, 0u64..60, any_verb()), 0..50),
    ) {
        let mut book = Book::new();
        for (index, seconds, verb) in steps {
            book.desk.pass(seconds);
            let before = book.customers[index].clone();
            if let Ok(told) = book.act(index, &verb) {
                let undoes = matches!(verb, Verb::Undo | Verb::Expire);
                prop_assert!(!before.erased || told.iter().all(|(_, told)| told.is_empty()) || matches!(verb, Verb::Expire));
                prop_assert!(before.merged_into.is_none() || undoes, "a redirect was changed by {:?}", verb);
                if matches!(verb, Verb::Merge(_)) {
                    book.check_undoing(&told);
                }
                book.keep(told);
            }
            book.check();
        }
    }
}
