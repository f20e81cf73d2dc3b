//! Taking an order, as a draft.

use kefu_api_events::v1 as events;
use kefu_kernel::field::{self, Fields};
use kefu_kernel::{Head, Id, Money};

use super::change::Change;
use super::content::{check_goods, check_parties, not_negative, positive};
use super::words::{OrderState, PaymentTerms};
use super::{
    CreditAnswer, Decision, GoodsLine, Order, OrderType, OrderTypes, Party, PickupWindow, duplicate,
};
use crate::domain::ids::{BranchId, CallId, CustomerId, OrderId, TicketId};
use crate::domain::words::Channel;
use crate::domain::{Context, Error};

/// What is known of a new order.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id.
    pub id: OrderId,
    /// The number that people read out.
    pub number: i64,
    /// The code of its type.
    pub kind: String,
    /// By which way it came.
    pub channel: Channel,
    /// From where it came; empty: unknown.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// The ticket that asked for it.
    pub ticket: Option<TicketId>,
    /// The call that it is taken in.
    pub call: Option<CallId>,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// Who sends, receives, pays and is to be told.
    pub parties: Vec<Party>,
    /// What is carried.
    pub goods: Vec<GoodsLine>,
    /// What the goods are worth, as declared.
    pub declared_value: Option<Money>,
    /// What is to be collected from the receiver for the customer.
    pub cod: Option<Money>,
    /// What it costs the customer.
    pub price: Option<Money>,
    /// How it is to be paid.
    pub terms: Option<PaymentTerms>,
    /// When it is to be picked up.
    pub pickup_window: Option<PickupWindow>,
    /// What whoever carries it has to mind.
    pub instructions: String,
    /// BCP 47 tag of the customer's language.
    pub language: String,
    /// The branch it belongs to.
    pub branch: Option<BranchId>,
    /// The fields of its type.
    pub fields: Fields,
}

impl Order {
    /// Takes an order, as a draft. An answer of customers refuses nothing yet. `alike` are orders with one of
    /// its [`Order::fingerprints_of`] within a day.
    ///
    /// # Errors
    ///
    /// An unknown type; fields that are not of it; parties, goods, amounts or a window that cannot be.
    pub fn create(
        context: &Context<'_>,
        types: &OrderTypes,
        new: New,
        credit: Option<CreditAnswer>,
        alike: Vec<OrderId>,
    ) -> Decision {
        let kind = types.get(&new.kind)?;
        let mut order = Self::blank(context, new);
        order.check_content(kind)?;
        order.credit = credit.map(Into::into);
        order.possible_duplicates = alike;
        order.possible_duplicates.retain(|other| *other != order.head.id.into());
        order.possible_duplicates.truncate(duplicate::MOST);
        let mut change = Change::new(order, context);
        change.tell_created();
        change.done()
    }

    /// The draft as it is given, before anything is looked at.
    pub fn blank(context: &Context<'_>, new: New) -> Self {
        Self {
            head: Head::new(new.id.uuid(), new.branch.map(Id::uuid), context.now),
            number: new.number,
            kind: new.kind,
            state: OrderState::Draft,
            channel: new.channel,
            source: new.source,
            external_id: new.external_id,
            customer: new.customer,
            ticket: new.ticket,
            call: new.call,
            department: None,
            salesperson: None,
            terms: new.terms,
            price: new.price,
            declared_value: new.declared_value,
            cod: new.cod,
            pickup_window: new.pickup_window,
            language: new.language,
            parties: new.parties,
            goods: new.goods,
            instructions: new.instructions,
            fields: new.fields,
            checks: std::collections::BTreeMap::new(),
            credit: None,
            payments: Vec::new(),
            possible_duplicates: Vec::new(),
            fingerprints: Vec::new(),
            shipments: std::collections::BTreeMap::new(),
            historic: false,
            created_by: context.actor.to_owned(),
            confirmed_at: None,
            handed_over_at: None,
            picked_up_at: None,
            ended_at: None,
            cancel_reason: String::new(),
            cancel_note: String::new(),
        }
    }

    /// Refuses what cannot be in an order of this type.
    pub(super) fn check_content(&self, kind: &OrderType) -> Result<(), Error> {
        let of = format!("type `{}`", kind.code);
        field::check_values(&kind.fields, &of, &self.fields)?;
        check_parties(&self.parties)?;
        not_negative("price", self.price)?;
        not_negative("declared_value", self.declared_value)?;
        positive("cod_amount", self.cod)?;
        check_goods(&self.goods, self.declared_value)?;
        self.pickup_window.as_ref().map_or(Ok(()), PickupWindow::check)
    }
}

impl Change<'_> {
    /// Tells that the order was taken.
    pub(super) fn tell_created(&mut self) {
        let order = &self.order;
        let duplicates = order.possible_duplicates.iter().map(ToString::to_string);
        let payload = events::OrderCreated {
            number: order.number,
            external_id: order.external_id.clone(),
            ticket_id: order.ticket.map(|ticket| ticket.to_string()),
            call_id: order.call.map(|call| call.to_string()),
            possible_duplicate_ids: duplicates.collect(),
            language: order.language.clone(),
            ..Default::default()
        };
        self.tell(payload);
    }
}
