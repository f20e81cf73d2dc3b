//! Policies: rules that turn what happened into revisits that are owed. They are data; each change makes the
//! next version, and a revisit keeps the one it was made by.

use std::collections::{BTreeMap, BTreeSet};

use kefu_api_events::{event, v1 as events};
use kefu_kernel::field::check_names;
use kefu_kernel::id::Uuid;
use kefu_kernel::{FieldViolation, Head, InvalidFields, NewEvent, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::Context;
use kefu_api_events::Channel;

use super::Error;
use super::words::{Occasion, Verdict};

/// The policies that Kefu ships: what a new installation begins with.
const SHIPPED: &str = include_str!("policies.toml");

/// A rule that owes revisits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Identity and version of the record.
    pub head: Head,
    /// Its code, unique.
    pub code: String,
    /// Its version, from 1.
    pub version: i32,
    /// What it says.
    pub rule: Rule,
}

/// What a policy says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name by BCP 47 language.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// What it follows on.
    pub occasion: Occasion,
    /// When it holds, in CEL over the facts of the event; empty: always.
    #[serde(default)]
    pub condition: String,
    /// How many of the occasions lead to a revisit, 1 to 100 percent; drawn by the subject's id.
    #[serde(default = "all")]
    pub share_percent: u8,
    /// Counted days from the occasion until it may be made: 0 is the day itself.
    #[serde(default)]
    pub opens_after_days: u16,
    /// By the end of which counted day it is due, the occasion's day being day 1.
    pub due_day: u16,
    /// Ways to reach the customer, the first to be tried first; never empty.
    #[serde(default = "phone")]
    pub channels: Vec<Channel>,
    /// After how many attempts that bring nothing it is given up: 1 to 20.
    #[serde(default = "three")]
    pub max_attempts: u8,
    /// The questions, in order.
    #[serde(default)]
    pub script: Vec<Question>,
    /// Whether it makes revisits now.
    #[serde(default = "yes")]
    pub active: bool,
}

/// A question of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its code within the script.
    pub code: String,
    /// What is asked, by BCP 47 language.
    pub texts: BTreeMap<String, String>,
    /// After which verdicts it is asked; none: always.
    #[serde(default)]
    pub verdicts: BTreeSet<Verdict>,
    /// Whether a revisit that asked it must have an answer.
    #[serde(default)]
    pub required: bool,
    /// Codes of the answers to choose from; none: free text.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// The policies that are shipped contradict themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the shipped policies of revisits: {0}")]
pub struct PoliciesError(String);

/// What a verb comes to: the policy as it becomes, and the events that tell of it.
pub type PolicyDecision = Result<(Policy, Vec<NewEvent>), Error>;

impl Policy {
    /// Adds a policy, in its first version.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with everything that is wrong with the rule.
    pub fn create(context: &Context<'_>, id: Uuid, code: String, rule: Rule) -> PolicyDecision {
        rule.check()?;
        let policy = Self { head: Head::new(id, None, context.now), code, version: 1, rule };
        let told = policy.told(Vec::new());
        Ok((policy, told))
    }

    /// Makes its next version. The same rule again is no change.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with everything that is wrong with the rule.
    pub fn update(&self, rule: Rule) -> PolicyDecision {
        rule.check()?;
        let changed = self.rule.changed(&rule);
        if changed.is_empty() {
            return Ok((self.clone(), Vec::new()));
        }
        let policy = Self { version: self.version + 1, rule, ..self.clone() };
        let told = policy.told(changed);
        Ok((policy, told))
    }

    /// The policies that Kefu ships, by code, as of `now`; each with the id that `id` makes for it.
    ///
    /// # Errors
    ///
    /// Never: the tests read them.
    pub fn shipped(
        now: Timestamp,
        mut id: impl FnMut() -> Uuid,
    ) -> Result<Vec<Self>, PoliciesError> {
        let rules: BTreeMap<String, Rule> =
            toml::from_str(SHIPPED).map_err(|error| PoliciesError(error.message().to_owned()))?;
        let made = rules.into_iter().map(|(code, rule)| {
            rule.check().map_err(|wrong| PoliciesError(format!("`{code}`: {wrong}")))?;
            check_names(&format!("`{code}`"), &rule.names).map_err(PoliciesError)?;
            for question in &rule.script {
                let what = format!("question `{}` of `{code}`", question.code);
                check_names(&what, &question.texts).map_err(PoliciesError)?;
            }
            Ok(Self { head: Head::new(id(), None, now), code, version: 1, rule })
        });
        made.collect()
    }

    fn told(&self, changed: Vec<String>) -> Vec<NewEvent> {
        let payload = events::RevisitPolicyChanged {
            code: self.code.clone(),
            version: self.version,
            occasion: events::RevisitOccasion::from(self.rule.occasion).into(),
            active: self.rule.active,
        };
        vec![event(&payload, changed)]
    }
}

impl Rule {
    /// Says everything that is wrong with it.
    ///
    /// # Errors
    ///
    /// That.
    pub fn check(&self) -> Result<(), InvalidFields> {
        let mut wrong = Vec::new();
        let mut refuse = |when: bool, field: &str, reason: &str, what: &str| {
            if when {
                wrong.push(FieldViolation::new(format!("policy.{field}"), reason, what));
            }
        };
        let share = (1..=100).contains(&self.share_percent);
        refuse(!share, "share_percent", "range", "must be 1 to 100");
        let day = (1..=366).contains(&self.due_day);
        refuse(!day, "due_day", "range", "must be 1 to 366");
        let late = self.opens_after_days >= self.due_day;
        refuse(late, "opens_after_days", "order", "must be before the day by which it is due");
        refuse(self.channels.is_empty(), "channels", "required", "must name one at least");
        let attempts = (1..=20).contains(&self.max_attempts);
        refuse(!attempts, "max_attempts", "range", "must be 1 to 20");
        let mut codes = BTreeSet::new();
        for (index, question) in self.script.iter().enumerate() {
            let field = format!("script[{index}].code");
            refuse(!codes.insert(&question.code), &field, "unique", "is there twice");
        }
        if wrong.is_empty() { Ok(()) } else { Err(InvalidFields(wrong)) }
    }

    /// Names of the fields that differ, as the proto spells them.
    fn changed(&self, now: &Self) -> Vec<String> {
        [
            ("names", self.names != now.names),
            ("occasion", self.occasion != now.occasion),
            ("condition", self.condition != now.condition),
            ("share_percent", self.share_percent != now.share_percent),
            ("opens_after_days", self.opens_after_days != now.opens_after_days),
            ("due_day", self.due_day != now.due_day),
            ("channels", self.channels != now.channels),
            ("max_attempts", self.max_attempts != now.max_attempts),
            ("script", self.script != now.script),
            ("active", self.active != now.active),
        ]
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}

impl Question {
    /// Whether it is asked of who said this.
    pub fn is_asked(&self, verdict: Verdict) -> bool {
        self.verdicts.is_empty() || self.verdicts.contains(&verdict)
    }
}

fn all() -> u8 {
    100
}

fn three() -> u8 {
    3
}

fn yes() -> bool {
    true
}

fn phone() -> Vec<Channel> {
    vec![Channel::Phone]
}
