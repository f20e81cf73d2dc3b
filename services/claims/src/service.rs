//! What the handlers share, and the common shape of a change to a claim.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kefu_api_claims::v1;
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Call, Id, NewEvent, Principal, Scope};
use kefu_outbox::Feed;
use kefu_rpc::Roles;
use kefu_runtime::directory::Directory;
use kefu_store::page::Pages;
use kefu_store::runner::{ExternalKey, ids_in};
use kefu_store::seal::Keys;
use kefu_store::{Needs, Runner, Store, Work};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::claim::domain::{Claim, Decided};
use crate::claim::rpc::encode;
use crate::claim::store::claim;
use crate::decision::domain::authority::{Authorities, ShippedLimit};
use crate::decision::domain::delegation::Delegation;
use crate::decision::domain::limit::AuthorityLimit;
use crate::decision::domain::shipment::Shipment;
use crate::decision::store::{authority_limit, delegation};
use crate::domain::context::{Context, person};
use crate::domain::error::Error as Refused;
use crate::domain::ids::{ClaimId, PersonId};
use crate::domain::rules::Rules;
use crate::{Error, Result};

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct Claims {
    pub(crate) store: Store,
    pub(crate) runner: Runner,
    pub(crate) pages: Pages,
    pub(crate) keys: Keys,
    pub(crate) roles: Roles,
    pub(crate) directory: Directory,
    pub(crate) rules: Arc<Rules>,
    pub(crate) shipped: Arc<Vec<ShippedLimit>>,
    pub(crate) feed: Feed<claim::Model>,
}

/// The kind of the natural key that a bank's reference makes, over all claims.
pub const REFERENCE_KEY: &str = "claim_reference";

/// What a rule answers, or why a handler refuses.
pub(crate) type Decision = Result<(Claim, Vec<NewEvent>)>;

/// The claim that is changed, and what its caller has seen of it.
#[derive(Clone, Debug)]
pub struct Seen {
    id: ClaimId,
    etag: String,
    fields: Option<Vec<String>>,
    /// Other claims that the rule needs.
    others: Vec<Uuid>,
    /// The roles of people beside the caller whom authority is asked of.
    roles: BTreeMap<PersonId, BTreeSet<String>>,
    /// The limits of authority that were set, and what was delegated to the caller.
    limits: Vec<AuthorityLimit>,
    delegations: Vec<Delegation>,
    /// The bank's reference that the change claims.
    key: Option<ExternalKey>,
    /// Whether it may be of a branch that the caller does not see: for a link that somebody was sent.
    anywhere: bool,
}

impl Seen {
    /// A claim by its id, while it has the etag that the caller has seen; both as a request has them.
    ///
    /// # Errors
    ///
    /// ETAG_REQUIRED without an etag.
    pub fn of(claim_id: &str, etag: &str) -> Result<Self> {
        if etag.is_empty() {
            return Err(Refused::EtagRequired.into());
        }
        Ok(Self { etag: etag.to_owned(), ..Self::any(id::read("claim_id", claim_id)?) })
    }

    /// Whatever its version is: for what happens by itself.
    pub fn any(id: ClaimId) -> Self {
        Self {
            id,
            etag: String::new(),
            fields: None,
            others: Vec::new(),
            roles: BTreeMap::new(),
            limits: Vec::new(),
            delegations: Vec::new(),
            key: None,
            anywhere: false,
        }
    }

    /// The claim of a link that somebody was sent, of whatever branch it is.
    pub fn by_link(id: ClaimId) -> Self {
        Self { anywhere: true, ..Self::any(id) }
    }

    /// Only these fields must not have changed since: for Update.
    pub fn for_fields(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fields = Some(fields.into_iter().map(Into::into).collect());
        self
    }

    /// Claiming a bank's reference: it posts once, over all claims.
    pub fn with_reference(mut self, source: &str, external_id: &str) -> Result<Self> {
        self.key = Some(ExternalKey::of(REFERENCE_KEY, source, Some(external_id))?);
        Ok(self)
    }

