//! Registering, changing, consent, stages, lists and what is wanted.

use kefu_api_events::v1 as events;
use kefu_kernel::field::FieldValue;
use kefu_kernel::{Currency, Fault, Money};
use proptest::prelude::*;

use super::support::{Desk, names, only};
use crate::customer::domain::words::{ContactKind, List, Stage};
use crate::customer::domain::{
    Address, Consent, ConsentSaid, Customer, Patch, PatchFields, ProfileRules, YearDay,
};
use kefu_api_events::Channel;

const HOUR: u64 = 3600;

fn patch(name: &str) -> Patch {
    Patch { name: Some(name.into()), ..Patch::default() }
}

#[test]
fn a_registered_customer_tells_what_is_true_of_it() {
    let mut desk = Desk::new();
    let mut new = desk.person("Li Wei");
    new.branch = Some(desk.id());
    new.specialist = Some(desk.id());
    (new.source, new.external_id) = ("shop".into(), Some("17".into()));
    let expected = new.clone();
    let (li, told) = Customer::create(&desk.context(), new).unwrap();
    let created: events::CustomerCreated = only(&told);
    let facts = created.facts.unwrap();
    assert_eq!((created.number, created.external_id.as_deref()), (li.number, Some("17")));
    assert_eq!(
        (facts.kind(), facts.stage()),
        (events::CustomerKind::Person, events::LifecycleStage::Prospect)
    );
    assert_eq!(facts.branch_id, expected.branch.unwrap().to_string());
    assert_eq!(facts.specialist_id, expected.specialist.unwrap().to_string());
    assert_eq!((facts.source.as_str(), facts.completeness_percent), ("shop", 12));
    assert!(created.former.is_none());
}

#[test]
fn what_cannot_be_is_not_registered() {
    let mut desk = Desk::new();
    let mut refused = |spoil: &dyn Fn(&mut crate::customer::domain::New, &Desk)| {
        let mut new = desk.person("Li Wei");
        spoil(&mut new, &desk);
        let error = Customer::create(&desk.context(), new).unwrap_err();
        let field = error.field_violations().first().map(|violation| violation.field.clone());
        (error.reason(), field.unwrap_or_default())
    };
    let told = |reason, field: &str| (reason, field.to_owned());
    assert_eq!(refused(&|new, _| new.profile.name = " ".into()), told("VALIDATION_FAILED", "name"));
    assert_eq!(
        refused(&|new, _| new.profile.time_zone = "Mars/Base".into()),
        told("VALIDATION_FAILED", "time_zone")
    );
    assert_eq!(
        refused(&|new, _| new.profile.budget = Some(Money::new(-1, Currency::CNY))),
        told("VALIDATION_FAILED", "budget")
    );
    assert_eq!(
        refused(&|new, _| new.external_id = Some("1".into())),
        told("VALIDATION_FAILED", "source")
    );
    assert_eq!(
        refused(
            &|new, desk| new.created_at = Some(desk.now.plus(std::time::Duration::from_secs(1)))
        ),
        told("TIME_OUT_OF_RANGE", "created_at")
    );
    assert_eq!(
        refused(&|new, _| {
            new.profile.fields.insert("shoe".into(), FieldValue::Integer(43));
        }),
        told("CUSTOM_FIELD_INVALID", "fields.shoe")
    );
}

#[test]
fn an_update_tells_which_fields_changed_and_nothing_where_none_did() {
    let mut desk = Desk::new();
    let li = desk.registered("Li Wei");
    assert!(li.update(&desk.context(), patch("Li Wei")).unwrap().1.is_empty());
    let language = Patch { language: Some("zh".into()), ..patch("Li Weiguo") };
    let (li, told) = li.update(&desk.context(), language).unwrap();
    assert_eq!(told[0].changed, ["completeness_percent", "name", "language"]);
    let updated: events::CustomerUpdated = only(&told);
    assert_eq!(updated.former.unwrap().language.as_deref(), Some(""));
    assert_eq!(li.update(&desk.context(), patch("")).unwrap_err().reason(), "VALIDATION_FAILED");
}

