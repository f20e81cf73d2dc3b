//! Trusted issuers of tokens: the identity providers of the staff.

use std::collections::BTreeSet;

use kefu_api_events::event;
use kefu_api_events::v1 as events;
use kefu_kernel::{Head, Timestamp};

use super::change::{Decision, changed, set};
use super::error::Error;
use super::ids::IssuerId;

/// An identity provider whose access tokens sign people in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Identity and version.
    pub head: Head,
    /// The `iss` of its tokens; unique, never changed.
    pub issuer: String,
    /// Its name.
    pub name: String,
    /// Where its public keys are; empty: as its discovery document says.
    pub jwks_url: String,
    /// The `aud` values of which a token must hold one.
    pub audiences: Vec<String>,
    /// Which algorithms are accepted; empty: all of them.
    pub algorithms: BTreeSet<Algorithm>,
    /// The claim that names roles beside the person's own; empty: none does.
    pub roles_claim: String,
    /// The claim that names codes of branches beside the person's own; empty: none does.
    pub branches_claim: String,
    /// When it ceased to be trusted.
    pub deleted_at: Option<Timestamp>,
}

/// How a token may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// RSA with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// All that there are, each with its name in tokens.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Rs256, "RS256"), (Self::Es256, "ES256"), (Self::EdDsa, "EdDSA")];
}

/// New values of an issuer's fields.
#[derive(Clone, Debug, Default)]
pub struct IssuerPatch {
    /// See [`Issuer::name`].
    pub name: Option<String>,
    /// See [`Issuer::jwks_url`].
    pub jwks_url: Option<String>,
    /// See [`Issuer::audiences`].
    pub audiences: Option<Vec<String>>,
    /// See [`Issuer::algorithms`].
    pub algorithms: Option<BTreeSet<Algorithm>>,
    /// See [`Issuer::roles_claim`].
    pub roles_claim: Option<String>,
    /// See [`Issuer::branches_claim`].
    pub branches_claim: Option<String>,
}

impl Issuer {
    /// Its id.
    pub fn id(&self) -> IssuerId {
        self.head.id.into()
    }

    /// Trusts this issuer.
    pub fn create(self) -> Result<Decision<Self>, Error> {
        self.check()?;
        let created =
            events::IssuerCreated { issuer_id: self.id().to_string(), facts: Some(self.facts()) };
        Ok((self, vec![event(&created, [""; 0])]))
    }

    /// Changes fields.
    pub fn update(&self, patch: IssuerPatch) -> Result<Decision<Self>, Error> {
        let mut after = self.clone();
        set!(after, patch; name, jwks_url, audiences, algorithms, roles_claim, branches_claim);
        after.check()?;
        let changed = changed!(self, after; "name": name, "jwks_url": jwks_url,
            "audiences": audiences, "algorithms": algorithms, "roles_claim": roles_claim,
            "branches_claim": branches_claim);
        if changed.is_empty() {
            return Ok((after, Vec::new()));
        }
        let updated =
            events::IssuerUpdated { issuer_id: after.id().to_string(), facts: Some(after.facts()) };
        Ok((after, vec![event(&updated, changed)]))
    }

    /// Trusts it no longer.
    pub fn delete(&self, now: Timestamp) -> Decision<Self> {
        let after = Self { deleted_at: Some(now), ..self.clone() };
        let deleted =
            events::IssuerDeleted { issuer_id: after.id().to_string(), facts: Some(after.facts()) };
        (after, vec![event(&deleted, ["deleted_at"])])
    }

    fn check(&self) -> Result<(), Error> {
        if self.name.trim().is_empty() {
            return Err(Error::empty("name"));
        }
        // Without an audience a token made for any other system would do.
        if self.audiences.is_empty() { Err(Error::empty("audiences")) } else { Ok(()) }
    }

    fn facts(&self) -> events::IssuerFacts {
        events::IssuerFacts { issuer: self.issuer.clone(), active: self.deleted_at.is_none() }
    }
}
