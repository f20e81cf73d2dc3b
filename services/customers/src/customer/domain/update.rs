//! Changing fields. Stage, lists, contact points and people have verbs of their own.

use std::collections::{BTreeMap, BTreeSet};

use kefu_api_events::v1 as events;
use kefu_kernel::field::{FieldValue, Fields};
use kefu_kernel::{Day, Money};

use crate::domain::quiet::QuietHours;
use kefu_api_events::Channel;

use super::change::Change;
use super::profile::{Address, Profile, YearDay};
use super::{Context, Customer, Decision};

/// Which fields become what; none: as it is.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// Its name; never empty.
    pub name: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// Its time zone.
    pub time_zone: Option<String>,
    /// Day of birth; within: none.
    pub birthday: Option<Option<YearDay>>,
    /// Further days that matter.
    pub anniversaries: Option<BTreeMap<String, YearDay>>,
    /// By which way it wants to be reached; within: none.
    pub preferred_channel: Option<Option<Channel>>,
    /// When it is not to be disturbed; within: none.
    pub quiet_hours: Option<Option<QuietHours>>,
    /// What it needs.
    pub needs: Option<String>,
    /// What it prefers.
    pub preferences: Option<String>,
    /// By which day it expects to decide; within: none.
    pub expected_on: Option<Option<Day>>,
    /// What it means to spend; within: none.
    pub budget: Option<Option<Money>>,
    /// Its tags.
    pub tags: Option<BTreeSet<String>>,
    /// The company's own fields.
    pub fields: PatchFields,
    /// Its addresses; they replace the former.
    pub addresses: Option<Vec<Address>>,
}

/// What becomes of a company's own fields.
#[derive(Clone, Debug, Default)]
pub enum PatchFields {
    /// All stay.
    #[default]
    Keep,
    /// These and no others.
    Replace(Fields),
    /// These become so; none within: is cleared.
    Set(BTreeMap<String, Option<FieldValue>>),
}

impl Customer {
    /// Changes fields. What becomes what it is already is no change.
    ///
    /// # Errors
    ///
    /// `Invalid` and `Fields`, each with everything that is wrong.
    pub fn update(&self, context: &Context<'_>, patch: Patch) -> Decision {
        let mut change = Change::begin(self, context)?;
        let profile = &mut change.customer.profile;
        patch.apply(profile);
        profile.keep_address_ids(&self.profile.addresses);
        if change.customer == *self {
            return change.done();
        }
        context.rules.check(&change.customer)?;
        change.tell(events::CustomerUpdated::default());
        change.done()
    }
}

impl Patch {
    /// The profile that it makes of nothing: for a new customer.
    pub fn into_profile(self) -> Profile {
        let mut profile = Profile::default();
        self.apply(&mut profile);
        profile
    }

    fn apply(self, profile: &mut Profile) {
        set(&mut profile.name, self.name);
        set(&mut profile.language, self.language);
        set(&mut profile.time_zone, self.time_zone);
        set(&mut profile.birthday, self.birthday);
        set(&mut profile.anniversaries, self.anniversaries);
        set(&mut profile.preferred_channel, self.preferred_channel);
        set(&mut profile.quiet_hours, self.quiet_hours);
        set(&mut profile.needs, self.needs);
        set(&mut profile.preferences, self.preferences);
        set(&mut profile.expected_on, self.expected_on);
        set(&mut profile.budget, self.budget);
        set(&mut profile.tags, self.tags);
        set(&mut profile.addresses, self.addresses);
        match self.fields {
            PatchFields::Keep => {}
            PatchFields::Replace(fields) => profile.fields = fields,
            PatchFields::Set(values) => {
                for (code, value) in values {
                    match value {
                        Some(value) => profile.fields.insert(code, value),
                        None => profile.fields.remove(&code),
                    };
                }
            }
        }
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
