//! An order to test with, in each of its early states.

use kefu_kernel::{Money, Timestamp};
use uuid::Uuid;

use super::super::words::{
    CheckKind, CheckResult, CreditRefusal, PartyRole, PaymentKind, PaymentMethod, PaymentTerms,
};
use super::super::{
    Address, Confirm, CreditAnswer, Decision, GoodsLine, New, NewPayment, Order, OrderTypes, Party,
};
use crate::domain::Context;
pub use crate::domain::testing::names;
use crate::domain::words::Channel;

/// The moment at which everything happens, where nothing is said.
pub fn desk() -> Context<'static> {
    Context { now: at(0), actor: "person_agent" }
}

pub fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + minute * 60_000)
}

pub fn cny(minor: i64) -> Option<Money> {
    Some(Money::from_code(minor, "CNY").unwrap())
}

pub fn types() -> OrderTypes {
    OrderTypes::shipped().unwrap()
}

fn party(role: PartyRole, phone: &str) -> Party {
    let (country, city) = ("CN".into(), "Shanghai".into());
    Party {
        role,
        name: "Li Wei".into(),
        company: String::new(),
        phone: phone.into(),
        other_phone: String::new(),
        email: String::new(),
        address: Some(Address { country, city, ..Address::default() }),
        customer: None,
    }
}

fn goods(sku: &str, pieces: i32) -> GoodsLine {
    GoodsLine {
        description: "Tea".into(),
        commodity: "food".into(),
        sku: sku.into(),
        pieces,
        units: 0,
        packaging: "carton".into(),
        weight_grams: 1_000,
        length_mm: 0,
        width_mm: 0,
        height_mm: 0,
        declared_value: None,
        handling: Vec::new(),
    }
}

/// A transport, prepaid, for 100 yuan.
pub fn new() -> New {
    New {
        id: Uuid::from_u128(1).into(),
        number: 1,
        kind: "transport".into(),
        channel: Channel::Phone,
        source: "customer_line".into(),
        external_id: None,
        ticket: None,
        call: None,
        customer: Some(Uuid::from_u128(7).into()),
        parties: vec![
            party(PartyRole::Sender, "+8613800000001"),
            party(PartyRole::Receiver, "+8613800000002"),
        ],
        goods: vec![goods("T-1", 2), goods("T-2", 1)],
        declared_value: None,
        cod: None,
        price: cny(10_000),
        terms: Some(PaymentTerms::Prepaid),
        pickup_window: None,
        instructions: String::new(),
        language: "zh".into(),
        branch: None,
        fields: Default::default(),
    }
}

pub fn draft() -> Order {
    Order::create(&desk(), &types(), new(), None, Vec::new()).unwrap().0
}

/// The same with every check passed.
pub fn check_all(order: Order) -> Order {
    CheckKind::ALL.iter().fold(order, |order, kind| {
        order.record_check(&desk(), *kind, CheckResult::Passed, String::new()).unwrap().0
    })
}

pub fn confirmed() -> Order {
    check_all(draft()).confirm(&desk(), &types(), Confirm::default(), &|_| false).unwrap().0
}

/// Confirmed on account.
pub fn on_account() -> Order {
    let mut order = check_all(draft());
    order.terms = Some(PaymentTerms::OnAccount);
    let credit = Some(credit(&order, &[]));
    let with = Confirm { credit, ..Confirm::default() };
    order.confirm(&desk(), &types(), with, &|_| false).unwrap().0
}

/// Handed over, on account.
pub fn handed_over() -> Order {
    let (person, department) = (Uuid::from_u128(20).into(), Uuid::from_u128(21).into());
    on_account().hand_over(&desk(), person, department).unwrap().0
}

/// What customers answers to what the order asks now.
pub fn credit(order: &Order, refusals: &[CreditRefusal]) -> CreditAnswer {
    let question = order.credit_question().unwrap();
    CreditAnswer { question, refusals: refusals.to_vec(), asked_at: at(0) }
}

pub fn pay(order: &Order, id: u128, kind: PaymentKind, minor: i64) -> Decision {
    let new = NewPayment {
        id: Uuid::from_u128(id).into(),
        kind,
        method: PaymentMethod::Cash,
        amount: cny(minor).unwrap(),
        paid_at: None,
        source: String::new(),
        external_id: None,
        reference: String::new(),
    };
    order.record_payment(&desk(), &types(), new, &|_| true)
}

/// Where shipments are.
pub mod stands {
    use super::super::super::ShipmentOf;
    use super::at as minute;
    use crate::domain::ids::ShipmentId;
    use crate::domain::words::ShipmentStatus;

    pub fn id(number: u8) -> ShipmentId {
        uuid::Uuid::from_u128(u128::from(number) + 500).into()
    }

    pub fn at(status: ShipmentStatus) -> ShipmentOf {
        ShipmentOf {
            status,
            picked_up_at: status.is_under_way().then(|| minute(1)),
            ended_at: status.is_ended().then(|| minute(2)),
        }
    }
}
