//! Changing fields. State, specialist and decided amounts have verbs of their own and are never changed here.

use kefu_api_events::v1 as events;
use kefu_kernel::{Id, Timestamp};

use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::{BranchId, CustomerId, DepartmentId, OrderId, PersonId, ShipmentId};
use crate::domain::words::State;

use super::change::Change;
use super::create::{NewLine, check_past};
use super::{Claim, Claimant, Decided};

/// Which fields become what; none: as it is. Within a field that may be cleared, none: is cleared.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// Whose it is; not cleared once filed.
    pub customer: Option<Option<CustomerId>>,
    /// The order.
    pub order: Option<Option<OrderId>>,
    /// The shipment.
    pub shipment: Option<Option<ShipmentId>>,
    /// The carrier's code.
    pub carrier: Option<String>,
    /// The shipment's number at the carrier.
    pub waybill: Option<String>,
    /// The place the goods came from.
    pub origin_code: Option<String>,
    /// The place they went to.
    pub destination_code: Option<String>,
    /// The branch it belongs to.
    pub branch: Option<Option<BranchId>>,
    /// The outlet or department that it is about.
    pub department: Option<Option<DepartmentId>>,
    /// The customer's contact; not cleared.
    pub contact: Option<PersonId>,
    /// Who claims, as a whole; not cleared once filed.
    pub claimant: Option<Option<Claimant>>,
    /// What happened.
    pub description: Option<String>,
    /// The claimant's language.
    pub language: Option<String>,
    /// When the loss happened.
    pub occurred_at: Option<Option<Timestamp>>,
    /// When it was noticed.
    pub discovered_at: Option<Option<Timestamp>>,
    /// What brought it about.
    pub cause: Option<String>,
    /// What is claimed; all lines are replaced.
    pub lines: Option<Vec<NewLine>>,
}

impl Claim {
    /// Changes fields. What becomes what it is already is no change. What is claimed, by whom and on which shipment
    /// changes only before the assessment and before anything was decided or set aside.
    pub fn update(&self, context: &Context<'_>, patch: Patch) -> Decided {
        let mut change = Change::begin(self, context)?;
        if change.claim.state.is_over() {
            return Err(Error::StateRefuses(change.claim.state));
        }
        let before = change.claim.clone();
        let on_the_loss = patch.lines.is_some()
            || patch.claimant.is_some()
            || patch.customer.is_some()
            || patch.shipment.is_some();
        check_past("claim.occurred_at", patch.occurred_at.flatten(), change.now)?;
        check_past("claim.discovered_at", patch.discovered_at.flatten(), change.now)?;
        if let Some(lines) = patch.lines.clone() {
            change.claim.lines = change.lines(lines)?;
        }
        change.claim.apply(patch);
        if on_the_loss && change.claim.on_the_loss() != before.on_the_loss() && before.is_weighed()
        {
            return Err(Error::StateRefuses(change.claim.state));
        }
        change.claim.check_still_filed()?;
        if change.claim != before {
            change.tell(events::ClaimUpdated::default());
        }
        change.done()
    }

    fn apply(&mut self, patch: Patch) {
        let about = &mut self.about;
        set(&mut about.customer, patch.customer);
        set(&mut about.order, patch.order);
        set(&mut about.shipment, patch.shipment);
        set(&mut about.carrier, patch.carrier);
        set(&mut about.waybill, patch.waybill);
        set(&mut about.origin_code, patch.origin_code);
        set(&mut about.destination_code, patch.destination_code);
        set(&mut about.department, patch.department);
        set(&mut self.head.branch, patch.branch.map(|branch| branch.map(Id::uuid)));
        set(&mut self.contact, patch.contact.map(Some));
        set(&mut self.claimant, patch.claimant);
        set(&mut self.description, patch.description);
        set(&mut self.language, patch.language);
        set(&mut self.occurred_at, patch.occurred_at);
        set(&mut self.discovered_at, patch.discovered_at);
        set(&mut self.cause, patch.cause);
    }

    /// What the assessment and every decision rest on.
    fn on_the_loss(&self) -> impl PartialEq + '_ {
        (&self.lines, &self.claimant, self.about.customer, self.about.shipment)
    }

    /// Whether it was assessed, or something was decided, waits or was set aside.
    fn is_weighed(&self) -> bool {
        self.assessment.is_some() || !self.decisions.is_empty() || !self.ledger.postings.is_empty()
    }

    /// What a claim needs to be filed does not go away later.
    fn check_still_filed(&self) -> Result<(), Error> {
        if self.state == State::Draft {
            return Ok(());
        }
        let lacking = self.lacking();
        if lacking.is_empty() { Ok(()) } else { Err(Error::Incomplete(lacking)) }
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
