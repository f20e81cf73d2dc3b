//! API keys: how other systems sign in. What is kept of a secret is its keyed hash; times of ending are
//! the machine clock's, which no demonstration moves.

use std::collections::BTreeSet;
use std::time::Duration;

use kefu_api_events::event;
use kefu_api_events::v1 as events;
use kefu_kernel::{Head, Timestamp};

use super::change::{Decision, texts};
use super::error::Error;
use super::ids::KeyId;
use super::rights::{ADMINISTERS, Rights};

/// How long an older secret is accepted beside a newer one where nobody says.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3_600);

/// The right of a system to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Identity and version.
    pub head: Head,
    /// What it is for.
    pub name: String,
    /// What it may do, and where.
    pub rights: Rights,
    /// The permissions that it is narrowed to; empty: all of its roles'.
    pub scopes: BTreeSet<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Its secrets, the older first.
    pub secrets: Vec<Secret>,
}

/// What is kept of one of a key's secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Counts the key's secrets, from 1.
    pub serial: i32,
    /// The keyed hash of the whole key's text.
    pub hash: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; none: with the key.
    pub ends_at: Option<Timestamp>,
}

impl Key {
    /// Its id.
    pub fn id(&self) -> KeyId {
        self.head.id.into()
    }

    /// Whether it was not revoked and is not over, at the machine clock's `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }

    /// Whether it lets its holder administer the whole company.
    pub fn is_administrator(&self, now: Timestamp) -> bool {
        let reaches = |one: &&str| self.scopes.is_empty() || self.scopes.contains(*one);
        self.is_live(now) && self.rights.administer() && ADMINISTERS.iter().all(reaches)
    }

    /// The secrets that are accepted at the machine clock's `now`.
    pub fn live_secrets(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        self.secrets.iter().filter(move |secret| secret.ends_at.is_none_or(|end| end > now))
    }

    /// Adds this key. `known` are the permissions that there are.
    pub fn create(self, known: &BTreeSet<String>) -> Result<Decision<Self>, Error> {
        if self.name.trim().is_empty() {
            return Err(Error::empty("name"));
        }
        if let Some(unknown) = self.scopes.iter().find(|scope| !known.contains(*scope)) {
            return Err(Error::unknown("scopes", unknown));
        }
        let created =
            events::KeyCreated { key_id: self.id().to_string(), facts: Some(self.facts()) };
        Ok((self, vec![event(&created, [""; 0])]))
    }

    /// Gives it a second secret, kept as `hash`; the older one is accepted for `overlap` more.
    pub fn rotate(
        &self,
        hash: [u8; 32],
        overlap: Duration,
        now: Timestamp,
        machine_now: Timestamp,
    ) -> Result<Decision<Self>, Error> {
        self.check_not_revoked()?;
        let mut secrets: Vec<Secret> = self.live_secrets(machine_now).cloned().collect();
        if secrets.len() > 1 {
            return Err(Error::KeyHasTwoSecrets(self.id()));
        }
        let ends_at = machine_now.plus(overlap);
        for older in &mut secrets {
            older.ends_at = Some(ends_at);
        }
        let serial = self.secrets.iter().map(|secret| secret.serial).max().unwrap_or(0) + 1;
        secrets.push(Secret { serial, hash, created_at: now, ends_at: None });
        let after = Self { secrets, ..self.clone() };
        let rotated = events::KeyRotated {
            key_id: after.id().to_string(),
            facts: Some(after.facts()),
            older_ends_at: Some(wire(ends_at)),
        };
        Ok((after, vec![event(&rotated, ["secrets"])]))
    }

    /// Ends it for good.
    pub fn revoke(&self, now: Timestamp) -> Result<Decision<Self>, Error> {
        self.check_not_revoked()?;
        let after = Self { revoked_at: Some(now), ..self.clone() };
        let revoked =
            events::KeyRevoked { key_id: after.id().to_string(), facts: Some(after.facts()) };
        Ok((after, vec![event(&revoked, ["revoked_at"])]))
    }

    fn check_not_revoked(&self) -> Result<(), Error> {
        if self.revoked_at.is_some() { Err(Error::KeyRevoked(self.id())) } else { Ok(()) }
    }

    fn facts(&self) -> events::KeyFacts {
        events::KeyFacts {
            roles: self.rights.roles.iter().cloned().collect(),
            branch_ids: texts(&self.rights.branches),
            all_branches: self.rights.all_branches,
            scopes: self.scopes.iter().cloned().collect(),
            expires_at: self.expires_at.map(wire),
            active: self.revoked_at.is_none(),
        }
    }
}

fn wire(at: Timestamp) -> prost_types::Timestamp {
    let millis = at.as_millis();
    let nanos = i32::try_from(millis.rem_euclid(1_000)).unwrap_or(0) * 1_000_000;
    prost_types::Timestamp { seconds: millis.div_euclid(1_000), nanos }
}

#[cfg(test)]
mod tests {
    use kefu_kernel::id::Uuid;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn key() -> Key {
        Key {
            head: Head::new(Uuid::from_u128(1), None, at(0)),
            name: "telephone system".into(),
            rights: Rights::default(),
            scopes: BTreeSet::new(),
            expires_at: None,
            revoked_at: None,
            secrets: vec![Secret { serial: 1, hash: [1; 32], created_at: at(0), ends_at: None }],
        }
    }

    fn live(key: &Key, now: Timestamp) -> Vec<i32> {
        key.live_secrets(now).map(|secret| secret.serial).collect()
    }

    #[test]
    fn two_secrets_live_until_the_older_one_ends() {
        let (key, events) =
            key().rotate([2; 32], Duration::from_secs(60), at(100), at(100)).unwrap();
        assert_eq!(events[0].type_name, "kefu.events.v1.KeyRotated");
        assert_eq!(live(&key, at(159)), [1, 2]);
        assert_eq!(live(&key, at(160)), [2]);
        let early = key.rotate([3; 32], OVERLAP, at(110), at(110));
        assert_eq!(early, Err(Error::KeyHasTwoSecrets(key.id())));
        let (key, _) = key.rotate([3; 32], Duration::ZERO, at(160), at(160)).unwrap();
        assert_eq!(live(&key, at(160)), [3]);
    }

    #[test]
    fn a_revoked_key_stays_revoked() {
        let (key, _) = key().revoke(at(5)).unwrap();
        assert!(!key.is_live(at(5)));
        assert_eq!(key.revoke(at(6)), Err(Error::KeyRevoked(key.id())));
        assert_eq!(key.rotate([2; 32], OVERLAP, at(6), at(6)), Err(Error::KeyRevoked(key.id())));
    }

    #[test]
    fn a_key_narrowed_below_administering_is_no_administrator() {
        let rights = Rights {
            roles: BTreeSet::from(["admin".to_owned()]),
            all_branches: true,
            ..Rights::default()
        };
        let whole = Key { rights, ..key() };
        assert!(whole.is_administrator(at(0)));
        let narrowed = Key { scopes: BTreeSet::from(["tickets.read".to_owned()]), ..whole.clone() };
        assert!(!narrowed.is_administrator(at(0)));
        let over = Key { expires_at: Some(at(9)), ..whole };
        assert!(over.is_administrator(at(8)) && !over.is_administrator(at(9)));
    }
}
