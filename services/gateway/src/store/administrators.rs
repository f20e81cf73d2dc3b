//! Who else can administer the company: found before a command takes somebody's rights away, and
//! loaded by that command, so that the last two cannot take away each other's at once.

use kefu_kernel::id::Uuid;
use kefu_kernel::{Id, Timestamp};
use kefu_store::{Needs, Reader, StoreError, Work};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{issuer, key, person};
use crate::domain::ids::IssuerId;
use crate::domain::{Error, Key, Person};

/// Some of those who can administer the company besides the one concerned; a few are enough.
#[derive(Clone, Debug, Default)]
pub struct Others {
    people: Vec<Uuid>,
    keys: Vec<Uuid>,
}

/// How many of each kind are looked at.
const FEW: u64 = 4;

impl Others {
    /// Those besides the person or key `concerned`.
    pub async fn than(
        reader: &Reader,
        now: Timestamp,
        concerned: Uuid,
    ) -> Result<Self, StoreError> {
        Self::find(reader, now, concerned, None).await
    }

    /// Those who do not sign in by `issuer` alone.
    pub async fn without(
        reader: &Reader,
        now: Timestamp,
        issuer: IssuerId,
    ) -> Result<Self, StoreError> {
        Self::find(reader, now, Uuid::nil(), Some(issuer)).await
    }

    async fn find(
        reader: &Reader,
        now: Timestamp,
        concerned: Uuid,
        without: Option<IssuerId>,
    ) -> Result<Self, StoreError> {
        let mut trusted = Query::select();
        trusted.column(issuer::root::Column::Id).from(issuer::root::Entity);
        trusted.cond_where(issuer::root::Column::DeletedAt.is_null());
        if let Some(issuer) = without {
            trusted.cond_where(issuer::root::Column::Id.ne(issuer.uuid()));
        }
        let mut sign_in = Query::select();
        sign_in.column(person::subject::Column::PersonId).from(person::subject::Entity);
        sign_in.cond_where(person::subject::Column::IssuerId.in_subquery(trusted));
        let people = person::root::Entity::find()
            .select_only()
            .column(person::root::Column::Id)
            .filter(person::root::Column::Administrator.eq(true))
            .filter(person::root::Column::Id.ne(concerned))
            .filter(person::root::Column::Id.in_subquery(sign_in))
            .limit(FEW)
            .into_tuple()
            .all(reader)
            .await?;
        let ends = key::root::Column::ExpiresAt;
        let keys = key::root::Entity::find()
            .select_only()
            .column(key::root::Column::Id)
            .filter(key::root::Column::Administrator.eq(true))
            .filter(key::root::Column::Id.ne(concerned))
            .filter(Condition::any().add(ends.is_null()).add(ends.gt(now.as_millis())))
            .limit(FEW)
            .into_tuple()
            .all(reader)
            .await?;
        Ok(Self { people, keys })
    }

    /// Has them loaded.
    pub fn need(&self, needs: &mut Needs) {
        for id in &self.people {
            needs.load::<Person>(*id);
        }
        for id in &self.keys {
            needs.load::<Key>(*id);
        }
    }

    /// Whether one of them still can.
    pub fn remain(&self, work: &Work<'_>) -> Result<(), Error> {
        let now = work.ambient().machine_now();
        let person = |id: &Uuid| work.find::<Person>(*id).is_some_and(|one| one.is_administrator());
        let key = |id: &Uuid| work.find::<Key>(*id).is_some_and(|one| one.is_administrator(now));
        if self.people.iter().any(person) || self.keys.iter().any(key) {
            Ok(())
        } else {
            Err(Error::LastAdmin)
        }
    }
}