    /// With another claim, which [`Claims::change_with`] hands to the rule.
    pub fn with(mut self, other: ClaimId) -> Self {
        self.others.push(other.uuid());
        self
    }

    /// With the roles of a person beside the caller whom authority is asked of: who made the offer.
    pub async fn with_person(mut self, claims: &Claims, person: Option<PersonId>) -> Result<Self> {
        let Some(person) = person else { return Ok(self) };
        if let Some(facts) = claims.directory.person(person.uuid()).await? {
            self.roles.insert(person, facts.roles.into_iter().collect());
        }
        Ok(self)
    }

    /// With everything that authority is reckoned by: the limits that were set, what was delegated to the caller with
    /// the roles of whoever delegated it, and the other claims on the shipment.
    pub async fn with_authority(mut self, claims: &Claims, caller: &str) -> Result<Self> {
        let reader = claims.store.reader();
        let limits = authority_limit::Entity::find().all(reader).await?;
        self.limits = limits.into_iter().map(authority_limit::read).collect::<Result<_, _>>()?;
        if let Some(person) = person(caller) {
            let now = claims.store.ambient().now().as_millis();
            let held = delegation::Entity::find()
                .filter(delegation::Column::ToId.eq(person.uuid()))
                .filter(delegation::Column::ValidUntil.gt(now));
            for row in held.all(reader).await? {
                let delegation = delegation::read(row)?;
                let from = delegation.from;
                self.delegations.push(delegation);
                self = self.with_person(claims, Some(from)).await?;
            }
        }
        self.with_shipment(claims).await
    }

    /// Limits, delegations and roles, with those of the caller.
    pub fn authorities(&self, claims: &Claims, principal: &Principal) -> Authorities {
        let mut roles = self.roles.clone();
        roles.extend(person(&principal.id).map(|person| (person, principal.roles.clone())));
        Authorities {
            limits: self.limits.clone(),
            delegations: self.delegations.clone(),
            roles,
            shipped: claims.shipped.to_vec(),
        }
    }

    /// The other claims on its shipment.
    pub fn others(&self) -> &[Uuid] {
        &self.others
    }

    /// With the other claims on its shipment: what limits and caps are held against. They are read before the
    /// transaction and loaded with the claim, so a change of any of them since makes the decision anew.
    pub async fn with_shipment(mut self, claims: &Claims) -> Result<Self> {
        let own = claim::Entity::find_by_id(self.id.uuid()).one(claims.store.reader()).await?;
        let Some(shipment) = own.and_then(|own| own.shipment_id) else { return Ok(self) };
        let on_it: Vec<Uuid> = claim::Entity::find()
            .select_only()
            .column(claim::Column::Id)
            .filter(claim::Column::ShipmentId.eq(shipment))
            .into_tuple()
            .all(claims.store.reader())
            .await?;
        self.others.extend(on_it.into_iter().filter(|id| *id != self.id.uuid()));
        Ok(self)
    }

    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        let loading = needs.load::<Claim>(self.id.uuid());
        match &self.fields {
            Some(fields) => loading.etag_for(&self.etag, fields.iter().cloned()),
            None => loading.etag(&self.etag),
        }
        for other in &self.others {
            needs.load::<Claim>(*other);
        }
        if let Some(key) = &self.key {
            key.need::<Claim>(&mut needs);
        }
        needs
    }
}

impl Claims {
    /// Changes one claim by `rule`, and answers the claim as it is then.
    pub(crate) async fn change(
        &self,
        call: Call,
        seen: Seen,
        rule: impl Fn(&Claim, &Context<'_>) -> Decided + Send + Sync + 'static,
    ) -> Result<v1::Claim> {
        self.change_with(call, seen, move |claim, context, _| Ok(rule(claim, context)?)).await
    }

    /// As [`Claims::change`], by a rule that looks at other claims as well.
    pub(crate) async fn change_with(
        &self,
        call: Call,
        seen: Seen,
        rule: impl Fn(&Claim, &Context<'_>, &Work<'_>) -> Decision + Send + Sync + 'static,
    ) -> Result<v1::Claim> {
        let (others, rules) = (seen.others.clone(), Arc::clone(&self.rules));
        let reply = move |claim: &Claim, work: &Work<'_>| {
            encode::answered(claim, &work.principal().scope, &others, &rules)
        };
        self.run(call, seen, rule, reply).await
    }