#[test]
fn an_address_that_stays_keeps_its_id() {
    let mut desk = Desk::new();
    let mut address = |street: &str| Address {
        id: desk.id(),
        label: "home".into(),
        recipient: String::new(),
        street: street.into(),
        city: "Wuhan".into(),
        region: String::new(),
        postal_code: "430000".into(),
        country: "CN".into(),
        phone: String::new(),
    };
    let (old, again, new) = (address("Lake 1"), address("Lake 1"), address("Lake 2"));
    let li = desk.registered("Li Wei");
    let addresses = |list: Vec<Address>| Patch { addresses: Some(list), ..Patch::default() };
    let (li, _) = li.update(&desk.context(), addresses(vec![old.clone()])).unwrap();
    let (li, told) = li.update(&desk.context(), addresses(vec![new.clone(), again])).unwrap();
    assert_eq!(li.profile.addresses, [new, old]);
    assert_eq!(told[0].changed, ["addresses"]);
}

#[test]
fn own_fields_are_set_cleared_and_replaced() {
    let mut desk = Desk::new();
    desk.rules = ProfileRules::parse(
        "wanted = []\n[[fields]]\ncode = 'shoe'\nkind = 'integer'\n\
         names = { en = 'Shoe', es = 'Zapato', zh = '鞋' }\n[[fields]]\ncode = 'size'\n\
         names = { en = 'Size', es = 'Talla', zh = '尺码' }\n\
         kind = 'choice'\nchoices = ['s', 'm']\n",
    )
    .unwrap();
    let li = desk.registered("Li Wei");
    let set = |values: &[(&str, Option<FieldValue>)]| {
        let values = values.iter().map(|(code, value)| ((*code).to_owned(), value.clone()));
        Patch { fields: PatchFields::Set(values.collect()), ..Patch::default() }
    };
    let size = |code: &str| Some(FieldValue::Choice(code.into()));
    let (li, told) = li
        .update(
            &desk.context(),
            set(&[("shoe", Some(FieldValue::Integer(43))), ("size", size("s"))]),
        )
        .unwrap();
    assert_eq!(told[0].changed, ["fields.shoe", "fields.size"]);
    let (li, _) = li.update(&desk.context(), set(&[("shoe", None)])).unwrap();
    assert_eq!(li.profile.fields.keys().collect::<Vec<_>>(), ["size"]);
    for wrong in [("size", size("xl")), ("size", Some(FieldValue::Flag(true))), ("hat", size("s"))]
    {
        let error = li.update(&desk.context(), set(&[wrong])).unwrap_err();
        assert_eq!(error.reason(), "CUSTOM_FIELD_INVALID");
    }
    let all = Patch { fields: PatchFields::Replace([].into()), ..Patch::default() };
    assert!(li.update(&desk.context(), all).unwrap().0.profile.fields.is_empty());
}

#[test]
fn what_is_wanted_and_unknown_is_named() {
    let mut desk = Desk::new();
    let mut li = desk.registered("Li Wei");
    let gaps = |li: &Customer, desk: &Desk| desk.rules.missing(li);
    assert_eq!(gaps(&li, &desk).len(), 7);
    let point = desk.point(ContactKind::Phone, "13812345678", false);
    let id = point.id;
    li = li.add_contact(&desk.context(), point).unwrap().0;
    assert!(gaps(&li, &desk).contains(&"verified_phone".to_owned()));
    li = li.verify_contact(&desk.context(), id, "code_sent").unwrap().0;
    assert!(!gaps(&li, &desk).contains(&"verified_phone".to_owned()));
    assert_eq!(li.completeness_percent, 25);
}

