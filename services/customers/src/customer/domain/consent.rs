//! What a customer allows and forbids. Everything that was said is kept; what holds is what was said last.

use kefu_api_events::v1 as events;
use kefu_api_events::wire;
use kefu_kernel::{NewEvent, Timestamp};

use kefu_api_events::Channel;

use super::change::Change;
use super::{Context, Customer, Error};

/// What was said of one channel and purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Whether it is allowed.
    pub granted: bool,
    /// When the customer said so.
    pub said_at: Timestamp,
    /// How it was given: a code.
    pub evidence: String,
}

/// Something that a customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentSaid {
    /// By which way it may be reached or not.
    pub channel: Channel,
    /// For what: a code.
    pub purpose: String,
    /// What was said.
    pub consent: Consent,
}

impl Customer {
    /// Records what a customer allows or forbids: answers also what goes into its history. What was said
    /// before what is known already goes into the history only.
    ///
    /// # Errors
    ///
    /// [`Error::TimeOutOfRange`] where it was said in the future.
    pub fn record_consent(
        &self,
        context: &Context<'_>,
        said: ConsentSaid,
    ) -> Result<(Self, Vec<NewEvent>, ConsentSaid), Error> {
        let mut change = Change::begin(self, context)?;
        if said.consent.said_at > change.now {
            let what = "cannot be in the future";
            return Err(Error::TimeOutOfRange { field: "said_at", what });
        }
        let key = (said.channel, said.purpose.clone());
        let known = change.customer.consents.get(&key);
        if known.is_none_or(|known| known.said_at <= said.consent.said_at) {
            change.customer.consents.insert(key, said.consent.clone());
        }
        change.tell(events::CustomerConsentRecorded {
            channel: events::Channel::from(said.channel).into(),
            purpose: said.purpose.clone(),
            granted: said.consent.granted,
            said_at: Some(wire::timestamp(said.consent.said_at)),
            ..Default::default()
        });
        let (customer, told) = change.done()?;
        Ok((customer, told, said))
    }

    /// What the customer said of being reached this way for this; none: nothing.
    pub fn consent(&self, channel: Channel, purpose: &str) -> Option<&Consent> {
        self.consents.get(&(channel, purpose.to_owned()))
    }
}
