//! CreateAuthorityLimit: sets a limit from a day on; the one before ends then.

use kefu_api_claims::v1::create_authority_limit_request::Holder as WireHolder;
use kefu_api_claims::v1::{self, CreateAuthorityLimitRequest};
use kefu_api_common::wire;
use kefu_kernel::money::MoneyError;
use kefu_kernel::{Call, Currency, Id, Money, UnknownReference, id};
use kefu_store::{Needs, Work};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::encode;
use crate::claim::rpc::decode;
use crate::decision::domain::limit::{AuthorityLimit, Holder, NewLimit};
use crate::decision::store::authority_limit;
use crate::domain::error::Error as Refused;
use crate::domain::ids::AuthorityId;
use crate::domain::words::DecisionKind;
use crate::service::Claims;
use crate::{Error, Result};

pub async fn run(
    claims: &Claims,
    call: Call,
    request: CreateAuthorityLimitRequest,
) -> Result<v1::AuthorityLimit> {
    let new = new(request)?;
    match &new.holder {
        Holder::Person(person) => {
            claims.directory.know_person("person_id", Some(*person)).await?;
        }
        Holder::Role(role) if !claims.roles.table().contains_key(role) => {
            return Err(UnknownReference::new("role", role).into());
        }
        Holder::Role(_) => {}
    }
    let others = others(claims, &new).await?;
    let mut needs = Needs::default();
    for other in &others {
        needs.load::<AuthorityLimit>(*other);
    }
    let decide = move |work: &mut Work<'_>| {
        let loaded = others.iter().filter_map(|id| work.find::<AuthorityLimit>(*id));
        let loaded: Vec<AuthorityLimit> = loaded.map(|limit| (*limit).clone()).collect();
        let new = NewLimit { id: AuthorityId::from(work.new_id()), ..new.clone() };
        let actor = work.principal().id.clone();
        let changed = AuthorityLimit::create(work.now(), &actor, new, &loaded)?;
        let mut reply = v1::AuthorityLimit::default();
        // The new one is the first; what follows ends with it.
        for (place, (limit, events)) in changed.into_iter().enumerate() {
            let saved = work.save(limit, events);
            if place == 0 {
                reply = encode::limit(&saved);
            }
        }
        Ok::<_, Error>(reply)
    };
    Ok(claims.runner.run_with(call, needs, decide).await?.reply)
}

fn new(request: CreateAuthorityLimitRequest) -> Result<NewLimit> {
    let currency = Currency::from_code(&request.currency)
        .ok_or_else(|| MoneyError::UnknownCurrency { code: request.currency.clone() })?;
    let minor = |amount: Option<Money>| {
        let same = amount.map(|amount| amount.checked_sub(Money::zero(currency))).transpose();
        Ok::<_, Refused>(same?.map(Money::minor))
    };
    let holder = match request.holder {
        Some(WireHolder::PersonId(person)) => Holder::Person(id::read("person_id", &person)?),
        Some(WireHolder::Role(role)) => Holder::Role(role),
        None => return Err(UnknownReference::new("role", "").into()),
    };
    let kind = DecisionKind::from_wire(request.kind);
    Ok(NewLimit {
        // Issued when it is decided.
        id: AuthorityId::from(id::Uuid::nil()),
        holder,
        kind: decode::known(kind, "kind", request.kind)?,
        currency,
        limit: minor(decode::optional(request.limit.as_ref())?)?,
        four_eyes_above: minor(decode::optional(request.four_eyes_above.as_ref())?)?,
        valid_from: request.valid_from.as_ref().map(wire::instant),
    })
}

/// The limits of the same holder, kind and currency.
async fn others(claims: &Claims, new: &NewLimit) -> Result<Vec<id::Uuid>> {
    use authority_limit::Column;
    let same = authority_limit::Entity::find()
        .filter(Column::Kind.eq(new.kind.name()))
        .filter(Column::Currency.eq(new.currency.code()));
    let same = match &new.holder {
        Holder::Role(role) => same.filter(Column::Role.eq(role)).filter(Column::PersonId.is_null()),
        Holder::Person(person) => same.filter(Column::PersonId.eq(person.uuid())),
    };
    Ok(same.all(claims.store.reader()).await?.into_iter().map(|row| row.id).collect())
}
