//! What each type of claim asks for, as data: what has to be handed in, how long it may take to file and to appeal.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kefu_kernel::field::{check_code, check_names};
use serde::Deserialize;

use super::words::ClaimType;

/// The types that Kefu ships.
const SHIPPED: &str = include_str!("types.toml");

/// What a type of claim asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeRules {
    /// The type.
    #[serde(rename = "type")]
    pub kind: ClaimType,
    /// Its name by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// For how many days after the loss was noticed, or else happened, it may be filed.
    pub filing_days: u32,
    /// How often it may be appealed.
    pub appeals_allowed: i32,
    /// For how many days after a decision it may be appealed.
    pub appeal_days: u32,
    /// Whether a signed release is asked for before it is settled.
    #[serde(default)]
    pub release_required: bool,
    /// What has to be handed in.
    #[serde(default)]
    pub checklist: Vec<Asked>,
}

/// Something that a type of claim asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Its code.
    pub code: String,
    /// Its name by BCP 47 language.
    pub names: BTreeMap<String, String>,
    /// Whether it must be there, or waived, before the assessment.
    #[serde(default)]
    pub required: bool,
    /// Kinds of evidence that answer it.
    pub evidence_kinds: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "claim_type")]
    types: Vec<TypeRules>,
}

impl TypeRules {
    /// The types that Kefu ships, each once; says what is wrong with them otherwise.
    pub fn shipped() -> Result<Vec<Self>, String> {
        Self::parse(SHIPPED)
    }

    /// Types written in TOML; says what is wrong with them otherwise.
    pub fn parse(toml: &str) -> Result<Vec<Self>, String> {
        let file: File = toml::from_str(toml).map_err(|error| error.to_string())?;
        let kinds: BTreeSet<ClaimType> = file.types.iter().map(|rules| rules.kind).collect();
        if kinds.len() != file.types.len() || kinds.len() != ClaimType::ALL.len() {
            return Err("every type of claim is there once".to_owned());
        }
        for rules in &file.types {
            let wrong = |what: String| format!("type `{}`: {what}", rules.kind.name());
            rules.check().map_err(wrong)?;
        }
        Ok(file.types)
    }

    /// How long it may be filed.
    pub fn filing_time(&self) -> Duration {
        days(self.filing_days)
    }

    /// How long it may be appealed.
    pub fn appeal_time(&self) -> Duration {
        days(self.appeal_days)
    }

    /// An item of its checklist.
    pub fn item(&self, code: &str) -> Option<&Asked> {
        self.checklist.iter().find(|item| item.code == code)
    }

    fn check(&self) -> Result<(), String> {
        check_names("the type", &self.names)?;
        let mut codes = BTreeSet::new();
        for item in &self.checklist {
            check_code(&item.code)?;
            check_names(&format!("item `{}`", item.code), &item.names)?;
            item.evidence_kinds.iter().try_for_each(|kind| check_code(kind))?;
            if item.evidence_kinds.is_empty() || !codes.insert(&item.code) {
                return Err(format!("item `{}` is there twice, or nothing answers it", item.code));
            }
        }
        Ok(())
    }
}

fn days(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 86_400)
}
