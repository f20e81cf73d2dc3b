//! A mapping file: which column means what, in which zone times are, which values stand for which.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use jiff::tz::TimeZone;
use kefu_api_events::v1::Channel;
use serde::Deserialize;

/// The mapping files that come with Kefu, by name.
const SHIPPED: [(&str, &str); 1] = [("311", include_str!("../../maps/311.toml"))];

/// A mapping file, read and checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// The code of the system that rows come from; with a row's id it names the row for good.
    pub source: String,
    /// The zone of times without one, an IANA name.
    pub zone: String,
    /// The form of times, as strftime tells it.
    pub time_format: String,
    /// The type of the tickets.
    pub r#type: String,
    /// Their language, BCP 47.
    #[serde(default)]
    pub language: String,
    /// Which column means what.
    pub columns: Columns,
    /// Channels by the column's value; `default` for all others.
    #[serde(default)]
    pub channels: BTreeMap<String, String>,
    /// What a status stands for: `open`, `solved` or `closed`; `default` for all others. Without it, a row
    /// with another one is refused. No status: open.
    #[serde(default)]
    pub statuses: BTreeMap<String, Standing>,
}

/// Names of columns. What is left out is not taken over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The row's id in its source.
    pub external_id: String,
    /// When it was raised.
    pub created_at: String,
    /// When it is or was due.
    pub due_at: Option<String>,
    /// The code of the department.
    pub department: Option<String>,
    /// The department's name, for one that is made.
    pub department_name: Option<String>,
    /// The cause; made a code.
    pub cause: Option<String>,
    /// What it is about.
    pub subject: String,
    /// What it is about, where `subject` is empty.
    pub subject_or: Option<String>,
    /// What the customer said.
    pub description: Option<String>,
    /// By which way it came.
    pub channel: Option<String>,
    /// How it stands.
    pub status: Option<String>,
    /// When it was solved.
    pub solved_at: Option<String>,
    /// What was answered.
    pub resolution_text: Option<String>,
    /// The customer's name.
    pub requester_name: Option<String>,
    /// The customer's telephone number, E.164.
    pub requester_phone: Option<String>,
    /// The customer's e-mail address.
    pub requester_email: Option<String>,
}

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Not solved yet.
    Open,
    /// Solved, may be reopened.
    Solved,
    /// Closed for good.
    Closed,
}

impl Map {
    /// Reads a shipped map by name, or a file.
    pub fn read(name: &str) -> anyhow::Result<Self> {
        if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            return Self::parse(text).with_context(|| format!("the shipped map `{name}`"));
        }
        let text = std::fs::read_to_string(Path::new(name)).with_context(|| {
            let shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
            format!("reading the map {name} (shipped: {})", shipped.join(", "))
        })?;
        Self::parse(&text).with_context(|| format!("the map {name}"))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let map: Self = toml::from_str(text)?;
        map.time_zone()?;
        for (value, channel) in &map.channels {
            ensure!(
                channel_of(channel).is_some(),
                "channels.{value}: there is no channel `{channel}`"
            );
        }
        if map.columns.channel.is_some() && !map.channels.contains_key("default") {
            bail!("channels: `default` says what all other values stand for");
        }
        if map.columns.status.is_some() && map.statuses.is_empty() {
            bail!("statuses: says what the values of the column of the status stand for");
        }
        let ends = map.statuses.values().any(|standing| *standing != Standing::Open);
        ensure!(
            !ends || map.columns.solved_at.is_some(),
            "columns: `solved_at` says when it ended"
        );
        Ok(map)
    }

    /// The zone of its times.
    pub fn time_zone(&self) -> anyhow::Result<TimeZone> {
        TimeZone::get(&self.zone).with_context(|| format!("zone: `{}` is no IANA name", self.zone))
    }

    /// The channel that a value stands for.
    pub fn channel(&self, value: Option<&str>) -> Channel {
        let named = value.and_then(|value| self.channels.get(value));
        let named = named.or_else(|| self.channels.get("default"));
        named.and_then(|name| channel_of(name)).unwrap_or(Channel::Other)
    }

    /// What a status stands for; none where the map does not know it.
    pub fn standing(&self, value: Option<&str>) -> Option<Standing> {
        let Some(value) = value else { return Some(Standing::Open) };
        self.statuses.get(value).or_else(|| self.statuses.get("default")).copied()
    }
}

fn channel_of(name: &str) -> Option<Channel> {
    Channel::from_str_name(&format!("CHANNEL_{}", name.to_uppercase()))
        .filter(|channel| *channel != Channel::Unspecified)
}

/// A code made of words: lower case, what is neither letter nor digit becomes one hyphen.
pub fn code(words: &str) -> String {
    let mut code = String::new();
    for sign in words.trim().chars() {
        if sign.is_ascii_alphanumeric() {
            code.push(sign.to_ascii_lowercase());
        } else if !code.is_empty() && !code.ends_with('-') {
            code.push('-');
        }
    }
    code.truncate(60);
    code.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_map_can_be_used() {
        for (name, _) in SHIPPED {
            Map::read(name).unwrap();
        }
    }

    #[test]
    fn a_code_is_made_of_words() {
        assert_eq!(code("Noise - Residential"), "noise-residential");
        assert_eq!(code("  DOF Property / Reduction (Issue) "), "dof-property-reduction-issue");
    }

    #[test]
    fn a_status_that_a_map_does_not_name_stands_for_nothing() {
        let map = Map::read("311").unwrap();
        assert_eq!(map.standing(Some("Closed")), Some(Standing::Closed));
        assert_eq!(map.standing(Some("In Progress")), Some(Standing::Open));
        assert_eq!(map.standing(None), Some(Standing::Open));
        assert_eq!(map.standing(Some("Vanished")), None);
    }

    #[test]
    fn a_map_that_names_no_channel_is_refused() {
        let text = include_str!("../../maps/311.toml").replace("\"phone\"", "\"pigeon\"");
        let error = Map::parse(&text).unwrap_err().to_string();
        assert!(error.contains("channels.PHONE"), "{error}");
    }
}
