//! The reasons that scans can be given: a party and a word, with what each asks for. Shipped as data in
//! `reasons.toml`; a code map names them, people read their names.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::words::{NextStep, ResponsibleParty};

const SHIPPED: &str = include_str!("reasons.toml");

static REASONS: LazyLock<Reasons> = LazyLock::new(|| Reasons::parse(SHIPPED).unwrap_or_default());

/// All reasons, by code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasons(BTreeMap<String, Reason>);

/// Why a shipment is not where it should be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Its code: a party and a word, such as `carrier.damaged`.
    pub code: String,
    /// What it is called, by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// Who has to answer for it.
    pub responsible: ResponsibleParty,
    /// Whether somebody has to do something before it goes on.
    #[serde(default)]
    pub action_required: bool,
    /// Whether the customer may be told of it.
    #[serde(default = "yes")]
    pub customer_visible: bool,
    /// What it asks to be done.
    pub next_step: NextStep,
    /// Whether the promise of delivery stands still meanwhile.
    #[serde(default)]
    pub pauses_promise: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "reason")]
    reasons: Vec<Reason>,
}

impl Reasons {
    /// The reasons that Kefu ships.
    pub fn shipped() -> &'static Self {
        &REASONS
    }

    /// Reasons written in TOML; says what is wrong with them otherwise.
    ///
    /// # Errors
    ///
    /// A sentence.
    pub fn parse(toml: &str) -> Result<Self, String> {
        let file: File = toml::from_str(toml).map_err(|error| format!("reasons: {error}"))?;
        let count = file.reasons.len();
        let named = |reason: Reason| (reason.code.clone(), reason);
        let reasons: BTreeMap<String, Reason> = file.reasons.into_iter().map(named).collect();
        if reasons.len() == count {
            Ok(Self(reasons))
        } else {
            Err("a reason is there twice".into())
        }
    }

    /// The reason with this code.
    pub fn get(&self, code: &str) -> Option<&Reason> {
        self.0.get(code)
    }

    /// All of them, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Reason> {
        self.0.values()
    }
}

fn yes() -> bool {
    true
}