#[test]
fn data_that_contradicts_itself_is_refused() {
    for wrong in [
        "wanted = [{ field = 'shoe' }]",
        "wanted = [{ field = 'name' }, { field = 'name' }]",
        "wanted = [{ field = 'fields.shoe' }]",
        "wanted = []\nfields = [{ code = 'a', kind = 'flag', names = {} }]",
        "wanted = 7",
    ] {
        assert!(ProfileRules::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_day_of_the_year_may_lack_its_year() {
    for text in ["1980-02-29", "--02-29", "2026-12-31"] {
        assert_eq!(text.parse::<YearDay>().unwrap().to_string(), text);
    }
    assert_eq!("--02-29".parse::<YearDay>().unwrap().year(), None);
    for text in ["1981-02-29", "--02-30", "--13-01", "", "2026", "2026-1x-01"] {
        assert!(text.parse::<YearDay>().is_err(), "{text}");
    }
}

#[test]
fn a_stage_is_told_once() {
    let mut desk = Desk::new();
    let li = desk.registered("Li Wei");
    let (li, told) = li.set_stage(&desk.context(), Stage::Member, "card").unwrap();
    let changed: events::CustomerStageChanged = only(&told);
    assert_eq!(changed.former.unwrap().stage, Some(events::LifecycleStage::Prospect.into()));
    assert!(li.set_stage(&desk.context(), Stage::Member, "card").unwrap().1.is_empty());
}

#[test]
fn a_customer_is_given_to_somebody_once() {
    let mut desk = Desk::new();
    let (li, anna, branch) = (desk.registered("Li Wei"), desk.id(), desk.id());
    let (li, told) = li.assign(&desk.context(), Some(anna), Some(branch)).unwrap();
    assert_eq!(told[0].changed, ["branch_id", "specialist_id"]);
    let error = li.assign(&desk.context(), Some(anna), None).unwrap_err();
    assert_eq!(error.reason(), "ALREADY_ASSIGNED");
    assert_eq!(li.assign(&desk.context(), None, None).unwrap().0.branch(), Some(branch));
}

#[test]
fn a_time_on_a_list_ends() {
    let mut desk = Desk::new();
    let li = desk.registered("Li Wei");
    let until = desk.now.plus(std::time::Duration::from_secs(HOUR));
    let (li, _) = li.put_on_list(&desk.context(), List::Vip, "spends".into(), Some(until)).unwrap();
    let (li, told) = li.put_on_list(&desk.context(), List::Blocked, "".into(), None).unwrap();
    assert!(only::<events::CustomerListed>(&told).facts.unwrap().blocked);
    assert_eq!(li.wakes_at(), Some(until));
    assert!(li.expire_listings(&desk.context()).unwrap().1.is_empty());
    desk.pass(HOUR);
    let (li, told) = li.expire_listings(&desk.context()).unwrap();
    let over: events::CustomerUnlisted = only(&told);
    assert_eq!((over.list(), over.facts.unwrap().vip), (events::CustomerList::Vip, false));
    assert_eq!(li.wakes_at(), None);
    let error = li.take_off_list(&desk.context(), List::Vip).unwrap_err();
    assert_eq!(error.reason(), "RESOURCE_NOT_FOUND");
    assert_eq!(
        names(&li.take_off_list(&desk.context(), List::Blocked).unwrap().1),
        ["CustomerUnlisted"]
    );
    let past = li.put_on_list(&desk.context(), List::Vip, "".into(), Some(desk.now));
    assert_eq!(past.unwrap_err().reason(), "TIME_OUT_OF_RANGE");
}

proptest! {
    #[test]
    fn what_was_said_last_holds_in_whatever_order_it_is_recorded(
        said in prop::collection::vec((0u64..50, any::<bool>()), 1..12),
    ) {
        let mut desk = Desk::new();
        let mut li = desk.registered("Li Wei");
        let began = desk.now;
        desk.pass(50);
        let mut history = Vec::new();
        for (seconds, granted) in said {
            let said_at = began.plus(std::time::Duration::from_secs(seconds));
            let consent = Consent { granted, said_at, evidence: "call".into() };
            let said = ConsentSaid { channel: Channel::Phone, purpose: "revisit".into(), consent };
            let (after, told, entry) = li.record_consent(&desk.context(), said).unwrap();
            prop_assert_eq!(names(&told), ["CustomerConsentRecorded"]);
            history.push(entry.consent);
            li = after;
        }
        let last = history.iter().max_by_key(|consent| consent.said_at);
        prop_assert_eq!(li.consent(Channel::Phone, "revisit"), last);
        prop_assert_eq!(li.consent(Channel::Email, "revisit"), None);
    }
}

#[test]
fn nothing_is_said_in_the_future() {
    let mut desk = Desk::new();
    let li = desk.registered("Li Wei");
    let said_at = desk.now.plus(std::time::Duration::from_millis(1));
    let consent = Consent { granted: true, said_at, evidence: "call".into() };
    let said = ConsentSaid { channel: Channel::Phone, purpose: "revisit".into(), consent };
    let error = li.record_consent(&desk.context(), said).unwrap_err();
    assert_eq!(error.reason(), "TIME_OUT_OF_RANGE");
}