    /// Changes one claim by `rule`, and answers what `reply` makes of it.
    pub(crate) async fn run<R: prost::Message + Default + 'static>(
        &self,
        call: Call,
        seen: Seen,
        rule: impl Fn(&Claim, &Context<'_>, &Work<'_>) -> Decision + Send + Sync + 'static,
        reply: impl Fn(&Claim, &Work<'_>) -> R + Send + Sync + 'static,
    ) -> Result<R> {
        let this = self.clone();
        let needs = seen.needs();
        let decide = move |work: &mut Work<'_>| {
            let id = seen.id.uuid();
            let before = match work.find_anywhere::<Claim>(id).filter(|_| seen.anywhere) {
                Some(claim) => claim,
                None => work.get::<Claim>(id)?,
            };
            if let Some(key) = &seen.key
                && key
                    .bearer::<Claim>(work)
                    .is_some_and(|by| by.is_none_or(|by| by.id() != seen.id))
            {
                key.check_free::<Claim>(work)?;
            }
            let shipment = shipment(&before, work, &seen.others);
            let (after, events) =
                this.in_context(work, &shipment, &seen, |c| rule(&before, c, work))?;
            let historic = after.historic;
            let after = work.save(after, events);
            if let Some(key) = &seen.key {
                key.claim(work, id)?;
            }
            if historic {
                work.historic();
            }
            Ok::<_, Error>(reply(&after, work))
        };
        Ok(self.runner.run_with(call, needs, decide).await?.reply)
    }

    /// Lets a rule decide with what it needs to know of the command.
    pub(crate) fn in_context<T>(
        &self,
        work: &Work<'_>,
        shipment: &Shipment,
        seen: &Seen,
        rule: impl FnOnce(&Context<'_>) -> T,
    ) -> T {
        let principal = work.principal();
        let authorities = seen.authorities(self, principal);
        let ids = || work.new_id();
        rule(&Context {
            rules: &self.rules,
            calendars: self.directory.calendars(),
            now: work.now(),
            actor: &principal.id,
            ids: &ids,
            authorities: &authorities,
            shipment,
        })
    }

    /// What a claim's timer stands for: what happens to it by itself.
    pub(crate) async fn wake(self, call: Call, claim: Uuid) -> Result<()> {
        let woken =
            self.change(call, Seen::any(claim.into()), |claim, context| claim.wake(context));
        woken.await.map(drop)
    }

    /// Those of the claims that the caller may see.
    pub(crate) async fn in_sight(
        &self,
        scope: &Scope,
        claims: impl IntoIterator<Item = Uuid>,
    ) -> Result<Vec<Uuid>> {
        let ids: Vec<Uuid> = claims.into_iter().collect();
        if ids.is_empty() || *scope == Scope::All {
            return Ok(ids);
        }
        let found = claim::Entity::find()
            .select_only()
            .column(claim::Column::Id)
            .filter(ids_in(claim::Column::Id, &ids))
            .filter(crate::claim::store::resource::in_sight(scope));
        Ok(found.into_tuple().all(self.store.reader()).await?)
    }
}

/// What the other claims on a claim's shipment come to.
fn shipment(claim: &Claim, work: &Work<'_>, others: &[Uuid]) -> Shipment {
    let loaded = others.iter().filter_map(|id| work.find_anywhere::<Claim>(*id));
    let same = loaded.filter(|other| {
        claim.about.shipment.is_some() && other.about.shipment == claim.about.shipment
    });
    Shipment { others: same.map(|other| (other.id(), other.portion())).collect() }
}
