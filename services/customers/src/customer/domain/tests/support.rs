//! A desk to test at: what is wanted, a clock that tests move, ids, and short forms.

use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_kernel::{Id, NewEvent, Timestamp};
use prost::{Message, Name};
use uuid::Uuid;

use crate::customer::domain::words::{ContactKind, Kind, Stage};
use crate::customer::domain::{
    Contact, Context, Country, Customer, New, NewContactPoint, Profile, ProfileRules,
};

pub struct Desk {
    pub rules: ProfileRules,
    pub now: Timestamp,
    made: u128,
}

impl Desk {
    pub fn new() -> Self {
        let rules = ProfileRules::shipped().unwrap();
        Self { rules, now: Timestamp::from_millis(1_795_000_000_000), made: 0 }
    }

    pub fn context(&self) -> Context<'_> {
        Context { rules: &self.rules, now: self.now, actor: "person_agent" }
    }

    pub fn id<I: Id>(&mut self) -> I {
        self.made += 1;
        I::from(Uuid::from_u128(self.made))
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    /// What is known of a new person.
    pub fn person(&mut self, name: &str) -> New {
        New {
            id: self.id(),
            number: i64::try_from(self.made).unwrap(),
            kind: Kind::Person,
            stage: Stage::Prospect,
            source: String::new(),
            external_id: None,
            branch: None,
            specialist: None,
            profile: Profile { name: name.into(), ..Profile::default() },
            contacts: Vec::new(),
            created_at: None,
        }
    }

    /// A registered person.
    pub fn registered(&mut self, name: &str) -> Customer {
        let new = self.person(name);
        Customer::create(&self.context(), new).unwrap().0
    }

    /// A contact point that is to be added.
    pub fn point(&mut self, kind: ContactKind, text: &str, verified: bool) -> NewContactPoint {
        let (id, contact) = (self.id(), contact(kind, text));
        NewContactPoint { id, contact, label: String::new(), verified, preferred: false }
    }
}

/// A contact as somebody in China writes it.
pub fn contact(kind: ContactKind, text: &str) -> Contact {
    Contact::read(kind, text, Country::new("CN").unwrap()).unwrap()
}

/// Short names of events, in order.
pub fn names(events: &[NewEvent]) -> Vec<&str> {
    events.iter().map(|event| event.type_name.rsplit('.').next().unwrap()).collect()
}

/// The only event.
pub fn only<P: Message + Name + Default>(events: &[NewEvent]) -> P {
    let [event] = events else { panic!("one event, not {:?}", names(events)) };
    assert_eq!(event.type_name, P::full_name());
    P::decode(event.payload.as_slice()).unwrap()
}

/// What all customer events have in common, of each of them.
pub fn common(events: &[NewEvent]) -> Vec<events::AnyCustomerEvent> {
    let any =
        |event: &NewEvent| events::AnyCustomerEvent::decode(event.payload.as_slice()).unwrap();
    events.iter().map(any).collect()
}
